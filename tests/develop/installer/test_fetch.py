"""Fetching: what is there and right stays, and what is not right is not taken."""

import hashlib
from pathlib import Path

import pytest

from develop.console import Problem
from develop.installer.fetch import fetched, on_windows, sha256
from develop.installer.lock import Lock, Package

CONTENTS = {
    "windows-python.tar.gz": b"python",
    "roots-1-py3-none-any.whl": b"roots",
    "part-1-py3-none-any.whl": b"part",
}


def package(name: str, content: bytes) -> Package:
    return Package(name=name, version="1", sha256=hashlib.sha256(content).hexdigest())


LOCK = Lock(
    python="3.13",
    runtime=package("windows-python", b"python"),
    roots=package("roots", b"roots"),
    wheels=(package("part", b"part"),),
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all that the lock names. pip finds nothing anywhere."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    for name, content in CONTENTS.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def test_what_is_there_is_not_fetched_again(folder: Path) -> None:
    found = fetched(LOCK, folder)
    assert {name: path.name for name, path in found.items()} == {
        "windows-python": "windows-python.tar.gz",
        "roots": "roots-1-py3-none-any.whl",
        "part": "part-1-py3-none-any.whl",
    }


@pytest.mark.parametrize("name", CONTENTS)
def test_what_has_changed_since_is_not_taken(name: str, folder: Path) -> None:
    (folder / name).write_bytes(b"another content")
    with pytest.raises(Problem, match="could not fetch"):
        fetched(LOCK, folder)


def test_a_hash_is_of_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"x" * 1_000_000)
    assert sha256(path) == hashlib.sha256(b"x" * 1_000_000).hexdigest()


def test_wheels_are_asked_for_as_64_bit_windows_would() -> None:
    assert on_windows("3.13") == ("--only-binary", ":all:", "--platform", "win_amd64", "--python-version", "3.13")
