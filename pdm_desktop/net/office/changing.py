"""Makes the changes of the office: one call for each kind of request."""

from collections.abc import Mapping
from types import MappingProxyType

from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.net.http import Http
from pdm_desktop.net.office import accounts, audit, backups, deleted, handover, locks, people, vaults, watches
from pdm_desktop.net.office.make import Make

CHANGES: Mapping[type[OfficeRequest], Make] = MappingProxyType(
    {
        **accounts.CHANGES,
        **audit.CHANGES,
        **backups.CHANGES,
        **deleted.CHANGES,
        **handover.CHANGES,
        **locks.CHANGES,
        **people.CHANGES,
        **vaults.CHANGES,
        **watches.CHANGES,
    }
)
"""How each kind is made."""


async def make(http: Http, request: OfficeRequest, key: str) -> object:
    """Make a change; the answer is what the server answers with. Raises core.errors."""
    return await CHANGES[type(request)](http, request, key)
