"""The benchmarks of many seats, with few: everybody is counted, and what should be closed is."""

import sys

import pytest

from tests.bench import arrivals, connections, stalled

if sys.platform == "win32":
    pytest.skip("they read /proc", allow_module_level=True)


@pytest.mark.full
def test_arrivals_are_measured_until_everybody_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "SEATS", 5)
    monkeypatch.setattr(arrivals, "PEER_SEATS", 3)
    monkeypatch.setattr(arrivals, "ROUNDS", 2)
    [figure] = arrivals.run()
    assert (figure.name, len(figure.runs)) == ("arrival_cpu_ms", 2)
    assert min(*figure.runs, *figure.peers.values()) > 0
    assert figure.peers["scaled to 5 by calculation"] == pytest.approx(figure.peers["FastAPI manager, 3 seats"] * 5 / 3)


@pytest.mark.full
def test_connections_are_measured_when_all_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "SEATS", 20)
    monkeypatch.setattr(connections, "FIRST", 5)
    monkeypatch.setattr(connections, "PEERS", ("asyncio protocol",))
    [figure] = connections.run()
    assert figure.name == "connection_kb"
    assert set(figure.peers) == {"asyncio protocol"}


def test_those_who_stop_reading_are_closed_and_the_others_hear_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stalled, "SEATS", 5)
    monkeypatch.setattr(stalled, "STALLED", 2)
    monkeypatch.setattr(stalled, "ROUNDS", 2)
    monkeypatch.setattr(stalled, "BLOCKS", 2)
    monkeypatch.setattr(stalled, "LARGE_BYTES", 60_000)
    change, kept = stalled.run()
    assert (change.name, kept.name) == ("stalled_readers", "stalled_closed_kb")
    assert len(change.runs) == 4
    assert 1_000 < kept.value <= 1_024 + 128 + 10 * 60
