"""The benchmark of check-outs itself, with few of them: each is made, and what is told is of these."""

import pytest

from tests.bench import check_outs


def test_each_check_out_is_made_and_stands_beside_its_peers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, small in (("RUNS", 2), ("AT_ONCE", 8), ("STEADY", 5), ("WARM_UP", 2), ("CONNECTIONS", 3), ("FSYNCS", 2)):
        monkeypatch.setattr(check_outs, name, small)
    rate, slowest, cpu = check_outs.run()
    assert [each.name for each in (rate, slowest, cpu)] == ["checkouts_per_s", "checkouts_p99_ms", "checkout_cpu_ms"]
    assert len(rate.runs) == 2
    assert 0 < min(rate.runs) <= rate.value <= max(rate.runs)
    assert set(rate.peers) == {"bare FastAPI insert", "fsync alone"}
    assert min(rate.peers.values()) > 0
    assert 0 < slowest.peers["median"] <= slowest.value <= slowest.peers["slowest"]
