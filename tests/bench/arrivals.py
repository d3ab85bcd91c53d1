"""2,000 seats come at once, as after a restart: processor time of the server until all are greeted and announced.

Each has a person of its own, signs in by its token, says `resume`, and is told of all the others. The usual FastAPI
manager, which asks nobody who they are, tells everybody of each one who comes: that grows with the square of the crowd,
so it gets fewer, and its figure is scaled by calculation (four times as many seats, four times as long for each). The
two are measured in turn.
"""

import asyncio
import socket
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from server.auth.tokens import Tokens, key_in
from server.config import load
from server.protocol.events import Resume
from server.protocol.wire import encode
from server.storage.store import Store
from tests.bench.figures import Figure
from tests.bench.listeners import Crowd, listeners, request
from tests.bench.peers import ANNOUNCING, Peer, peer
from tests.support.crowd import sign_in_many
from tests.support.server import RealServer, real_server
from tests.support.shop import NOW
from tests.support.usage import settled

SEATS = 2_000
PEER_SEATS = 500
ROUNDS = 5
AT_ONCE = 200
"""So many connect before the first of them is greeted."""
SETTINGS = {"PDM_PRESENCE_WINDOW": "0.5"}


def run() -> Sequence[Figure]:
    """Milliseconds of processor time for each seat."""
    ours: list[float] = []
    usual: list[float] = []
    with (
        tempfile.TemporaryDirectory(prefix="pdm-bench-") as name,
        listeners() as crowd,
        real_server(Path(name), settings=SETTINGS) as server,
        peer(sys.executable, "-m", "tests.bench.peers", ANNOUNCING) as manager,
    ):
        tokens = signed_in(server, SEATS + 1)
        *requests, last = [request("hub", token=token, seat=seat) for seat, token in tokens.items()]
        for _ in range(1 + ROUNDS):
            ours.append(hub_round(crowd, server, requests, last))
            usual.append(usual_round(crowd, manager))
    del ours[0], usual[0]  # the first one warms up
    return [
        Figure(
            name="arrival_cpu_ms",
            value=statistics.median(ours),
            unit="ms",
            goal=1.5,
            runs=ours,
            peers={
                f"FastAPI manager, {PEER_SEATS} seats": statistics.median(usual),
                f"scaled to {SEATS} by calculation": statistics.median(usual) * SEATS / PEER_SEATS,
            },
        )
    ]


def signed_in(server: RealServer, count: int) -> dict[str, str]:
    """So many people signed in, put into the server's store while it does not run. Seat to token."""
    assert server.stop() == 0
    tokens = Tokens(key_in(server.data / "token.key"))

    async def write() -> dict[str, str]:
        store = await Store.open(load(flags={"data": server.data}, environment={}, file=None).database)
        try:
            return await sign_in_many(store, tokens, count)
        finally:
            await store.close()

    found = asyncio.run(write())
    server.start()
    return found


def hub_round(crowd: Crowd, server: RealServer, requests: Sequence[str], last: str) -> float:
    """All come, and one more, of whom all the others are told."""
    used = settled(server.pid)
    say = encode(Resume(), timestamp=NOW).decode()
    crowd.connect("hub", server.port, requests, say=say, mark='"presence"', at_once=AT_ONCE)
    crowd.prepare("hub", f'"Person {SEATS:05}"')
    with socket.create_connection(("127.0.0.1", server.port)) as one_more:
        one_more.sendall(last.encode())
        heard = crowd.heard()["count"]
        assert heard == SEATS, f"{heard} of {SEATS} were told who came last"
        milliseconds = (settled(server.pid) - used) * 1e3 / (SEATS + 1)
    crowd.leave("hub")
    return milliseconds


def usual_round(crowd: Crowd, manager: Peer) -> float:
    """The same of the usual manager, with fewer seats."""
    used = settled(manager.pid)
    requests = [request("peer", seat=f"Person {number:05}", token="any") for number in range(PEER_SEATS)]
    crowd.connect("usual", manager.port, requests, mark='"presence"', at_once=AT_ONCE)
    milliseconds = (settled(manager.pid) - used) * 1e3 / PEER_SEATS
    crowd.leave("usual")
    return milliseconds
