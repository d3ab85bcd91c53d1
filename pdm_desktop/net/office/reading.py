"""Reads the lists of the office."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any

from pdm_desktop.core.office import topics
from pdm_desktop.core.office.requests import Query
from pdm_desktop.core.office.topics import Tombstone, Tombstones, Topic
from pdm_desktop.net.http import Http
from pdm_desktop.net.office import audit, people
from pdm_desktop.net.office.vaults import list_editors, read_access
from server.protocol.calls import DeletedFiles, Line, LockEntry, Locks, ParkedVersion, ParkedVersions

Read = Callable[[Http, Query], Awaitable[object]]

PATHS: Mapping[str, str] = MappingProxyType(
    {
        topics.PEOPLE.name: "/api/people",
        topics.LINES.name: "/api/waiting",
        topics.HELD.name: "/api/locks",
        topics.DASHBOARD.name: "/api/dashboard",
        topics.BACKUPS.name: "/api/backups",
        topics.SERVER.name: "/api/admin/server",
        topics.VAULT_USES.name: "/api/administered",
        topics.SEATS.name: "/api/seats",
        topics.MESSAGES.name: "/api/messages",
        topics.MINE.name: "/api/session/mine",
    }
)
"""Where a list is that comes whole in one answer."""


async def read(http: Http, topic: Topic[Any], query: Query) -> object:
    """The list as it is now. Raises core.errors."""
    special = _SPECIAL.get(topic.name)
    if special is not None:
        return await special(http, query)
    return await http.get(PATHS[topic.name], topic.kind, **dict(query))


async def _all_locks(http: Http, query: Query) -> Locks:
    found: list[LockEntry] = []
    cursor: str | None = None
    while True:
        page = await http.get("/api/locks", Locks, **{**dict(query), "cursor": cursor})
        found += page.locks
        cursor = page.cursor
        if cursor is None:
            return Locks(locks=found)


async def _deleted(http: Http, query: Query) -> Tombstones:
    found: list[Tombstone] = []
    for _, vault in query:
        cursor: str | None = None
        while True:
            page = await http.get(f"/api/vaults/{vault}/deleted", DeletedFiles, cursor=cursor)
            found += [Tombstone(vault=vault, file=each) for each in page.files]
            cursor = page.cursor
            if cursor is None:
                break
    return Tombstones(files=found)


async def _all_parked(http: Http, _query: Query) -> ParkedVersions:
    found: list[ParkedVersion] = []
    cursor: str | None = None
    while True:
        page = await http.get("/api/parked", ParkedVersions, all="true", cursor=cursor)
        found += page.parked
        cursor = page.cursor
        if cursor is None:
            return ParkedVersions(parked=found)


async def _line(http: Http, query: Query) -> Line:
    return await http.get(f"/api/files/{dict(query)['file']}/waiting", Line)


_SPECIAL: Mapping[str, Read] = MappingProxyType(
    {
        topics.LOCKS.name: _all_locks,
        topics.DELETED.name: _deleted,
        topics.ALL_PARKED.name: _all_parked,
        topics.AUDIT.name: audit.newest_rows,
        topics.VAULT_ACCESS.name: read_access,
        topics.VAULT_EDITORS.name: list_editors,
        topics.RECEIPTS.name: people.receipts,
        topics.LINE.name: _line,
    }
)
"""Lists that come in pages, or are put together."""
