"""How every call is taken: whose it is, and, for a change, that it happens once and is told after its commit."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import structlog
from fastapi import Depends, Path, Request, Response
from sqlalchemy import Connection

from server.bus.base import Hint, VaultHint
from server.domain.errors import MissingKey
from server.domain.session import Session
from server.routes.parts import Parts
from server.services.idempotency import Call, fingerprint_of, once
from server.services.outcome import Outcome

KEY_HEADER = "idempotency-key"
KEY_CHARACTERS = 128
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_log = structlog.get_logger("server.routes")


def parts_of(request: Request) -> Parts:
    """The parts of the server that takes this call."""
    parts: Parts = request.app.state.parts
    return parts


async def signed_in(request: Request) -> Session:
    """Whose call it is. Raises NotSignedIn, ForeignOrigin, ForeignSeat."""
    return await parts_of(request).guard.signed_in(request.headers, origin_matters=request.method not in _SAFE)


Here = Annotated[Parts, Depends(parts_of)]
Who = Annotated[Session, Depends(signed_in)]
PathId = Annotated[str, Path(min_length=1, max_length=64)]

UseCase = Callable[[Connection, datetime], Outcome[Any]]
"""One change, and the time at which it happens."""


async def settle(
    request: Request, session: Session, fields: object, use_case: UseCase, *, status: int = 200
) -> Response:
    """Carry a change out once, whatever the number of calls with its key; tell of it when it is committed.

    Raises MissingKey, KeyReused, and what the use case raises.
    """
    parts = parts_of(request)
    target = f"{request.url.path}?{request.url.query}"
    call = Call(
        person_id=session.person_id,
        key=_key_of(request),
        fingerprint=fingerprint_of(request.method, target, fields),
    )
    now = parts.clock()
    settled = await parts.store.write(
        lambda connection: once(connection, call, lambda: use_case(connection, now), at=now)
    )
    await publish(parts, settled.hints, call=request.url.path, person=session.person)
    if not settled.body:
        return Response(status_code=204)
    return Response(settled.body, status, media_type="application/json")


async def publish(parts: Parts, hints: tuple[Hint, ...], *, call: str, person: str) -> None:
    """Hint at what was committed, and log it with its seq."""
    for hint in hints:
        if isinstance(hint, VaultHint):
            _log.info("committed", call=call, person=person, vault=hint.vault, seq=hint.seq)
        await parts.bus.publish(hint)


def _key_of(request: Request) -> str:
    key = request.headers.get(KEY_HEADER, "")
    if not 1 <= len(key) <= KEY_CHARACTERS or not key.isascii() or not key.isprintable():
        raise MissingKey
    return key
