"""The benchmark itself, with few rounds and a small crowd: it measures what it says."""

import pytest

from tests.bench import lock_to_badge


def test_it_measures_each_check_out_alone_and_among_others_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock_to_badge, "TURNS", 2)
    monkeypatch.setattr(lock_to_badge, "ROUNDS", 2)
    monkeypatch.setattr(lock_to_badge, "WARM_UP", 1)
    monkeypatch.setattr(lock_to_badge, "OTHERS", 5)
    median, slowest = lock_to_badge.run()
    assert (median.name, slowest.name) == ("lock_to_badge_ms", "lock_to_badge_p99_ms")
    assert len(median.runs) == 4
    assert 0 < min(median.runs) <= median.value <= slowest.value <= max(median.runs) < 10_000
    assert set(median.peers) == {"without others"}
