"""The benchmark of the walk itself, with few files: it measures what it says."""

import pytest

from tests.bench import scan


def test_walks_are_measured_over_so_many_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "FILES", 30)
    (figure,) = scan.run()
    assert figure.name == "scan_s"
    assert len(figure.runs) == scan.RUNS
    assert min(figure.runs) <= figure.value <= max(figure.runs)
    assert set(figure.peers) == {"of it CPU", "start", "one change"}
    assert min(figure.peers.values()) > 0
