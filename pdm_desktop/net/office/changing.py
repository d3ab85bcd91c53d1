"""Makes the changes of the office: one call for each kind of request."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any

from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.net.http import Http

Make = Callable[[Http, Any, str], Awaitable[object]]
"""Makes one change once, by the key that is given. Raises core.errors."""

CHANGES: Mapping[type[OfficeRequest], Make] = MappingProxyType({})
"""How each kind is made."""


async def make(http: Http, request: OfficeRequest, key: str) -> object:
    """Make a change; the answer is what the server answers with. Raises core.errors."""
    return await CHANGES[type(request)](http, request, key)
