"""Exactly once: a changing call that comes again with the same key gets the same answer and has no second effect."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from blake3 import blake3
from sqlalchemy import Connection, bindparam, delete, insert, select

from server.bus.base import Hint
from server.domain.errors import KeyReused, ProblemError
from server.protocol.wire import plain
from server.services.outcome import Outcome, Refused
from server.storage.tables import answer

KEPT = timedelta(days=90)

# Built once: building such statements takes longer than running them.
_MINE = (answer.c.person == bindparam("whose")) & (answer.c.key == bindparam("which"))
_KNOWN = select(answer.c.fingerprint, answer.c.body, answer.c.at).where(_MINE)
_FORGET = delete(answer).where(_MINE)
_REMEMBER = insert(answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A changing call: whose it is, its key, and a fingerprint of all that it says."""

    person_id: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A call that was carried out, now or before: the answer's bytes, and what to hint at (nothing the second time)."""

    body: bytes
    hints: tuple[Hint, ...] = ()
    refusal: ProblemError | None = None


def fingerprint_of(method: str, path: str, fields: object) -> str:
    """Equal for two calls that say the same: method, path with its query, and the body's fields, hashes among them."""
    said = msgspec.json.encode([method, path, plain(fields)], order="sorted")
    return blake3(said).hexdigest()


def once(
    connection: Connection, call: Call, use_case: Callable[[], Outcome[Any] | Refused], *, at: datetime
) -> Settled:
    """Carry the call out, or answer as before. A refusal is not remembered. Raises KeyReused.

    An answer that changed nothing is: a late copy of that call, after an undo, say, would change something.
    """
    place = {"whose": call.person_id, "which": call.key}
    known = connection.execute(_KNOWN, place).one_or_none()
    if known is not None and known.at > at - KEPT:
        if known.fingerprint != call.fingerprint:
            raise KeyReused
        return Settled(body=known.body.encode())
    if known is not None:
        connection.execute(_FORGET, place)
    outcome = use_case()
    if isinstance(outcome, Refused):
        return Settled(body=b"", hints=outcome.hints, refusal=outcome.problem)
    body = b"" if outcome.answer is None else msgspec.json.encode(plain(outcome.answer))
    _remember(connection, call, body, at=at)
    return Settled(body=body, hints=outcome.hints)


def forget_old_answers(connection: Connection, *, now: datetime) -> int:
    """Forget what was answered more than 90 days ago; how many answers that were."""
    return connection.execute(delete(answer).where(answer.c.at <= now - KEPT)).rowcount


def _remember(connection: Connection, call: Call, body: bytes, *, at: datetime) -> None:
    row = {"person": call.person_id, "key": call.key, "fingerprint": call.fingerprint}
    connection.execute(_REMEMBER, {**row, "body": body.decode(), "at": at})
