"""Backups of the server."""

from collections.abc import Mapping
from types import MappingProxyType

from pdm_desktop.core.office.backups import BackUpNow
from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.net.http import Http
from pdm_desktop.net.office.make import Make
from server.protocol.calls import BackupRun


async def begin(http: Http, _: BackUpNow, key: str) -> BackupRun:
    """Begin one. Raises core.errors."""
    return await http.change("POST", "/api/backups", BackupRun, key=key)


CHANGES: Mapping[type[OfficeRequest], Make] = MappingProxyType({BackUpNow: begin})
"""How each kind is made."""
