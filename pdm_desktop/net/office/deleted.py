"""The calls about deleted files that go for good."""

from collections.abc import Mapping
from types import MappingProxyType

from pdm_desktop.core.office.deleted import KeepDeleted, PurgeFile
from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.net.http import Http
from pdm_desktop.net.office.make import Make
from server.protocol import calls


async def _purge(http: Http, request: PurgeFile, key: str) -> calls.Purge:
    return await http.change("POST", f"/api/files/{request.file}/purge", calls.Purge, key=key)


async def _keep(http: Http, request: KeepDeleted, key: str) -> calls.Purge:
    return await http.change("DELETE", f"/api/files/{request.file}/purge", calls.Purge, key=key)


CHANGES: Mapping[type[OfficeRequest], Make] = MappingProxyType({PurgeFile: _purge, KeepDeleted: _keep})
"""How each kind is made."""
