"""The benchmarks of several nodes themselves, with few rounds: they measure what they say."""

import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.bench import nodes, second_node
from tests.support.cluster import Cluster

if sys.platform == "win32":
    pytest.skip("Debian's PostgreSQL and Redis run on Linux", allow_module_level=True)


def test_it_measures_each_check_out_at_its_own_node_and_at_the_others(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nodes, "ROUNDS", 3)
    monkeypatch.setattr(nodes, "WARM_UP", 1)
    monkeypatch.setattr(nodes, "three_nodes", lambda: nullcontext(cluster))
    [figure] = nodes.run()
    assert figure.name == "nodes_bus_ms"
    assert len(figure.runs) == 3 * 2
    assert min(figure.peers.values()) > 0


async def test_what_a_second_node_costs_is_measured_at_both(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_node, "WARM_UP", 1)
    monkeypatch.setattr(second_node, "CALLERS", 2)
    quick, steady = await second_node.measured(cluster, tmp_path, at_once=3, steady=3)
    assert len(quick) == second_node.ROUNDS
    for each in (*quick, steady):
        assert min(each.a_second, each.called_ms, each.other_ms, each.news_together) > 0
    assert [each.name for each in second_node.figures(quick, steady)] == [
        "postgres_checkouts_per_s", "postgres_checkout_cpu_ms", "news_cpu_ms",
    ]  # fmt: skip
