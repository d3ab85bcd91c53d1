"""The benchmark of the tree call itself, with few files: it measures what it says."""

import pytest

from tests.bench import tree_call


def test_tree_its_tag_and_its_changes_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, small in (("RUNS", 2), ("FILES", 300), ("CHANGES", 10)):
        monkeypatch.setattr(tree_call, name, small)
    tree, memory, resync = tree_call.run()
    assert [each.name for each in (tree, memory, resync)] == ["tree_call", "tree_memory_mb", "resync_1000_s"]
    assert len(tree.runs) == len(resync.runs) == 2
    assert 0 < min(tree.runs) <= tree.value <= max(tree.runs)
    assert 0.01 < tree.peers["MB zipped"] < tree.peers["MB plain"] / 2 < 0.1
    assert 1 < resync.peers["KB"] < 10
    assert resync.value > 0
