"""uvicorn's HTTP, which also ends a request that trickles in: head and body must arrive at a least pace."""

from asyncio import TimerHandle, Transport

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

BODY_BYTES = 1_024
"""So many bytes of a body must arrive within the body's time-out, again and again."""
TOO_LATE = (
    b"HTTP/1.1 408 Request Timeout\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
    b"content-length: 53\r\n\r\nThe request took too long to arrive. Send it again.\r\n"
)


class TimedHttp(HttpToolsProtocol):
    """One deadline for each connection, looked at by one timer that is armed only while something is awaited."""

    header_timeout = 10.0
    """Seconds for the head of a request, also of the first on a connection."""
    body_timeout = 30.0
    """Seconds for the next BODY_BYTES of a body."""
    _deadline: float | None = None
    _timer: TimerHandle | None = None
    _arrived = 0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn's own is typed
        """Somebody has connected and must say something."""
        super().connection_made(transport)
        self._expect(self.header_timeout)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more."""
        self._forget()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        """From here on it is a WebSocket, with its own pings."""
        self._forget()
        super().handle_websocket_upgrade()

    def on_message_begin(self) -> None:
        """A request begins: its head must arrive."""
        super().on_message_begin()
        self._expect(self.header_timeout)

    def on_headers_complete(self) -> None:
        """The head is here: its body must arrive."""
        super().on_headers_complete()
        self._arrived = 0
        self._expect(self.body_timeout)

    def on_body(self, body: bytes) -> None:
        """Part of the body is here."""
        super().on_body(body)
        self._arrived += len(body)
        if self._arrived >= BODY_BYTES:
            self._arrived = 0
            self._expect(self.body_timeout)

    def on_message_complete(self) -> None:
        """The whole request is here; the answer may take its time."""
        super().on_message_complete()
        self._deadline = None

    def _expect(self, seconds: float) -> None:
        self._deadline = self.loop.time() + seconds
        if self._timer is None:
            self._timer = self.loop.call_at(self._deadline, self._look)

    def _forget(self) -> None:
        self._deadline = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        if self._deadline is None or self.transport.is_closing():
            return
        if self.flow.read_paused:  # it is the server that does not take more
            self._expect(self.body_timeout)
        elif self.loop.time() < self._deadline:
            self._timer = self.loop.call_at(self._deadline, self._look)
        else:
            self._end()

    def _end(self) -> None:
        self._deadline = None
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request
        if cycle is None or cycle.response_complete or not cycle.response_started:
            self.transport.write(TOO_LATE)
        self.transport.close()
