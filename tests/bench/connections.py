"""What a connection costs: how much the server's memory grows by 2,000 seats that are there, divided by them."""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from server.protocol.events import Resume
from server.protocol.wire import encode
from tests.bench.arrivals import signed_in
from tests.bench.figures import Figure
from tests.bench.listeners import Crowd, listeners, request
from tests.bench.peers import peer
from tests.support.server import real_server
from tests.support.shop import NOW
from tests.support.usage import resident_bytes, settled

SEATS = 2_000
FIRST = 200
"""So many come first and stay: what the server needs once, whatever their number, is no cost of a connection."""
PEERS = ("FastAPI manager", "websockets.broadcast", "asyncio protocol")


def run() -> Sequence[Figure]:
    """Kilobytes (1,000 bytes) for each."""
    with tempfile.TemporaryDirectory(prefix="pdm-bench-") as name, listeners() as crowd:
        with real_server(Path(name)) as server:
            tokens = signed_in(server, FIRST + SEATS)
            requests = [request("hub", token=token, seat=seat) for seat, token in tokens.items()]
            say = encode(Resume(), timestamp=NOW).decode()
            ours = _growth(crowd, server.pid, server.port, requests, say=say, mark='"presence"')
        peers = {name: _peer(crowd, name) for name in PEERS}
    return [Figure(name="connection_kb", value=ours, unit="kB", goal=20, runs=[ours], peers=peers)]


def _peer(crowd: Crowd, name: str) -> float:
    with peer(sys.executable, "-m", "tests.bench.peers", name) as server:
        return _growth(crowd, server.pid, server.port, [request("peer", seat="any", token="any")] * (FIRST + SEATS))


def _growth(crowd: Crowd, pid: int, port: int, requests: Sequence[str], **how: str) -> float:
    crowd.connect("first", port, requests[:FIRST], **how)
    settled(pid)
    before = resident_bytes(pid)
    crowd.connect("others", port, requests[FIRST:], **how)
    settled(pid)
    grown = resident_bytes(pid) - before
    crowd.leave("first")
    crowd.leave("others")
    return grown / SEATS / 1e3
