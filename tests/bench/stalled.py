"""50 of 2,000 seats stop reading: what the others notice, and how much is kept for those before they are closed."""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from server.config import load
from server.protocol.events import Resume
from server.protocol.wire import encode
from tests.bench.fan_out import data
from tests.bench.figures import Figure
from tests.bench.listeners import SMALL_BUFFER, Crowd, listeners, request
from tests.bench.node import Vault
from tests.bench.peers import Peer, peer
from tests.support.shop import NOW

SEATS = 2_000
STALLED = 50
BLOCKS, ROUNDS = 6, 15
"""So often they stop and go on again, each for so many events: what else the computer does falls on both."""
LARGE_BYTES = 8_000
"""What comes at last, in events as large as few are: the bound is reached in some hundred rounds."""
MOST_ROUNDS = 1_000


def run() -> Sequence[Figure]:
    """By how many per cent it takes the others longer, and kilobytes sent to the last that was closed."""
    with tempfile.TemporaryDirectory(prefix="pdm-bench-") as name, ExitStack() as stack:
        shop = _Shop(stack, Path(name))
        calm: list[float] = []
        during: list[float] = []
        for _ in range(BLOCKS):
            calm += [shop.round() for _ in range(ROUNDS)]
            shop.crowd.stall("stalled", STALLED)
            during += [shop.round() for _ in range(ROUNDS)]
            shop.crowd.go_on("stalled")
            shop.round("stalled", STALLED)  # until they have caught up
        kept = shop.rounds_until_closed() * LARGE_BYTES / 1e3
    usual, meanwhile = statistics.median(calm), statistics.median(during)
    change = (meanwhile / usual - 1) * 100
    beside = {"ms, all read": usual, "ms, 50 do not": meanwhile}
    return [
        Figure(name="stalled_readers", value=change, unit="%", goal=10, runs=during, peers=beside),
        Figure(name="stalled_closed_kb", value=kept, unit="kB", goal=_bound() / 1e3, runs=[kept]),
    ]


def _bound() -> float:
    """The server's own bound, what the system keeps on both sides (it doubles what it is told), and some events."""
    usual = load(flags={"data": "unused"}, environment={}, file=None)
    return usual.waiting_bytes + 2 * usual.send_buffer + 2 * SMALL_BUFFER + 10 * LARGE_BYTES


class _Shop:
    """The hub and its listeners, those that are to stop in a group of their own."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self.crowd: Crowd = stack.enter_context(listeners())
        self._log = folder / "node.log"
        self._number = 0
        written = stack.enter_context(self._log.open("w"))
        command = [sys.executable, "-m", "tests.bench.node", str(folder), str(SEATS)]
        self._node: Peer = stack.enter_context(peer(*command, stderr=written))
        tokens = json.loads((folder / "tokens.json").read_text(encoding="utf-8"))
        requests = [request("hub", token=token, seat=seat) for seat, token in tokens.items()]
        for group, members, small in (("stalled", requests[:STALLED], STALLED), ("others", requests[STALLED:], 0)):
            say = encode(Resume(), timestamp=NOW).decode()
            self.crowd.connect(group, self._node.port, members, say=say, mark='"presence"', small=small)
        self._vault = stack.enter_context(Vault(folder))

    @property
    def closed(self) -> int:
        """So many of those that stopped are closed."""
        return self._log.read_text(encoding="utf-8").count('"seat_disconnected"')

    def rounds_until_closed(self) -> int:
        """They stop for good: how many events it takes until the last of them is closed."""
        self.crowd.stall("stalled", STALLED)
        for number in range(MOST_ROUNDS):
            if self.closed == STALLED:
                return number
            self.round(size=LARGE_BYTES)
        raise AssertionError(f"{self.closed} of {STALLED} were closed")

    def round(self, group: str = "others", count: int | None = None, *, size: int = 0) -> float:
        """Milliseconds until the last of the group (the others) has heard one event."""
        count = SEATS - STALLED if count is None else count
        self._number += 1
        mark = f"round {self._number:06}"
        self.crowd.prepare(group, mark)
        began = time.monotonic()
        self._node.tell(str(self._vault.happen(json.dumps(data(f"{mark} {'x' * size}")))))
        heard = self.crowd.heard()
        assert heard["count"] == count, f"{heard['count']} of {count} heard it"
        return (float(heard["last"]) - began) * 1e3
