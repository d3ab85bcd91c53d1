"""One connection: whatever its socket does, nobody who is told something next is kept from it."""

from datetime import UTC, datetime

from structlog.testing import capture_logs

from server.hub.connection import Connection
from server.hub.encoded import Encoded, encode_now
from server.hub.outbox import Outbox
from server.protocol.closing import CloseCode
from server.protocol.events import Pong


class Broken(Outbox):
    """A socket that raises what no socket should."""

    def __init__(self) -> None:
        self.ended: list[CloseCode] = []

    def write(self, message: Encoded) -> int:
        raise RuntimeError("the handler is closed")

    def waiting(self) -> int:
        return 0

    async def drained(self) -> None:
        pass

    def end(self, code: CloseCode, reason: str = "") -> None:
        self.ended.append(code)
        raise RuntimeError("the handler is closed")


def test_a_socket_that_breaks_in_a_write_ends_alone_and_raises_nothing() -> None:
    outbox = Broken()
    connection = Connection(
        session="x", person_id="ada", person="Ada", seat="s", since=datetime.now(UTC), outbox=outbox, bound=99
    )
    with capture_logs() as lines:
        for _ in range(2):
            connection.write(encode_now(Pong()))
    assert outbox.ended == [CloseCode.INTERNAL]
    assert connection.ended_with is CloseCode.INTERNAL
    assert [each["event"] for each in lines] == ["connection_broke"]
