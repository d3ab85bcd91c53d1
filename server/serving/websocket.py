"""uvicorn's WebSocket, which also lets the hub write ready frames and close without waiting."""

import socket
from asyncio import Transport
from asyncio.transports import BaseTransport
from typing import Any

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import State

from server.hub.outbox import CLOSING_SECONDS, DIRECT
from server.serving.waiting import Inbox, Latch


class DirectWebSocket(WebSocketsSansIOProtocol):
    """Offers itself to the application under the extension DIRECT, as the hub's Direct."""

    send_buffer = 65_536
    """SO_SNDBUF in bytes. Fixed, or the system hides a reader that has stopped (it doubles what it is told)."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.queue = Inbox()  # type: ignore[assignment]  # as much of a Queue as is used
        self.writable = Latch()  # type: ignore[assignment]  # as much of an Event as is used
        self.writable.set()

    def connection_made(self, transport: BaseTransport) -> None:
        """The socket is ours: fix its buffer."""
        super().connection_made(transport)
        plain = transport.get_extra_info("socket")
        if plain is not None:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self.send_buffer)

    async def run_asgi(self) -> None:
        """Run the application, with the extension in its scope."""
        extensions: dict[str, Any] = {"websocket.http.response": {}, DIRECT: self}
        self.scope["extensions"] = extensions
        await super().run_asgi()

    async def send(self, message: ASGISendEvent) -> None:
        """ASGI's `send`."""
        await super().send(message)
        if message["type"] == "websocket.accept":
            self._forget_request()

    def _forget_request(self) -> None:
        """It is answered: what its head said would cost six kilobytes for as long as the connection goes on."""
        self.request.headers.clear()
        self.response.headers.clear()
        del self.request, self.response
        self.scope.clear()  # type: ignore[attr-defined]  # a dict all the same
        self.default_headers = []

    async def room(self) -> None:
        """Wait until little is waiting, or the connection is gone."""
        await self.writable.wait()

    def end(self, code: int, reason: str) -> None:
        """Begin to close, behind what waits; a peer that does not answer is cut off after CLOSING_SECONDS."""
        if self.close_sent or self.transport.is_closing():
            return
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(CLOSING_SECONDS, self.transport.abort)

    def keepalive_timeout(self) -> None:
        """The peer did not answer a ping: nothing that waits for it will be taken."""
        super().keepalive_timeout()
        self.transport.abort()

    def shutdown(self) -> None:
        """The server stops: 1012, and an end even to a peer that takes nothing."""
        transport: Transport = self.transport
        if self.handshake_complete and not self.close_sent and self.conn.state is not State.OPEN:
            transport.abort()  # the peer is closing already
            return
        super().shutdown()
        self.loop.call_later(CLOSING_SECONDS, transport.abort)
