"""The folder of installers: what comes in whole, what is offered, and what is not."""

import errno
import hashlib
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from io import BufferedReader
from pathlib import Path

import pytest
import structlog

from server.storage.installers import MAGIC, Installers, NotAnInstaller
from server.storage.releases import Releases
from server.version import VERSION

CONTENT = MAGIC + b"a seat" * 1000


def built(folder: Path, version: str = "1.2.3", content: bytes = CONTENT) -> Path:
    """An installer as its build leaves it."""
    folder.mkdir(parents=True, exist_ok=True)
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


@pytest.mark.parametrize("damaged", [CONTENT[:-1], b"", b"<html>"])
def test_a_damaged_one_is_replaced_by_adding_it_again(here: Installers, tmp_path: Path, damaged: bytes) -> None:
    added = here.add(built(tmp_path / "dist"))
    built(tmp_path / "data" / "installers", content=damaged)
    assert here.all() == []
    assert here.add(built(tmp_path / "dist")) == added
    assert here.all() == [added]
    with here.open(added) as file:
        assert file.read() == CONTENT


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("is_right", [True, False])
def test_a_hash_that_windows_wrote_is_read(tmp_path: Path, coding: str, is_right: bool) -> None:
    path = built(tmp_path / "installers")
    sha256 = hashlib.sha256(CONTENT if is_right else b"another").hexdigest().upper()
    begin = "\ufeff" if coding == "utf-16-be" else ""
    path.with_name(f"{path.name}.sha256").write_bytes(f"{begin}{sha256}  {path.name}\r\n".encode(coding))
    offered = Installers(tmp_path / "installers", settled=3600).all()
    assert [each.version for each in offered] == (["1.2.3"] if is_right else []), "it says that the file is whole"


@pytest.mark.parametrize("nothing", [b"", b"\xff\xff\xff"])
def test_a_hash_that_cannot_be_read_says_nothing(tmp_path: Path, nothing: bytes) -> None:
    path = built(tmp_path / "installers")
    path.with_name(f"{path.name}.sha256").write_bytes(nothing)
    assert Installers(tmp_path / "installers", settled=3600).all() == []
    assert [each.version for each in Installers(tmp_path / "installers", settled=0).all()] == ["1.2.3"]


def test_one_that_was_swapped_within_its_size_and_time_is_read_anew(here: Installers, tmp_path: Path) -> None:
    path = built(tmp_path / "data" / "installers")
    before, (first,) = path.stat(), here.all()
    other = built(tmp_path / "dist", content=CONTENT[:-1] + b"!")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(path)
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert [each.sha256 == first.sha256 for each in here.all()] == [False]


def test_a_new_one_is_read_once_however_many_ask_for_it(
    here: Installers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(tmp_path / "data" / "installers")
    read, counts, together = hashlib.file_digest, list[int](), threading.Barrier(4)

    def slow(file: BufferedReader, name: str) -> object:
        counts.append(1)
        asked.wait(0.3)
        return read(file, name)

    def ask() -> list[str]:
        together.wait()
        return [each.version for each in here.all()]

    asked = threading.Event()
    monkeypatch.setattr(hashlib, "file_digest", slow)
    with ThreadPoolExecutor(4) as threads:
        answers = [each.result() for each in [threads.submit(ask) for _ in range(4)]]
    assert (answers, len(counts)) == ([["1.2.3"]] * 4, 1)


def test_whether_it_carries_a_signature_is_seen(here: Installers, tmp_path: Path) -> None:
    plain = here.add(built(tmp_path / "dist", "1.2.3"))
    name = "\x05DigitalSignature".encode("utf-16-le")
    signed = here.add(built(tmp_path / "dist", "1.2.4", CONTENT + name + b"\0" * 100))
    assert (here.is_signed(plain), here.is_signed(signed)) == (False, True)


@pytest.mark.parametrize(
    ("oldest", "offered", "is_without_help"),
    [("0.1.0", None, False), ("1.0.0", None, True), ("1.0.0", "0.9.9", True), ("1.0.0", "1.0.0", False)],
)
def test_older_seats_that_are_shut_out_need_an_installer(
    here: Installers, tmp_path: Path, oldest: str, offered: str | None, is_without_help: bool
) -> None:
    if offered is not None:
        here.add(built(tmp_path / "dist", offered))
    releases = Releases(here, oldest=oldest)
    releases.look()
    assert releases.is_without_help is is_without_help


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
