"""The lock of a workspace: one engine at most, for whom it belongs to, also after somebody has tidied up there."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from pdm_desktop.core.errors import AnothersWorkspace, NotWritable, WorkspaceBusy
from pdm_desktop.core.owners import Owner
from pdm_desktop.sync import lock
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.lock import WorkspaceLock
from pdm_desktop.sync.mark import owner_of
from tests.support.windows_programs import IN_WINE

ANNA = Owner(server="a", address="https://a", person="Anna Novak")
TOMAS = Owner(server="a", address="https://a", person="Tomas")

can_be_removed = pytest.mark.skipif(sys.platform == "win32", reason="Windows removes no file that is open as this is")


@contextmanager
def works(root: Path, who: Owner = ANNA) -> Iterator[WorkspaceLock]:
    made = WorkspaceLock(root, who)
    try:
        made.take()
        yield made
    finally:
        made.release()


def is_locked(place: Path) -> bool:
    other = FileLock(place, thread_local=False)
    try:
        other.acquire(blocking=False)
    except Timeout:
        return True
    other.release()
    return False


def place_of(root: Path) -> Path:
    return root / ".pdm-desktop" / "lock"


def test_it_says_whether_this_person_was_here_before(tmp_path: Path) -> None:
    for was_mine in (False, True):
        made = WorkspaceLock(tmp_path, ANNA)
        assert made.take() is was_mine
        assert made.is_held()
        made.release()


def test_who_is_refused_holds_nothing(tmp_path: Path) -> None:
    with works(tmp_path):
        pass
    with pytest.raises(AnothersWorkspace), works(tmp_path, TOMAS):
        pass
    assert not is_locked(place_of(tmp_path))


HOLDER = """
import os, sys
from pathlib import Path
from pdm_desktop.core.owners import Owner
from pdm_desktop.sync.lock import WorkspaceLock
held = WorkspaceLock(Path(sys.argv[1]), Owner(server="a", address="https://a", person="Anna Novak"))
held.take()
print(os.getpid(), flush=True)
sys.stdin.read()
"""


def test_a_second_process_is_told_which_program_works_there_and_gets_in_after_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        number = int(other.stdout.readline())  # on Windows an environment's `python` starts the real one
        with pytest.raises(WorkspaceBusy) as refused, works(tmp_path):
            pass
        assert refused.value.text.endswith(f" works in {tmp_path} already.")
        if not IN_WINE:  # its Restart Manager says that nobody has any file
            assert f"(process {number})" in refused.value.text
        assert "remote desktop" in (refused.value.advice or "")
        other.stdin.close()
        other.wait(timeout=20)
    with works(tmp_path) as mine:
        assert mine.is_held()


def test_what_nobody_has_removed_is_kept_as_it_is(tmp_path: Path) -> None:
    with works(tmp_path) as mine:
        (tmp_path / ".pdm-desktop" / "owner.json").unlink()
        mine.keep()
        assert owner_of(LocalDisk(tmp_path)) is None, "the mark alone is looked at when the lock is taken"


@can_be_removed
@pytest.mark.parametrize("what", ["the folder", "the file"])
def test_it_is_taken_anew_and_with_it_the_mark(tmp_path: Path, what: str) -> None:
    with works(tmp_path) as mine:
        shutil.rmtree(tmp_path / ".pdm-desktop")
        if what == "the file":
            (tmp_path / ".pdm-desktop").mkdir()
        else:
            LocalDisk(tmp_path).make_own_folder()
        assert not mine.is_held()
        mine.keep()
        assert mine.is_held()
        assert is_locked(place_of(tmp_path))
        assert owner_of(LocalDisk(tmp_path)) == ANNA
        assert LocalDisk(tmp_path).begin_work(), "it says again that an engine is at work"
    assert not is_locked(place_of(tmp_path))


@can_be_removed
def test_it_makes_no_workspace_anew(tmp_path: Path) -> None:
    with works(tmp_path / "workspace") as mine:
        shutil.rmtree(tmp_path / "workspace")
        with pytest.raises(NotWritable):
            mine.keep()
        assert not (tmp_path / "workspace").exists()


@can_be_removed
def test_at_no_instant_is_none_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[bool, bool]] = []

    def claimed(*_: object, **__: object) -> bool:
        seen.append((is_locked(tmp_path / "the old one"), is_locked(place_of(tmp_path))))
        return True

    with works(tmp_path) as mine:
        os.link(place_of(tmp_path), tmp_path / "the old one")
        place_of(tmp_path).unlink()
        monkeypatch.setattr(lock, "claim", claimed)
        mine.keep()
        assert seen == [(True, True)]
        assert not is_locked(tmp_path / "the old one")


@can_be_removed
@pytest.mark.parametrize("who", [ANNA, TOMAS], ids=["another window", "somebody else"])
def test_who_came_meanwhile_has_it(tmp_path: Path, who: Owner) -> None:
    with works(tmp_path) as mine:
        shutil.rmtree(tmp_path / ".pdm-desktop")
        with works(tmp_path, who) as theirs:
            with pytest.raises(WorkspaceBusy):
                mine.keep()
            assert theirs.is_held()
        if who is TOMAS:
            with pytest.raises(AnothersWorkspace):
                mine.keep()
            assert not is_locked(place_of(tmp_path))
