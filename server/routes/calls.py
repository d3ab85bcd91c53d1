"""How every call is taken: whose it is, and, for a change, that it happens once and is told after its commit."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar

import structlog
from fastapi import Depends, Path, Request, Response
from sqlalchemy import Connection

from server.bus.base import Hint, VaultHint
from server.domain.errors import Forbidden, MissingKey, NotSignedIn
from server.domain.session import Session
from server.routes.parts import Parts
from server.services.idempotency import Call, fingerprint_of, once
from server.services.outcome import Outcome, Refused
from server.services.reading import session_of

KEY_HEADER = "idempotency-key"
KEY_CHARACTERS = 128
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_log = structlog.get_logger("server.routes")


def parts_of(request: Request) -> Parts:
    """The parts of the server that takes this call."""
    parts: Parts = request.app.state.parts
    return parts


async def here(request: Request) -> Parts:
    """The same as a dependency; a plain function would be called in a thread."""
    return parts_of(request)


async def signed_in(request: Request) -> Session:
    """Whose call it is. Raises NotSignedIn, ForeignOrigin, ForeignSeat."""
    return await parts_of(request).guard.signed_in(request.headers, origin_matters=request.method not in _SAFE)


Here = Annotated[Parts, Depends(here)]
Who = Annotated[Session, Depends(signed_in)]
PathId = Annotated[str, Path(min_length=1, max_length=64)]

T = TypeVar("T")
UseCase = Callable[[Connection, datetime], Outcome[T]]
"""One change, and the time at which it happens."""


async def settle(
    request: Request,
    session: Session,
    fields: object,
    use_case: Callable[[Connection, datetime], Outcome[Any] | Refused],
    *,
    status: int = 200,
) -> Response:
    """Carry a change out once, whatever the number of calls with its key; tell of it when it is committed.

    Raises MissingKey, KeyReused, NotSignedIn, and what the use case raises.
    """
    parts = parts_of(request)
    target = f"{request.url.path}?{request.url.query}"
    call = Call(
        person_id=session.person_id,
        key=key_of(request),
        fingerprint=fingerprint_of(request.method, target, fields),
    )
    settled = await write(
        parts, session, lambda connection, now: once(connection, call, lambda: use_case(connection, now), at=now)
    )
    await publish(parts, settled.hints, call=request.url.path, person=session.person)
    if settled.refusal is not None:
        raise settled.refusal
    if not settled.body:
        return Response(status_code=204)
    return Response(settled.body, status, media_type="application/json")


async def carry_out(request: Request, session: Session, use_case: UseCase[T]) -> T:
    """Carry a change out that needs no key, since again is the same, and tell of it when it is committed.

    Raises NotSignedIn, and what the use case raises.
    """
    parts = parts_of(request)
    outcome = await write(parts, session, use_case)
    await publish(parts, outcome.hints, call=request.url.path, person=session.person)
    return outcome.answer


async def write(parts: Parts, session: Session, work: Callable[[Connection, datetime], T]) -> T:
    """One transaction, for somebody who is still signed in when it begins: a body may take its time to arrive.

    Raises NotSignedIn, Forbidden when the person does not administer the server any more, or does by now, and what the
    work raises.
    """
    now = parts.clock()

    def work_if_signed_in(connection: Connection) -> T:
        known = session_of(connection, session.id, now=now)
        if known is None:
            raise NotSignedIn
        if known.administrator != session.administrator:
            raise Forbidden("What you may do on this server has changed meanwhile. Please try again.")
        return work(connection, now)

    return await parts.store.write(work_if_signed_in)


async def publish(parts: Parts, hints: tuple[Hint, ...], *, call: str, person: str) -> None:
    """Hint at what was committed, and log it with its seq."""
    for hint in hints:
        if isinstance(hint, VaultHint):
            _log.info("committed", call=call, person=person, vault=hint.vault, seq=hint.seq)
        await parts.bus.publish(hint)


def key_of(request: Request) -> str:
    """The call's Idempotency-Key. Raises MissingKey."""
    key = request.headers.get(KEY_HEADER, "")
    if not 1 <= len(key) <= KEY_CHARACTERS or not key.isascii() or not key.isprintable():
        raise MissingKey
    return key
