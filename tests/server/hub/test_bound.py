"""What is kept for a reader that has stopped, up to the moment at which it is closed: bounded, also in the system."""

import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from server.config import Config
from server.hub.connection import Connection
from server.hub.outbox import DirectOutbox, Outbox, QueuedOutbox
from server.protocol.closing import CloseCode
from tests.support.shop import open_shop

BOUND: int = Config.model_fields["waiting_bytes"].default
BUFFER: int = Config.model_fields["send_buffer"].default
EVENT_BYTES = 4_000
FRAME_BYTES = EVENT_BYTES + 1_000
"""A frame of one event is smaller."""
UVICORN_BYTES = 65_536
"""With so much in a transport, uvicorn's own `send` waits."""


def transport_of(outbox: Outbox) -> Any:
    """What the server that runs us writes into."""
    if isinstance(outbox, DirectOutbox):
        return outbox._transport
    assert isinstance(outbox, QueuedOutbox)
    server: Any = outbox._send
    return server.__self__.transport


@dataclass
class Kept:
    """For one reader, right before it is closed as too slow."""

    queued: int
    """Bytes that the hub counts."""
    written: int
    """Bytes in the transport."""
    system: int
    """Bytes that the system may keep for the socket, as it says itself."""
    sent: int
    """Bytes that it does keep for the socket, if it says that."""


def watch_the_end(monkeypatch: pytest.MonkeyPatch) -> list[Kept]:
    found: list[Kept] = []
    end: Callable[..., None] = Connection.end

    def noted(self: Connection, code: CloseCode, reason: str = "") -> None:
        if code is CloseCode.TOO_SLOW and not self.ended:
            transport = transport_of(self._outbox)
            plain = transport.get_extra_info("socket")
            found.append(
                Kept(
                    queued=self.waiting(),
                    written=transport.get_write_buffer_size(),
                    system=plain.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF),
                    sent=_sent(plain),
                )
            )
        end(self, code, reason)

    monkeypatch.setattr(Connection, "end", noted)
    return found


def _sent(plain: Any) -> int:
    if sys.platform != "linux":
        return 0
    import fcntl
    import termios

    raw = fcntl.ioctl(plain.fileno(), termios.TIOCOUTQ, bytes(4))
    return int.from_bytes(raw, sys.byteorder)


@pytest.mark.parametrize("direct", [True, False], ids=["direct", "plain"])
async def test_what_is_kept_for_a_reader_that_stops_is_bounded_when_it_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, direct: bool
) -> None:
    found = watch_the_end(monkeypatch)
    async with open_shop(tmp_path, direct=direct) as shop:
        await shop.vault("mill")
        async with shop.seat("Ada") as ada, shop.listen(await shop.sign_in("ada", "slow"), "slow", max_queue=1) as slow:
            await slow.greeted()
            await slow.resume()
            slow.socket.transport.pause_reading()
            for _ in range(50):
                await ada.event(seq=await shop.happen("mill", count=100, size=EVENT_BYTES))
                if found:
                    break
            assert found, "it was not closed, whatever waited for it"
            kept = found.pop()
            slow.socket.transport.resume_reading()
            assert (await slow.closed())[0] == CloseCode.TOO_SLOW
            assert found == [], "it is closed once"
    assert BOUND == 2**20
    assert BOUND < kept.queued <= BOUND + FRAME_BYTES
    if direct:
        assert kept.written == kept.queued, "nothing is kept beside it"
        assert kept.system == (2 * BUFFER if sys.platform == "linux" else BUFFER)
        assert kept.sent <= kept.system
    else:
        assert kept.written <= UVICORN_BYTES + FRAME_BYTES, "the hub cannot bound that, uvicorn does"
