"""The benchmark itself, with few seats and peers: every seat hears every event, and all are measured."""

import sys

import pytest

from tests.bench import fan_out, peers

if sys.platform == "win32":
    pytest.skip("it reads /proc", allow_module_level=True)


@pytest.mark.full
def test_every_seat_of_every_server_hears_every_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fan_out, "CONNECTIONS", 7)
    monkeypatch.setattr(fan_out, "ROUNDS", 2)
    monkeypatch.setattr(fan_out, "WARM_UP", 1)
    monkeypatch.setattr(peers, "SERVERS", {"asyncio protocol": peers.bare})
    ratio, frame, last = fan_out.run()
    assert (ratio.name, frame.name, last.name) == ("fanout_cpu_ratio", "fanout_frame_us", "fanout_last_seat_ms")
    assert set(frame.peers) == {"asyncio protocol", "C epoll"}
    assert len(frame.runs) == len(last.runs) == 2
    assert ratio.value == pytest.approx(frame.value / frame.peers["C epoll"])
    assert min(frame.value, last.value) > 0
