"""The benchmark of the start itself: it measures a window that was painted from the cache, beside a bare one."""

import pytest

from tests.bench import start


def test_a_start_is_measured_beside_a_bare_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "RUNS", 1)
    monkeypatch.setattr(start, "FILES", 200)
    (figure,) = start.run()
    assert (figure.name, figure.goal, len(figure.runs)) == ("start_ratio", 1.25, 1)
    assert min(figure.peers.values()) > 0
    assert figure.peers["seat modules"] > figure.peers["bare modules"]
