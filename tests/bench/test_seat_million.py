"""The benchmark itself, with a small vault: it measures what it says, from the first load to the last search."""

import sys

import pytest

from pdm_desktop.core.folder_list import FolderList
from tests.bench import million, seat_million

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is read as Linux tells it")


@pytest.mark.full
def test_each_figure_of_a_seat_with_very_many_files_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seat_million, "FILES", 2_000)
    monkeypatch.setattr(seat_million, "CHANGES", 4)
    monkeypatch.setattr(seat_million, "OPENINGS", 1)
    monkeypatch.setattr(seat_million, "RUNS", 1)
    monkeypatch.setattr(seat_million, "SEARCHES", {"common": "-op20", "no hit": "no such name"})
    figures = {each.name: each for each in seat_million.run()}
    assert list(figures) == [
        "seat_cold_load_s", "seat_cold_load_stall_ms", "seat_resync_s", "million_files", "million_files_mb",
        "folder_5000_ms", "search_ms", "search_stall_ms",
    ]  # fmt: skip
    assert figures["seat_resync_s"].peers["changes"] == 4
    assert all(each.value > 0 for name, each in figures.items() if name != "million_files_mb")
    assert set(figures["search_ms"].peers) == {"common", "no hit"}


def test_the_folders_of_the_vault_are_one_text() -> None:
    """No object is kept for a folder, let alone for a file: some bytes for each, whatever the number of files."""
    folders = [each.path.rpartition("/")[0] for each in million.shop_files(20_000)]
    listed = FolderList.of((folder, 1) for folder in folders)
    assert len(listed) == len(set(folders)) > 4_000
    kept = sys.getsizeof(listed._paths) + sys.getsizeof(listed._sums)
    assert kept < 80 * len(listed)
