"""The audit trail: its newest rows, a look at its chain, and all of it as a file."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import httpx

from pdm_desktop.core.errors import NotSaved
from pdm_desktop.core.office.audit import PAGE, ROWS, ExportAudit, VerifyAudit
from pdm_desktop.core.office.requests import OfficeRequest, Query
from pdm_desktop.net.http import Http
from pdm_desktop.net.office.make import Make
from server.protocol.calls import AuditCheck, AuditPage, AuditRow

_CALLS: Final = 25
"""A text is searched for in so many pages at once: half a million rows. Then the person says whether to go on."""


async def newest_rows(http: Http, query: Query) -> AuditPage:
    """As many as `rows` in the query says, and where older ones begin. Raises core.errors."""
    asked = dict(query)
    wanted = int(asked.pop(ROWS, PAGE))
    found: list[AuditRow] = []
    cursor: str | None = None
    for _ in range(_CALLS + wanted // PAGE):
        page = await http.get("/api/audit", AuditPage, **asked, cursor=cursor)
        found += page.rows
        cursor = page.cursor
        if cursor is None or len(found) >= wanted:
            break
    return AuditPage(rows=found, cursor=cursor)


async def verify(http: Http, _: VerifyAudit, __: str) -> AuditCheck:
    """Look at the whole chain. Raises core.errors."""
    return await http.get("/api/audit/verify", AuditCheck)


async def export(http: Http, request: ExportAudit, _: str) -> None:
    """Save it beside its place first: there is no half of it under its name. Raises core.errors."""
    target = Path(request.target)
    part = target.with_name(f"{target.name}.part")
    try:
        asked: dict[str, str | int] = {"format": request.kind, **dict(request.query)}
        async with http.stream("/api/audit/export", **asked) as answer:  # type: ignore[arg-type] # no name of its own
            await _save(answer, part)
        await asyncio.to_thread(part.replace, target)
    except OSError as error:
        raise NotSaved(f"{target} cannot be written: {error.strerror}.", advice="Choose another place.") from error
    finally:
        await asyncio.to_thread(part.unlink, missing_ok=True)


async def _save(answer: httpx.Response, part: Path) -> None:
    file = await asyncio.to_thread(part.open, "wb")
    try:
        async for block in answer.aiter_bytes():
            await asyncio.to_thread(file.write, block)
    finally:
        await asyncio.to_thread(file.close)


CHANGES: Mapping[type[OfficeRequest], Make] = MappingProxyType({ExportAudit: export, VerifyAudit: verify})
"""How each kind is made."""
