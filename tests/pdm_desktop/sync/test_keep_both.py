"""Keep both, while a program is at the file: what is said to be beside it is there, and what else was saved is told."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.decisions import Side
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.core.waiting import Stand
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.fs_shim import Between, shimmed
from tests.support.meanwhile import in_step, seq, tell
from tests.support.one_file import FIRST, WORK, conflict_of, force, on_disk, remove, revised
from tests.support.points import Call
from tests.support.queued import queued
from tests.support.seat_parts import Workplace, workplace

THEIRS, SAVED = FIRST * 2, b"saved at the last moment\n"


class Program:
    """Does something before each call of some, from the time on that it is given what to do."""

    def __init__(self, comes: Callable[[Call], bool]) -> None:
        self.act: Callable[[int], object] | None = None
        """It is told how often it was called before."""
        self._comes = comes
        self._seen = 0

    def before(self, call: Call) -> None:
        if self.act is not None and self._comes(call):
            self._seen += 1
            self.act(self._seen - 1)

    def after(self, call: Call) -> None:
        """Nothing."""


def reads_it(call: Call) -> bool:
    return call.method == "blocks" and call.path is not None and call.path.name == "plate.nc"


def looks_for_a_free_name(call: Call) -> bool:
    return call.method == "look" and call.path is not None and call.path.name.startswith("plate (Anna")


def save_more(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more\n")


def save_anew(path: Path, content: bytes) -> None:
    """As many programs do: a new file gets the name of the old one."""
    new = path.with_name("new.tmp")
    new.write_bytes(content)
    new.replace(path)


def place_of(tmp_path: Path, file: File) -> Path:
    return tmp_path / "workspace" / "Production" / file.path


async def two_versions(place: Workplace, tomas: Client, file: File) -> None:
    await place.do(requests.GetLatest(files=(file.id,)))
    force(on_disk(place, file), WORK)
    since = await seq(tomas)
    await revised(tomas, file, THEIRS)
    await tell(place, tomas, since)


async def keep_both(place: Workplace, file: File) -> FileResult:
    seen = conflict_of(place).seen
    return await place.one(requests.DecideVersions(file=file.id, side=Side.BOTH, seen=seen, who="Anna"))


def beside(path: Path) -> list[bytes]:
    return [each.read_bytes() for each in path.parent.iterdir() if each != path]


async def test_what_is_being_saved_stays_in_its_place_until_it_can_be_kept_beside_it(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    program = Program(reads_it)
    async with workplace(anna, tmp_path, make_disk=shimmed(program)) as place:
        await two_versions(place, tomas, file)
        path = on_disk(place, file)
        program.act = lambda before: save_more(path) if before in (1, 2, 3) else None
        result = await keep_both(place, file)
        assert result.outcome is Outcome.REFUSED
        assert result.text == "plate.nc is being written right now."
        assert path.read_bytes() == WORK + b"more\n" * 3
        assert beside(path) + place.kept() == []
        again = await keep_both(place, file)  # the question is about what was saved by now
        assert again.outcome is Outcome.DONE, again
        assert path.read_bytes() == THEIRS
        assert beside(path) == [WORK + b"more\n" * 3]
        assert place.kept() == []


@pytest.mark.parametrize("content", [None, THEIRS], ids=["removed", "the head"])
async def test_what_is_not_there_any_more_is_not_said_to_be_beside_it(
    anna: Client, tomas: Client, tmp_path: Path, file: File, content: bytes | None
) -> None:
    """After the look whether it is still what was decided about."""
    program = Program(looks_for_a_free_name)
    async with workplace(anna, tmp_path, make_disk=shimmed(program)) as place:
        await two_versions(place, tomas, file)
        path = on_disk(place, file)
        program.act = lambda _: remove(path) if content is None else path.write_bytes(content)
        result = await keep_both(place, file)
        assert result.outcome is Outcome.REFUSED
        assert "beside it" not in result.text
        assert beside(path) + place.kept() == []


async def test_what_is_told_as_not_done_leaves_the_check_in_that_waits_for_it(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    await queued(anna, tmp_path, file, requests.CheckIn(files=(file.id,), comment="deburred"))
    await anna.undo(await anna.file(file.id))
    await revised(tomas, file, THEIRS)
    program = Program(looks_for_a_free_name)
    async with workplace(anna, tmp_path, make_disk=shimmed(program)) as place:
        await place.engine.go_on()
        await in_step(place, anna)
        path = on_disk(place, file)
        program.act = lambda _: path.write_bytes(THEIRS)
        result = await keep_both(place, file)
        assert result.outcome is Outcome.REFUSED
        assert result.text == "plate.nc was saved again meanwhile, so nothing was done."
        left = [(one.comment, one.stand) for one in place.journal.waiting()]
        assert left == [("deburred", Stand.NEEDS_YOU)]


async def test_what_a_program_has_saved_after_mine_got_its_name_is_kept_and_told(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    path = place_of(tmp_path, file)
    saved = Between("link", 1, lambda: save_anew(path, SAVED), after=True)
    async with workplace(anna, tmp_path, make_disk=shimmed(saved)) as place:
        await two_versions(place, tomas, file)
        result = await keep_both(place, file)
        assert result.outcome is Outcome.DONE
        assert beside(path) == [WORK]
        assert path.read_bytes() == THEIRS
        assert place.kept() == [SAVED]
        assert "kept in .pdm-desktop/recovery" in result.text
