"""One event to 2,000 seats: processor time for each frame that arrives, and when the last seat has it.

Each server in turn sends one event, in every round, to listeners in another process.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from server.protocol.events import Resume
from server.protocol.wire import encode
from tests.bench.figures import Figure
from tests.bench.listeners import Crowd, listeners, request
from tests.bench.node import Vault
from tests.bench.peers import Peer, all_peers, peer
from tests.support.shop import NOW
from tests.support.usage import cpu_seconds, cpu_seconds_soon

CONNECTIONS = 2_000
ROUNDS = 15
WARM_UP = 3
HUB = "the hub"


@dataclass
class Measured:
    """One server and what its rounds gave."""

    pid: int
    send: Callable[[str], None]
    """Have it send an event with that message to everybody."""
    frame_us: list[float] = field(default_factory=list)
    last_ms: list[float] = field(default_factory=list)

    def round(self, crowd: Crowd, name: str, mark: str) -> None:
        """Send one event, and take the time until the last has heard it."""
        crowd.prepare(name, mark)
        used, began = cpu_seconds(self.pid), time.monotonic()
        self.send(mark)
        heard = crowd.heard()
        assert heard["count"] == CONNECTIONS, f"{name}: {heard['count']} of {CONNECTIONS} heard it"
        self.frame_us.append((cpu_seconds_soon(self.pid) - used) / CONNECTIONS * 1e6)
        self.last_ms.append((heard["last"] - began) * 1e3)


def run() -> Sequence[Figure]:
    """The hub beside its peers, in turn in each round."""
    with tempfile.TemporaryDirectory(prefix="pdm-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        crowd = stack.enter_context(listeners())
        servers = {HUB: _hub(stack, crowd, folder)}
        for name, each in stack.enter_context(all_peers(folder)).items():
            crowd.connect(name, each.port, [request("peer", seat="any", token="any")] * CONNECTIONS)
            servers[name] = Measured(each.pid, partial(_tell, each))
        for number in range(WARM_UP + ROUNDS):
            for name, server in servers.items():
                server.round(crowd, name, f"round {number:06} of {name}")
    return _figures({name: (each.frame_us[WARM_UP:], each.last_ms[WARM_UP:]) for name, each in servers.items()})


def _tell(server: Peer, mark: str) -> None:
    server.tell(event(mark))


def event(message: str) -> str:
    """What is sent by those that have no store: the hub's message as it is on the wire."""
    envelope = {"type": "file_locked", "timestamp": NOW.isoformat(), "vault": "mill", "seq": 1, "data": data(message)}
    return json.dumps(envelope, separators=(",", ":"))


def data(message: str) -> dict[str, object]:
    """A check-out as the event says it."""
    return {
        "file": "0190f2f1-0c1a-7b6e-9d53-1d2f6a1c0b7e",
        "path": "2210 Manifold block/2210-block-op10.nc",
        "filename": "2210-block-op10.nc",
        "locked_by": "Anna Novak",
        "seat": "0190f2f1-0c1a-7b6e-9d53-1d2f6a1c0b7f",
        "computer": "CAM-01",
        "since": NOW.isoformat(),
        "token": 17,
        "message": message,
    }


def _hub(stack: ExitStack, crowd: Crowd, folder: Path) -> Measured:
    log = stack.enter_context((folder / "node.log").open("w"))
    node = stack.enter_context(
        peer(sys.executable, "-m", "tests.bench.node", str(folder), str(CONNECTIONS), stderr=log)
    )
    tokens = json.loads((folder / "tokens.json").read_text(encoding="utf-8"))
    say = encode(Resume(), timestamp=NOW).decode()
    requests = [request("hub", token=token, seat=seat) for seat, token in tokens.items()]
    crowd.connect(HUB, node.port, requests, say=say, mark='"presence"')
    vault = stack.enter_context(Vault(folder))
    return Measured(node.pid, lambda mark: node.tell(str(vault.happen(json.dumps(data(mark))))))


def _figures(measured: dict[str, tuple[list[float], list[float]]]) -> list[Figure]:
    frames = {name: statistics.median(frame_us) for name, (frame_us, _) in measured.items()}
    last = {name: statistics.median(last_ms) for name, (_, last_ms) in measured.items()}
    figures = []
    if (limit := frames.get("C epoll")) is not None:
        runs = [ours / limit for ours in measured[HUB][0]]
        peers = {name: each / limit for name, each in frames.items() if name != HUB}
        figures.append(
            Figure(name="fanout_cpu_ratio", value=frames[HUB] / limit, unit="", goal=1.2, runs=runs, peers=peers)
        )
    beside = {name: each for name, each in frames.items() if name != HUB}
    figures.append(Figure(name="fanout_frame_us", value=frames[HUB], unit="µs", runs=measured[HUB][0], peers=beside))
    beside = {name: each for name, each in last.items() if name != HUB}
    figures.append(Figure(name="fanout_last_seat_ms", value=last[HUB], unit="ms", runs=measured[HUB][1], peers=beside))
    return figures
