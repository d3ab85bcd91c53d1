"""uvicorn's HTTP, which also ends what is endless: head, body and answer must go on, and a head has a bound."""

from asyncio import TimerHandle, Transport

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

log = structlog.get_logger(__name__)

BODY_BYTES = 1_024
"""So many bytes of a body must arrive within the body's time-out, again and again."""
HEAD_BYTES = 65_536
"""Largest head of a request, and largest part of a body that holds no content (sizes of chunks, fields after them)."""
TOO_MUCH = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
    b"content-length: 60\r\n\r\nThe head of the request is larger than 64 KiB. Shorten it.\r\n"
)
TOO_LATE = (
    b"HTTP/1.1 408 Request Timeout\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
    b"content-length: 53\r\n\r\nThe request took too long to arrive. Send it again.\r\n"
)


class TimedHttp(HttpToolsProtocol):
    """One deadline for each connection, looked at by one timer that is armed only while something is awaited."""

    header_timeout = 10.0
    """Seconds for the head of a request, also of the first on a connection."""
    body_timeout = 30.0
    """Seconds for the next BODY_BYTES of a body, and for a reader to take more of an answer."""
    _deadline: float | None = None
    _timer: TimerHandle | None = None
    _stalled: TimerHandle | None = None
    _arrived = 0
    _without_content = 0
    """Bytes that came since the last piece of content or the end of a head."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn's own is typed
        """Somebody has connected and must say something."""
        super().connection_made(transport)
        self._expect(self.header_timeout)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more."""
        self._forget()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Something has arrived: the parser keeps a head until it is whole, so it must not be endless."""
        self._without_content += len(data)
        if self._deadline is None and not self._answering:
            self._expect(self.header_timeout)  # also for empty lines, which begin no request
        super().data_received(data)
        if self._without_content > HEAD_BYTES and not self.transport.is_closing():
            self._end(TOO_MUCH)

    def pause_writing(self) -> None:
        """The reader takes no more for now. What is open for its answer is not kept open without end."""
        super().pause_writing()
        if self._stalled is None:
            self._stalled = self.loop.call_later(self.body_timeout, self._give_up)

    def resume_writing(self) -> None:
        """The reader goes on."""
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
        super().resume_writing()

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
        self._arrived = self._without_content = 0
        self._expect(self.body_timeout)

    def on_body(self, body: bytes) -> None:
        """Part of the body is here."""
        super().on_body(body)
        self._without_content = 0
        self._arrived += len(body)
        if self._arrived >= BODY_BYTES:
            self._arrived = 0
            self._expect(self.body_timeout)

    def on_message_complete(self) -> None:
        """The whole request is here; the answer may take its time."""
        super().on_message_complete()
        self._deadline = None
        self._without_content = 0

    @property
    def _answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request
        return cycle is not None and not cycle.response_complete

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
            self._end(TOO_LATE)

    def _give_up(self) -> None:
        log.info("answer_not_taken", address=self.client and self.client[0], seconds=self.body_timeout)
        self.transport.abort()

    def _end(self, why: bytes) -> None:
        self._deadline = None
        if not self._answering or not self.cycle.response_started:
            self.transport.write(why)
        self.transport.close()
