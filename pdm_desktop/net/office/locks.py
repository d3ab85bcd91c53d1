"""The calls by which who administers a vault ends somebody's check-out."""

from collections.abc import Mapping
from types import MappingProxyType

from pdm_desktop.core.office.locks import ForceRelease
from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.net.http import Http
from pdm_desktop.net.office.make import Make
from server.protocol import calls


async def _force(http: Http, request: ForceRelease, key: str) -> calls.FileState:
    wish = calls.ForceRelease(token=request.token, reason=request.reason, give_to=request.give_to)
    return await http.change("POST", f"/api/files/{request.file}/force", calls.FileState, body=wish, key=key)


CHANGES: Mapping[type[OfficeRequest], Make] = MappingProxyType({ForceRelease: _force})
"""How each kind is made."""
