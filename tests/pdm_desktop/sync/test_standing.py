"""How it stands with what is checked out here: the last edit, whether a program has it open, and the room left."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from pdm_desktop.core import requests
from pdm_desktop.sync import standing
from pdm_desktop.sync.events import StandingSeen
from pdm_desktop.sync.holders import open_among
from server.protocol.events import Report
from server.protocol.vault import File
from tests.support.one_file import on_disk
from tests.support.seat_parts import Workplace
from tests.support.windows_programs import IN_WINE

HOLDING = "import sys; file = open(sys.argv[1]); print('open', flush=True); sys.stdin.read()"


@contextmanager
def opened(path: Path) -> Iterator[None]:
    """Another program has the file open."""
    command = [sys.executable, "-c", HOLDING, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "open\n"
        yield
        program.communicate()


def told(place: Workplace) -> list[StandingSeen]:
    return [each for each in place.events if isinstance(each, StandingSeen)]


@pytest.mark.skipif(IN_WINE, reason="Wine 8's Restart Manager says of every file that nobody has it open")
def test_the_files_that_a_program_has_open_are_found_among_others(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.nc" for number in range(3)]
    for each in files:
        each.write_bytes(b"G0")
    assert open_among([*files, tmp_path / "gone.nc"]) == set()
    with opened(files[1]):
        assert open_among(files) == {files[1]}
    assert open_among(files) == set()


async def test_nothing_is_told_of_files_that_are_not_checked_out_here(place: Workplace, files: list[File]) -> None:
    await place.do(requests.GetLatest(files=(files[0].id,)))
    await place.engine.look_at_mine()
    assert told(place) == [StandingSeen(check_outs=())]
    await place.do(requests.CheckOut(files=(files[1].id,)))
    await place.engine.look_at_mine()
    assert [each.file for each in told(place)[-1].check_outs] == [files[1].id]


async def test_an_edit_is_told_with_its_time_and_what_is_the_same_is_not_told_again(
    place: Workplace, file: File
) -> None:
    await place.do(requests.CheckOut(files=(file.id,)))
    await place.engine.look_at_mine()
    assert told(place)[-1].check_outs == (Report(file=file.id, edited=None, open=False),)
    path = on_disk(place, file)
    path.write_bytes(b"G1 X1")
    await place.engine.changed({path.relative_to(place.root).as_posix()})
    (report,) = told(place)[-1].check_outs
    assert report.edited is not None
    assert abs(report.edited.timestamp() - path.stat().st_mtime) < 0.001
    before = len(told(place))
    await place.engine.look_at_mine()
    assert len(told(place)) == before
    await place.do(requests.CheckIn(files=(file.id,)))
    await place.engine.look_at_mine()
    assert told(place)[-1].check_outs == ()


@pytest.mark.skipif(IN_WINE, reason="Wine 8's Restart Manager says of every file that nobody has it open")
async def test_a_program_that_has_a_check_out_open_is_told(place: Workplace, file: File) -> None:
    await place.do(requests.CheckOut(files=(file.id,)))
    with opened(on_disk(place, file)):
        await place.engine.look_at_mine()
        assert [each.open for each in told(place)[-1].check_outs] == [True]
    await place.engine.look_at_mine()
    assert [each.open for each in told(place)[-1].check_outs] == [False]


async def test_a_disk_without_room_is_told(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    for free in (standing.LEAST_ROOM, standing.LEAST_ROOM - 1):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, left=free: SimpleNamespace(free=left))
        await place.engine.look_at_mine()
    assert [each.full for each in told(place)] == [False, True]


async def test_what_cannot_be_seen_stays_as_it_was_told(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    await place.engine.look_at_mine()

    def away(_: Path) -> object:
        raise OSError("the drive is away")

    monkeypatch.setattr(shutil, "disk_usage", away)
    await place.engine.look_at_mine()
    assert told(place) == [StandingSeen(check_outs=())]
