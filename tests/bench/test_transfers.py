"""The benchmarks of transfers themselves, with a small file and few of them: they measure what they say."""

import sys

import pytest

from tests.bench import transfers

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory and the peers are those of Linux")


def test_a_large_file_is_measured_beside_curl_and_dd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfers, "ROUNDS", 1)
    monkeypatch.setattr(transfers, "SIZE", 8 << 20)
    both, up, down, *others = transfers.run()
    assert [up.name, down.name] == ["transfer_ratio_check_in", "transfer_ratio_get"]
    assert (both.name, both.value, both.goal) == ("transfer_ratio", min(up.value, down.value), 0.5)
    for each in (up, down):
        assert each.value == each.peers["MB/s"] / each.peers["curl MB/s"]
        assert min(each.peers.values()) > 0
    assert [each.name for each in others] == ["transfer_stall_ms", "transfer_seat_mb", "transfer_server_mb"]
    assert all(each.value >= 0 for each in others)


def test_small_files_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfers, "ROUNDS", 1)
    monkeypatch.setattr(transfers, "SMALL_FILES", 20)
    rate, stall = transfers.run_small()
    assert (rate.name, stall.name) == ("small_files_per_s", "small_files_stall_ms")
    assert rate.value > 0
    assert stall.value > 0
    assert stall.peers["its own CPU"] > 0
