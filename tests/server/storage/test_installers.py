"""The folder of installers: what comes in whole, what is offered, and what is not."""

import errno
import hashlib
import os
from pathlib import Path

import pytest
import structlog

from server.storage.installers import MAGIC, Installers, NotAnInstaller
from server.storage.releases import Releases
from server.version import VERSION

CONTENT = MAGIC + b"a seat" * 1000


def built(folder: Path, version: str = "1.2.3", content: bytes = CONTENT) -> Path:
    """An installer as its build leaves it."""
    folder.mkdir(exist_ok=True)
    path = folder / f"PDM-Desktop-{version}-x64.msi"
    path.write_bytes(content)
    return path


@pytest.fixture
def here(tmp_path: Path) -> Installers:
    return Installers(tmp_path / "data" / "installers", settled=0)


def test_what_was_added_is_there_with_its_hash_beside_it(here: Installers, tmp_path: Path) -> None:
    added = here.add(built(tmp_path / "dist"))
    assert (added.version, added.size, added.sha256) == ("1.2.3", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert here.all() == [added]
    with here.open(added) as file:
        assert file.read() == CONTENT
    beside = tmp_path / "data" / "installers" / "PDM-Desktop-1.2.3-x64.msi.sha256"
    assert beside.read_text() == f"{added.sha256}  PDM-Desktop-1.2.3-x64.msi\n"


def test_the_newest_comes_first(here: Installers, tmp_path: Path) -> None:
    for version in ("0.9.0", "0.10.0", "0.2.0"):
        here.add(built(tmp_path / "dist", version, CONTENT + version.encode()))
    assert [each.version for each in here.all()] == ["0.10.0", "0.9.0", "0.2.0"]


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("setup.msi", CONTENT, "does not say its version"),
        ("PDM-Desktop-1.2-x64.msi", CONTENT, "does not say its version"),
        ("PDM-Desktop-1.2.3-arm64.msi", CONTENT, "does not say its version"),
        ("PDM-Desktop-1.2.3-x64.msi", b"<html>Sign in</html>", "no Windows installer"),
        ("PDM-Desktop-1.2.3-x64.msi", b"", "no Windows installer"),
    ],
)
def test_what_is_no_installer_does_not_come_in(
    here: Installers, tmp_path: Path, name: str, content: bytes, why: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(NotAnInstaller, match=why):
        here.add(tmp_path / name)
    assert here.all() == []


def test_the_same_may_be_added_again_and_another_of_that_version_may_not(here: Installers, tmp_path: Path) -> None:
    added = here.add(built(tmp_path / "dist"))
    assert here.add(built(tmp_path / "dist")) == added
    with pytest.raises(NotAnInstaller, match=r"Another PDM-Desktop-1\.2\.3-x64\.msi"):
        here.add(built(tmp_path / "dist", content=CONTENT + b"!"))
    assert here.all() == [added]


def test_a_full_disk_leaves_nothing_half(here: Installers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        here.add(built(tmp_path / "dist"))
    monkeypatch.undo()
    assert list((tmp_path / "data" / "installers").iterdir()) == []
    here.add(built(tmp_path / "dist"))
    assert [each.version for each in here.all()] == ["1.2.3"]


def test_what_a_cut_command_left_does_not_stop_the_next(here: Installers, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "installers"
    folder.mkdir(parents=True)
    (folder / "PDM-Desktop-1.2.3-x64.msi.new").write_bytes(CONTENT[:50])
    assert here.all() == []
    here.add(built(tmp_path / "dist"))
    assert sorted(each.name for each in folder.iterdir()) == [
        "PDM-Desktop-1.2.3-x64.msi",
        "PDM-Desktop-1.2.3-x64.msi.sha256",
    ]


def test_one_copied_there_by_hand_is_offered_once_it_stays_as_it_is(tmp_path: Path) -> None:
    built(tmp_path / "installers")
    assert [each.version for each in Installers(tmp_path / "installers", settled=0).all()] == ["1.2.3"]
    assert Installers(tmp_path / "installers", settled=3600).all() == []


def test_a_damaged_one_is_not_offered_and_the_log_says_so_once(here: Installers, tmp_path: Path) -> None:
    here.add(built(tmp_path / "dist", "1.2.2"))
    here.add(built(tmp_path / "dist", "1.2.3"))
    built(tmp_path / "data" / "installers", "1.2.3", CONTENT[:-1])
    with structlog.testing.capture_logs() as logged:
        assert [[each.version for each in here.all()] for _ in range(2)] == [["1.2.2"], ["1.2.2"]]
    assert [each["event"] for each in logged] == ["installer_not_offered"]
    assert "is not what PDM-Desktop-1.2.3-x64.msi.sha256 says of it" in logged[0]["why"]


def test_what_is_removed_is_gone_with_its_hash(here: Installers, tmp_path: Path) -> None:
    here.add(built(tmp_path / "dist"))
    assert not here.remove("9.9.9")
    assert not here.remove("../../1.2.3")
    assert here.remove("1.2.3")
    assert list((tmp_path / "data" / "installers").iterdir()) == []


def test_the_newest_seat_is_the_highest_that_the_server_knows_of(here: Installers, tmp_path: Path) -> None:
    releases = Releases(here, oldest="0.1.0")
    assert (releases.look(), releases.newest) == (None, VERSION)
    added = here.add(built(tmp_path / "dist", "77.0.0"))
    assert (releases.look(), releases.newest) == (added, "77.0.0")
    assert Releases(here, oldest="88.0.0").newest == "88.0.0"
