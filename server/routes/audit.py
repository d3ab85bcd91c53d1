"""The audit trail: pages of it, all of it to take away, and whether its chain is sound."""

from collections.abc import AsyncIterator, Callable, Generator
from contextlib import closing
from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy import Connection

from server.domain.audit_lines import MEDIA_TYPES, Format, head_of, lines_of
from server.domain.session import Session
from server.protocol.calls import AuditCheck, AuditPage
from server.protocol.wire import plain
from server.routes.bodies import answer, gives
from server.routes.calls import Here, Who, publish, write
from server.routes.entitled import EntitledResponse
from server.routes.parts import Parts
from server.services import trail
from server.services.administrators import require_administrator
from server.services.trail import Walk, Wanted

router = APIRouter(tags=["administration"])

Text = Annotated[str | None, Query(min_length=1, max_length=500)]


async def wanted(
    person: Text = None,
    action: Text = None,
    vault: Text = None,
    file: Text = None,
    since: datetime | None = None,
    until: datetime | None = None,
    text: Text = None,
) -> Wanted:
    """Which rows somebody asks for."""
    return Wanted(person=person, action=action, vault=vault, file=file, since=since, until=until, text=text)


Asked = Annotated[Wanted, Depends(wanted)]


@router.get("/audit", responses=gives(AuditPage))
async def audit(parts: Here, session: Who, asked: Asked, cursor: Text = None) -> Response:
    """The audit trail, the newest first; for administrators of a vault only what happened in theirs."""
    before = trail.cursor_in(cursor)
    return answer(await parts.store.read(lambda connection: trail.page(connection, session, asked, cursor=before)))


@router.get("/audit/verify", responses=gives(AuditCheck))
async def verify(parts: Here, session: Who) -> Response:
    """Whether any row of the audit trail was changed, taken out or put in; for administrators of the server."""
    begun = await _walked(parts, session, Walk())
    return EntitledResponse(
        parts,
        session,
        lambda _, known: require_administrator(known),
        _checked(parts, session, begun),
        headers={},
        media_type="application/json",
    )


async def _checked(parts: Parts, session: Session, walk: Walk) -> AsyncIterator[bytes]:
    """The answer, with a blank before it for each piece: nobody has to take a long look for a dead server."""
    while not walk.ended:
        yield b" "
        walk = await _walked(parts, session, walk)
    found = walk.reached
    yield msgspec.json.encode(plain(AuditCheck(rows=found.number, head=found.hash, first_break=walk.first_break)))


async def _walked(parts: Parts, session: Session, walk: Walk) -> Walk:
    """In a snapshot for each piece: no reader is kept from others, and none from being let go, for minutes."""
    return await parts.store.read(lambda connection: trail.check_on(connection, session, walk))


@router.get("/audit/export", responses={200: {"content": {each: {} for each in ("text/csv", "application/x-ndjson")}}})
async def export(
    request: Request, parts: Here, session: Who, asked: Asked, kind: Annotated[Format, Query(alias="format")] = "csv"
) -> Response:
    """The audit trail to take away, the oldest first, as `csv` or `jsonl`. That is written down in it as well."""
    noted = await write(
        parts, session, lambda connection, now: trail.note_export(connection, session, asked, kind=kind, at=now)
    )
    await publish(parts, noted.hints, call=request.url.path, person=session.person)
    seen = await parts.store.read(lambda connection: trail.seen_by(connection, session, asked.vault))
    pieces = parts.store.stream(_lines(session, asked, kind), whose=session.person_id)
    first = await anext(pieces, b"")  # what it is refused with is said before the answer begins
    headers = {
        "Cache-Control": "private, no-store",
        "Content-Disposition": f'attachment; filename="audit-trail-{parts.clock():%Y-%m-%d}.{kind}"',
        "X-Content-Type-Options": "nosniff",
    }
    return EntitledResponse(
        parts,
        session,
        lambda connection, known: trail.require_seen(connection, known, asked.vault, seen),
        _from_first(head_of(kind) + first, pieces),
        headers=headers,
        media_type=MEDIA_TYPES[kind],
    )


def _lines(session: Session, asked: Wanted, kind: Format) -> Callable[[Connection], Generator[bytes]]:
    def read(connection: Connection) -> Generator[bytes]:
        with closing(trail.export(connection, session, asked)) as found:
            for rows in found:
                yield lines_of(rows, kind)

    return read


async def _from_first(head: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if head:
        yield head
    async for piece in pieces:
        yield piece
