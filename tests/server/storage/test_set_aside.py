"""What a database that was set aside names is kept; where none can say what it names, everything is."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from server.storage.set_aside import SetAside

ALL = {"a", "b", "c"}


def set_aside(data: Path, day: str, *named: str) -> Path:
    folder = data / f"replaced-{day}"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "vault.sqlite3")) as database:
        database.execute("CREATE TABLE blob (hash TEXT PRIMARY KEY)")
        database.executemany("INSERT INTO blob VALUES (?)", [(each,) for each in named])
        database.commit()
    return folder / "vault.sqlite3"


def test_without_any_nothing_is_named(tmp_path: Path) -> None:
    assert SetAside(tmp_path).named(ALL) == set()


def test_each_of_them_counts(tmp_path: Path) -> None:
    set_aside(tmp_path, "2026-03-02T080000Z", "a", "other")
    set_aside(tmp_path, "2026-03-09T080000Z", "b")
    assert SetAside(tmp_path).named(ALL) == {"a", "b"}


@pytest.mark.parametrize("left", [None, b"", b"no database at all" * 1_000], ids=["gone", "empty", "damaged"])
def test_one_that_cannot_be_read_may_name_everything(tmp_path: Path, left: bytes | None) -> None:
    database = set_aside(tmp_path, "2026-03-02T080000Z")
    if left is None:
        database.unlink()
    else:
        database.write_bytes(left)
    assert SetAside(tmp_path).named(ALL) == ALL


def test_a_folder_is_found_from_where_the_server_was_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pdm-data").mkdir()
    set_aside(tmp_path / "pdm-data", "2026-03-02T080000Z", "a")
    monkeypatch.chdir(tmp_path)
    assert SetAside(Path("pdm-data")).named(ALL) == {"a"}


def test_whatever_stops_the_look_counts_as_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(_: object) -> str:
        raise ValueError("relative path can't be expressed as a file URI")

    set_aside(tmp_path, "2026-03-02T080000Z")
    monkeypatch.setattr(Path, "as_uri", stop)
    assert SetAside(tmp_path).named(ALL) == ALL
