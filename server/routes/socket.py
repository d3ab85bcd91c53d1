"""`/ws`, beside FastAPI: who may not come in hears why by HTTP before the upgrade, everybody else is the hub's."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from typing import Any

import msgspec
import structlog

from server.auth.guard import SEAT_HEADER, Guard
from server.domain.errors import ForeignSeat, NotFound, NotReady, ProblemError
from server.domain.session import Session
from server.hub.contacts import Contact
from server.hub.hub import Hub
from server.hub.outbox import DIRECT, DirectOutbox, QueuedOutbox
from server.hub.source import Arrival
from server.protocol import wire
from server.protocol.closing import CloseCode

log = structlog.get_logger(__name__)

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

PATH = "/ws"
RETRY_SECONDS = 2.0
"""What somebody who comes while the server cannot serve is told to wait."""


class Socket:
    """The ASGI application for scopes of type `websocket`."""

    def __init__(self, guard: Guard, hub: Hub, *, contact: Callable[[Contact], None]) -> None:
        self._guard = guard
        self._hub = hub
        self._contact = contact
        """Notes that somebody is in contact."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One WebSocket, from the request to the end."""
        await receive()  # websocket.connect
        try:
            session, seat, arrival = await self._admit(scope)
        except ProblemError as problem:
            await _refuse(problem, send)
            return
        direct = scope.get("extensions", {}).get(DIRECT)
        del scope  # the server that runs us may need it no more either
        await send({"type": "websocket.accept"})
        self._note_contact(session)
        try:
            if direct is None:
                await self._serve_queued(session, seat, arrival, receive, send)
            else:
                messages, outbox = partial(_next_message, receive), DirectOutbox(direct)
                await self._hub.serve(session, seat, arrival=arrival, receive=messages, outbox=outbox)
        finally:
            self._note_contact(session)

    def _note_contact(self, session: Session) -> None:
        self._contact(Contact(session.person_id, session.seat))

    async def _admit(self, scope: Scope) -> tuple[Session, str, Arrival]:
        if scope["path"] != PATH:
            raise NotFound(f"There is nothing at {scope['path']}. The WebSocket is at {PATH}.")
        if not self._hub.running:
            raise _not_ready()
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            session = await self._guard.signed_in(headers, origin_matters=True)
            arrival = await self._hub.arrival(session)
        except ProblemError:
            raise
        except Exception as error:
            log.exception("socket_not_admitted")
            raise _not_ready() from error
        return session, _seat_of(session, headers.get(SEAT_HEADER)), arrival

    async def _serve_queued(self, session: Session, seat: str, arrival: Arrival, receive: Receive, send: Send) -> None:
        outbox = QueuedOutbox(send)
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(
                self._hub.serve(session, seat, arrival=arrival, receive=partial(_next_message, receive), outbox=outbox),
                name=f"serve {seat}",
            )
            serving.add_done_callback(lambda _: outbox.end(CloseCode.NORMAL))
            await outbox.run()
            serving.cancel()


def _seat_of(session: Session, named: str | None) -> str:
    """The seat of this connection. A program must name its own; each page of a browser is one of its own."""
    if session.seat is None:
        return f"browser-{uuid.uuid4()}"
    if named != session.seat:
        raise ForeignSeat
    return session.seat


def _not_ready() -> ProblemError:
    return NotReady("The server is starting or stopping. Please try again in a moment.", retry_after=RETRY_SECONDS)


async def _next_message(receive: Receive) -> str | bytes | None:
    """None at the end."""
    message = await receive()
    if message["type"] != "websocket.receive":
        return None
    text: str | None = message.get("text")
    return text if text is not None else message["bytes"]


async def _refuse(refusal: ProblemError, send: Send) -> None:
    problem = refusal.problem()
    headers = [(b"content-type", b"application/problem+json")]
    if problem.retry_after is not None:
        headers.append((b"retry-after", str(round(problem.retry_after)).encode()))
    await send({"type": "websocket.http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": msgspec.json.encode(wire.plain(problem))})
