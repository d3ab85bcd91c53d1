"""Long answers: they go on as long as whoever asked is signed in and may read what is sent, and break off then."""

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Mapping
from time import monotonic

import structlog
from fastapi.responses import StreamingResponse
from sqlalchemy import Connection
from starlette.concurrency import iterate_in_threadpool
from starlette.types import Send

from server.domain.errors import NotSignedIn, ProblemError
from server.domain.session import Session
from server.routes.parts import Parts
from server.services.reading import session_of

ASK_SECONDS = 1.0
"""So long nobody asks again: rights that are taken away are so within 2 s, and a fast answer is no slower for it."""
MayRead = Callable[[Connection, Session], object]
"""Raises a ProblemError when somebody may not read what is sent, with the session as it is by now."""
_log = structlog.get_logger("server.routes")


class EntitledResponse(StreamingResponse):
    """Bytes for somebody. Once that person may not read them any more, the connection ends before the answer does."""

    def __init__(
        self,
        parts: Parts,
        session: Session,
        may_read: MayRead,
        pieces: Iterable[bytes] | AsyncIterable[bytes],
        *,
        headers: Mapping[str, str],
        media_type: str = "application/octet-stream",
        status: int = 200,
    ) -> None:
        found = pieces if isinstance(pieces, AsyncIterable) else iterate_in_threadpool(pieces)
        super().__init__(_while_entitled(parts, session, may_read, found), status, headers, media_type)
        self._person = session.person

    async def stream_response(self, send: Send) -> None:
        """Without the last message of an answer, the server closes the connection: nobody takes it for whole."""
        try:
            await super().stream_response(send)
        except ProblemError as error:
            _log.info("answer_broken_off", person=self._person, why=error.code.word)


async def require_entitled(parts: Parts, session: Session, may_read: MayRead) -> None:
    """Raises NotSignedIn, and what `may_read` raises."""

    def ask(connection: Connection) -> None:
        known = session_of(connection, session.id, now=parts.clock())
        if known is None:
            raise NotSignedIn
        may_read(connection, known)

    await parts.store.read(ask)


async def _while_entitled(
    parts: Parts, session: Session, may_read: MayRead, pieces: AsyncIterable[bytes]
) -> AsyncIterator[bytes]:
    asked = monotonic()
    async for piece in pieces:
        if monotonic() - asked >= ASK_SECONDS:
            await require_entitled(parts, session, may_read)
            asked = monotonic()
        yield piece
