"""What the systems say of a file that a program holds, who that program is, and how long it is tried again."""

import errno
import os
import subprocess
import sys
from pathlib import Path, PurePath

import pytest

from pdm_desktop.core.errors import InUse, NotWritable
from pdm_desktop.sync import system
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.holders import program_using
from pdm_desktop.sync.os_errors import LONGEST_PATH, from_os_error
from tests.support.windows_programs import IN_WINE

HOLDING = "import os, sys; file = open(sys.argv[1]); print(os.getpid(), flush=True); sys.stdin.read()"


def refusal(code: int, *, windows: int | None = None) -> OSError:
    """What the system raises; Windows' own number where it has one."""
    error = OSError(code, os.strerror(code))
    if windows is not None:
        error.winerror = windows  # type: ignore[attr-defined,unused-ignore]  # only Windows' own has it
    return error


@pytest.mark.parametrize("windows", [5, 32, 33])
def test_windows_numbers_of_a_held_file(windows: int) -> None:
    told = from_os_error(refusal(errno.EACCES, windows=windows), "plate.nc", program="Mastercam (process 4312)")
    assert isinstance(told, InUse)
    assert told.text == "plate.nc is in use by Mastercam (process 4312)."


@pytest.mark.parametrize("code", [errno.EBUSY, errno.ETXTBSY])
def test_the_others_numbers_of_a_held_file(code: int) -> None:
    told = from_os_error(refusal(code), "plate.nc")
    assert isinstance(told, InUse)
    assert told.text == "plate.nc is in use by a program."


def test_a_path_beyond_windows_limit_is_not_told_as_a_missing_one() -> None:
    not_found = refusal(errno.ENOENT, windows=3)
    assert "too long" in from_os_error(not_found, "plate.nc", length=LONGEST_PATH + 1).text
    for length in (0, LONGEST_PATH):
        assert "could not be written" in from_os_error(not_found, "plate.nc", length=length).text


def test_permission_denied_means_held_only_where_the_person_has_the_rights() -> None:
    assert isinstance(from_os_error(refusal(errno.EACCES), "plate.nc", rights=True), InUse)
    assert isinstance(from_os_error(refusal(errno.EACCES), "plate.nc"), NotWritable)


@pytest.mark.skipif(IN_WINE, reason="Wine 8's Restart Manager says of every file that nobody has it open")
def test_the_program_that_has_a_file_open_is_named(tmp_path: Path) -> None:
    file = tmp_path / "plate.nc"
    file.write_bytes(b"G0\n")
    assert program_using(file) is None
    command = [sys.executable, "-c", HOLDING, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        number = int(program.stdout.readline())  # on Windows an environment's `python` starts the real one
        named = program_using(file)
        program.communicate()
    assert named is not None
    assert named.endswith(f"(process {number})")
    assert named.startswith("python") or sys.platform == "win32"


def test_a_held_file_says_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plate.nc").write_bytes(b"G0\n")

    def refuse(path: Path) -> None:
        raise refusal(errno.EBUSY)

    monkeypatch.setattr(system, "probe", refuse)
    with pytest.raises(InUse) as told:
        LocalDisk(tmp_path).probe(PurePath("plate.nc"))
    assert told.value.places == (PurePath("plate.nc"),)
    LocalDisk(tmp_path).probe(PurePath("nothing.nc"))


class Time:
    """Seconds that pass only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sleeps = 0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.sleeps += 1
        self.now += seconds


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    made = Time()
    monkeypatch.setattr(system, "time", made)
    return made


def test_a_virus_scanner_is_waited_for(time: Time) -> None:
    def act() -> None:
        if time.now < 3.0:
            raise refusal(errno.EACCES, windows=32)

    system.patiently(act)
    assert 3.0 <= time.now < 4.0
    assert time.sleeps < 20, "no busy loop"


def test_after_five_seconds_it_is_told(time: Time) -> None:
    def act() -> None:
        raise refusal(errno.EACCES, windows=32)

    with pytest.raises(OSError, match="denied"):
        system.patiently(act)
    assert 4.0 < time.now <= system.SCAN_PATIENCE
    assert time.sleeps < 20


def test_what_is_no_program_is_told_at_once(time: Time) -> None:
    def act() -> None:
        raise refusal(errno.EROFS)

    with pytest.raises(OSError, match="Read-only"):
        system.patiently(act)
    assert time.sleeps == 0
