"""The Windows side of the seam to the operating system, on Windows itself: `tests/windows` runs it in Wine."""

import ctypes
import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import Self

import pytest
from blake3 import blake3

from pdm_desktop.core import requests
from pdm_desktop.core.copies import LocalCopy
from pdm_desktop.core.errors import ForbiddenPath, InUse, NotWritable
from pdm_desktop.core.fold import Numbered
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync import holders, system
from pdm_desktop.sync.disk import BLOCK, LocalDisk
from pdm_desktop.sync.events import EngineEvent, LocalsRead, RequestFinished, StrangersSeen
from pdm_desktop.sync.scan import Known, scan
from pdm_desktop.sync.thread import EngineThread, Place
from pdm_desktop.sync.transfer.reading import read_stably
from server.protocol.events import VAULT_EVENTS
from server.protocol.vault import File
from server.protocol.wire import from_plain
from tests.support.client import Client
from tests.support.seat_parts import Opened, content_of, http_of, owner_of, until, workplace
from tests.support.windows_programs import (
    IN_WINE,
    READ,
    SHARE_DELETING,
    SHARE_NOTHING,
    SHARE_READING,
    SHARE_WRITING,
    WRITE,
    program_with,
)

if sys.platform != "win32":
    pytest.skip("the Windows side; test --wine-units runs it on Windows' own Python", allow_module_level=True)

import _winapi

PLATE = PurePath("Jobs", "plate.nc")
AS_TOLD = "rstrtmgr_as_told"
"""A Restart Manager out of `tests/windows`, which says what a test wants to hear."""
LINKED = Path(r"C:\linked\workspace")
"""In Wine, which makes no junctions: a workspace with a folder in it that leads elsewhere, made from outside."""


@pytest.fixture
def disk(tmp_path: Path) -> LocalDisk:
    (tmp_path / "workspace" / "Jobs").mkdir(parents=True)
    made = LocalDisk(tmp_path / "workspace")
    made.prepare()
    return made


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has the patience that a virus scanner needs."""
    monkeypatch.setattr(system, "SCAN_PATIENCE", 0.3)


def finished(disk: LocalDisk, content: bytes, *, writable: bool = True) -> PurePath:
    """Content that is whole and on the disk, still without its name."""
    unfinished = disk.begin()
    unfinished.write(content)
    unfinished.flush()
    unfinished.finish()
    disk.set_writable(unfinished.path, writable)
    return unfinished.path


def put(disk: LocalDisk, content: bytes, path: PurePath = PLATE, *, writable: bool = True) -> Path:
    assert disk.place_new(finished(disk, content, writable=writable), path)
    return disk.root / path


def is_read_only(file: Path) -> bool:
    """As the system's own attribute has it."""
    return bool(file.stat().st_file_attributes & stat.FILE_ATTRIBUTE_READONLY)


# Renames


def test_new_content_never_replaces_what_is_there(disk: LocalDisk) -> None:
    file = put(disk, b"first")
    second = finished(disk, b"second")
    assert not disk.place_new(second, PLATE)
    assert file.read_bytes() == b"first"
    assert (disk.root / second).read_bytes() == b"second"


@pytest.mark.parametrize("writable", [True, False], ids=["writable", "read-only"])
def test_what_replaces_a_file_brings_its_own_attribute(disk: LocalDisk, writable: bool) -> None:
    file = put(disk, b"first", writable=not writable)
    disk.place(finished(disk, b"second", writable=writable), PLATE)
    assert file.read_bytes() == b"second"
    assert is_read_only(file) is not writable


def test_a_read_only_file_moves_as_it_is(disk: LocalDisk) -> None:
    put(disk, b"first", writable=False)
    disk.move(PLATE, PurePath("Jobs", "deep", "other.nc"))
    assert not (disk.root / PLATE).exists()
    assert is_read_only(disk.root / "Jobs" / "deep" / "other.nc")


def test_another_spelling_of_a_name_replaces_nothing_and_stays_read_only(disk: LocalDisk) -> None:
    file = put(disk, b"first", writable=False)
    disk.place(PLATE, PurePath("Jobs", "PLATE.nc"))
    assert file.read_bytes() == b"first"
    assert is_read_only(file)
    names = [each.name for each in file.parent.iterdir()]
    assert names == (["plate.nc"] if IN_WINE else ["PLATE.nc"]), "Wine 8 takes the call and does nothing"


def test_another_spelling_of_a_name_is_free_for_its_own_file(disk: LocalDisk) -> None:
    """On a drive whose numbers do not tell, a copy follows by such a call: it could cover nothing."""
    file = put(disk, b"first", writable=False)
    assert disk.place_new(PLATE, PurePath("Jobs", "PLATE.nc"))
    assert file.read_bytes() == b"first"
    assert is_read_only(file)
    names = [each.name for each in file.parent.iterdir()]
    assert names == (["plate.nc"] if IN_WINE else ["PLATE.nc"]), "Wine 8 takes the call and does nothing"


def test_a_file_is_known_by_its_number_whatever_it_is_called(disk: LocalDisk) -> None:
    put(disk, b"first")
    put(disk, b"first", PurePath("Jobs", "other.nc"))

    def number(name: str) -> int:
        look = disk.look(PurePath("Jobs", name))
        assert look is not None
        return look.number

    plate = number("plate.nc")
    assert plate == number("PLATE.NC") != number("other.nc")
    disk.move(PLATE, PurePath("Jobs", "renamed.nc"))
    assert number("renamed.nc") == plate
    disk.link(PurePath("Jobs", "renamed.nc"), PurePath("Jobs", "second.nc"))
    assert number("second.nc") == plate


def test_a_path_beyond_the_old_limit_is_kept_or_refused_plainly(disk: LocalDisk) -> None:
    path = PurePath("Jobs", *["x" * 60] * 4, "plate.nc")
    assert len(str(disk.root / path)) > 260
    source = finished(disk, b"first")
    try:
        assert disk.place_new(source, path)
    except NotWritable as error:
        assert "too long" in error.text  # noqa: PT017 - a Windows that is not set to allow more
    else:
        assert b"".join(disk.blocks(path)) == b"first"


# The read-only attribute


def test_the_attribute_is_set_and_cleared(disk: LocalDisk) -> None:
    file = put(disk, b"first")
    disk.set_writable(PLATE, False)
    assert is_read_only(file)
    look = disk.look(PLATE)
    assert look is not None
    assert not look.writable
    if not IN_WINE:  # there root, which these tests may be, writes into every file
        with pytest.raises(PermissionError), file.open("r+b"):
            pass
    disk.set_writable(PLATE, True)
    assert not is_read_only(file)
    with file.open("r+b") as program:
        program.write(b"saved")


# Files that programs have open


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("writable", [True, False], ids=["writable", "read-only"])
def test_a_file_that_a_program_does_not_let_go_of_is_told_with_the_program(disk: LocalDisk, writable: bool) -> None:
    file = put(disk, b"first")
    with program_with(file, READ, SHARE_READING | SHARE_WRITING) as program:
        disk.set_writable(PLATE, writable)
        source = finished(disk, b"second")
        aside = PurePath("Jobs", "aside.nc")
        acts: tuple[Callable[[], object], ...] = (
            lambda: disk.probe(PLATE),
            lambda: disk.place(source, PLATE),
            lambda: disk.place(PLATE, aside),
            lambda: disk.remove(PLATE),
        )
        for act in acts:
            with pytest.raises(InUse) as told:
                act()
            named = "a program" if IN_WINE else f"(process {program.number})"  # Wine's Restart Manager knows nobody
            assert named in told.value.text
            assert told.value.places
            assert file.read_bytes() == b"first"
            assert is_read_only(file) is not writable
    disk.probe(PLATE)
    disk.place(source, PLATE)
    assert file.read_bytes() == b"second"


def test_who_lets_go_within_some_seconds_is_waited_for(disk: LocalDisk) -> None:
    file = put(disk, b"first")
    source = finished(disk, b"second")
    with program_with(file, READ, SHARE_READING) as program:
        closing = threading.Timer(0.5, program.close)
        closing.start()
        began = time.monotonic()
        disk.place(source, PLATE)
        closing.join()
    assert time.monotonic() - began >= 0.4
    assert file.read_bytes() == b"second"


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("access", "sharing", "can_be_read", "may_be_written"),
    [
        (READ, SHARE_READING, True, False),
        (READ, SHARE_READING | SHARE_WRITING | SHARE_DELETING, True, False),
        (WRITE, SHARE_READING, True, True),
        (READ | WRITE, SHARE_READING | SHARE_WRITING, True, True),
        (WRITE, SHARE_NOTHING, False, True),
        (READ, SHARE_NOTHING, False, True),
    ],
    ids=["reads", "reads, shares all", "writes, shares reading", "writes, shares writing", "writes alone", "alone"],
)
def test_what_a_program_shares_is_what_can_be_done(
    disk: LocalDisk, access: int, sharing: int, can_be_read: bool, may_be_written: bool
) -> None:
    file = put(disk, b"first")
    with program_with(file, access, sharing):
        assert disk.may_be_written(PLATE) is may_be_written
        if can_be_read:
            assert read_stably(disk, PLATE).hash == blake3(b"first").hexdigest()
        else:
            with pytest.raises(InUse, match=r"plate\.nc is in use by "):
                read_stably(disk, PLATE)
        if sharing & SHARE_DELETING:
            disk.probe(PLATE)
        else:
            with pytest.raises(InUse):
                disk.probe(PLATE)
    assert not disk.may_be_written(PLATE)


def test_our_own_reading_is_in_nobodys_way(disk: LocalDisk) -> None:
    file = put(disk, b"G0 X0\n" * BLOCK)
    blocks = disk.blocks(PLATE)
    assert next(blocks).startswith(b"G0 X0\n")
    disk.probe(PLATE)
    with file.open("r+b") as program:
        program.write(b"saved")
    aside, source = PurePath("Jobs", "aside.nc"), finished(disk, b"second")
    disk.place(PLATE, aside)
    assert disk.place_new(source, PLATE)
    assert sum(map(len, blocks)) == 5 * BLOCK, "it goes on in the file that it has begun"
    assert (disk.root / aside).read_bytes().startswith(b"saved")


# Who has it open


@pytest.fixture
def restart_manager(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """The Restart Manager that answers as it is told."""
    load = ctypes.WinDLL
    try:
        load(AS_TOLD)
    except OSError:
        pytest.skip("the library that tests/windows builds is not here")
    monkeypatch.setattr(ctypes, "WinDLL", lambda name: load(AS_TOLD if name == "rstrtmgr" else name))

    def tell(*, count: int, first: int = 4312, refused: int = 0) -> None:
        monkeypatch.setenv("PDM_TEST_HOLDERS", str(count))
        monkeypatch.setenv("PDM_TEST_FIRST", str(first))
        monkeypatch.setenv("PDM_TEST_REFUSED", str(refused))

    return tell


def test_the_restart_manager_is_asked_as_its_header_says(tmp_path: Path, restart_manager: Callable[..., None]) -> None:
    file = tmp_path / "plate.nc"
    restart_manager(count=1)
    assert holders.program_using(file) == "plate.nc (process 4312)"
    restart_manager(count=5)
    told = holders.program_using(file)
    assert told == ("plate.nc (process 4312), plate.nc (process 4313), plate.nc (process 4314) and 2 more")
    restart_manager(count=0)
    assert holders.program_using(file) is None
    restart_manager(count=1, first=os.getpid())
    assert holders.program_using(file) is None, "this program itself"


def test_where_the_restart_manager_does_not_answer_nobody_is_named(
    tmp_path: Path, restart_manager: Callable[..., None]
) -> None:
    restart_manager(count=1, refused=5)
    assert holders.program_using(tmp_path / "plate.nc") is None
    restart_manager(count=500)
    assert holders.program_using(tmp_path / "plate.nc") is None


def test_without_a_restart_manager_nobody_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load = ctypes.WinDLL
    monkeypatch.setattr(ctypes, "WinDLL", lambda name: load(f"no {name}"))
    assert holders.program_using(tmp_path / "plate.nc") is None


# What leads elsewhere


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    """A workspace with a junction in its vault's folder."""
    if IN_WINE:
        assert LINKED.is_dir()
        return LINKED
    root = tmp_path / "workspace"
    for folder in ("outside", "workspace/Production"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "outside" / "secret.nc").write_bytes(b"G0\n")
    (root / "Production" / "a.nc").write_bytes(b"G0\n")
    _winapi.CreateJunction(str(tmp_path / "outside"), str(root / "Production" / "link"))
    return root


def test_a_walk_passes_over_a_folder_that_leads_elsewhere(linked: Path) -> None:
    assert (linked / "Production" / "link" / "secret.nc").exists()
    seen = scan(linked, folders={"p": "Production"}, known={})
    assert [one.path for one in seen.strangers] == ["a.nc"]


@pytest.mark.skipif(IN_WINE, reason="Wine 8 makes no junctions, and shows those made outside in listings alone")
def test_nothing_is_read_or_put_behind_a_junction(linked: Path) -> None:
    disk = LocalDisk(linked)
    behind = PurePath("Production", "link", "secret.nc")
    for act in (lambda: disk.look(behind), lambda: list(disk.blocks(behind)), lambda: disk.remove(behind)):
        with pytest.raises(ForbiddenPath):
            act()
    assert disk.files_below(PurePath("Production")) == [PurePath("Production", "a.nc")]
    disk.remove(PurePath("Production", "link"))
    assert (linked.parent / "outside" / "secret.nc").read_bytes() == b"G0\n"


# Names that differ by case alone are one name


def test_a_copy_in_another_spelling_is_no_stranger(tmp_path: Path) -> None:
    for place in ("PRODUCTION/JOBS/PLATE.NC", "PRODUCTION/JOBS/FR\u00c4SER.NC", "PRODUCTION/new.nc"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_bytes(b"G0\n")
    known = {
        "Production/Jobs/plate.nc": Known("plate", 3, 1, held=True),
        "Production/Jobs/fr\u00e4ser.nc": Known("cutter", 3, 1, held=True),
        "Production/gone.nc": Known("gone", 3, 1, held=True),
    }
    for within in (None, ["PRODUCTION"], ["PRODUCTION/JOBS/PLATE.NC", "Production/jobs", "Production/NEW.nc"]):
        seen = scan(tmp_path, folders={"p": "Production"}, known=known, within=within)
        assert [one.path.lower() for one in seen.strangers] == ["new.nc"]
        assert seen.missing == {"gone"}
        assert seen.others == {"plate", "cutter"}, "their time is another one"


async def test_a_program_that_saves_in_capitals_saves_the_copy(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        here = place.root / "Production" / file.path
        here.unlink()
        capitals = here.with_name("PLATE.NC")
        capitals.write_bytes(b"the work")
        for where in ([f"Production/{file.folder}/PLATE.NC"], []):
            await (place.engine.changed(where) if where else place.engine.scan())
            told = place.local(file.id)
            assert isinstance(told, LocalCopy)
            assert (told.edited, told.missing) == (True, False)
            assert [each.files for each in place.events if isinstance(each, StrangersSeen) and each.files] == []
        assert (await place.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.DONE
        assert await anna.content(file.id) == b"the work"
        assert is_read_only(capitals)


# Names that Windows keeps for devices


def as_it_is(path: Path) -> Path:
    """The same path, in which Windows looks for no device."""
    return Path(f"\\\\?\\{path}")


def put_as_it_is(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    as_it_is(path).write_bytes(content)


@pytest.mark.parametrize("name", ["aux.nc", "con", "LPT1.nc"])
async def test_a_file_with_the_name_of_a_device_is_seen_refused_and_never_opened(
    anna: Client, tmp_path: Path, name: str
) -> None:
    """Another system, or a program that asks for it, makes such files. To open one by its name opens the device."""
    async with workplace(anna, tmp_path) as place:
        at = place.root / "Production" / name
        put_as_it_is(at, b"G0\n")
        await place.engine.scan()
        seen = [each.path for event in place.events if isinstance(event, StrangersSeen) for each in event.files]
        assert seen == [name]
        told = await place.one(requests.AddFiles(vault=await anna.vault(), folder="", sources=(str(at),)))
        assert told.outcome is Outcome.REFUSED
        assert "a name that Windows keeps for devices" in told.text
        assert content_of(as_it_is(at)) == b"G0\n"


def test_the_file_manager_is_asked_in_its_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(subprocess, "Popen", lambda words, **_more: asked.append(words))
    system.reveal_file(tmp_path / "a plate.nc")
    (words,) = asked
    seen = re.fullmatch(r'"([^"]+)" /select,"([^"]+)"', str(words))
    assert seen is not None, words
    explorer, chosen = seen.groups()
    assert chosen == str(tmp_path / "a plate.nc")
    assert Path(explorer) == Path(os.environ["SYSTEMROOT"], "explorer.exe")
    assert Path(explorer).is_file()


# The whole way, with the engine on its thread and a real server


class Seat:
    """One person's engine on its thread, and what it told."""

    def __init__(self, client: Client, folder: Path) -> None:
        self.client = client
        self.root = folder / "workspace"
        self.events: list[EngineEvent] = []
        place = Place(
            workspace=self.root,
            journal=folder / "journal.sqlite3",
            owner=owner_of(client),
            seat=client.seat,
        )
        self._engine = EngineThread(
            place,
            make_vault=lambda: VaultCalls(http_of(client)),
            deliver=self.events.append,
            opener=Opened(),
        )

    def __enter__(self) -> Self:
        self._engine.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.stop()

    async def one(self, request: requests.FileRequest) -> FileResult:
        """Do a request about one file."""
        await until(lambda: any(isinstance(event, LocalsRead) for event in self.events))
        before = len(self._answers())
        self._engine.submit(request, {})
        await until(lambda: len(self._answers()) > before)
        return self._answers()[before]

    def _answers(self) -> list[FileResult]:
        finished = (each.finished for each in self.events if isinstance(each, RequestFinished))
        return [result for each in finished for result in each.results]

    async def hear(self, vault: str, since: int) -> None:
        """The vault's news since a seq."""
        for change in (await self.client.changes(vault, since=since)).changes:
            event = from_plain(change.data, VAULT_EVENTS[change.type])
            self._engine.happened(Numbered(vault=vault, seq=change.seq, event=event))

    def kept(self) -> list[bytes]:
        """Everything in the recovery store, but what is just going."""
        found = map(content_of, (self.root / ".pdm-desktop" / "recovery").glob("*/*/*"))
        return [each for each in found if each is not None]


@pytest.fixture
async def file(anna: Client) -> File:
    return (await anna.add(await anna.vault(), f"Jobs/{uuid.uuid4().hex}/plate.nc", b"first")).file


async def test_a_file_goes_its_whole_way_from_one_seat_to_the_other(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    vault = await anna.vault()
    with Seat(anna, tmp_path / "anna") as hers, Seat(tomas, tmp_path / "tomas") as his:
        here, there = (seat.root / "Production" / file.path for seat in (hers, his))
        assert (await his.one(requests.GetLatest(files=(file.id,)))).outcome is Outcome.DONE
        assert is_read_only(there)
        assert (await hers.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.DONE
        assert not is_read_only(here)
        here.write_bytes(b"the work")

        since = (await anna.tree(vault)).head.seq
        with program_with(here, WRITE, SHARE_READING):
            assert (await hers.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.DONE
        assert await anna.content(file.id) == b"the work"
        assert is_read_only(here)

        await his.hear(vault, since)
        await until(lambda: content_of(there) == b"the work")
        await until(lambda: is_read_only(there))
        await until(lambda: his.kept() == [])  # what the vault has is not kept

        again = requests.CheckOut(files=(file.id,), message="again")
        assert (await hers.one(again)).outcome is Outcome.DONE
        here.write_bytes(b"given up")
        assert (await hers.one(requests.UndoCheckOut(files=(file.id,)))).outcome is Outcome.DONE
        assert content_of(here) == b"the work"
        assert is_read_only(here)
        assert hers.kept() == [b"given up"]


async def test_a_program_that_shares_nothing_is_named_and_its_file_checked_in_when_it_is_closed(
    anna: Client, tmp_path: Path, file: File
) -> None:
    with Seat(anna, tmp_path) as seat:
        here = seat.root / "Production" / file.path
        await seat.one(requests.CheckOut(files=(file.id,)))
        here.write_bytes(b"the work")
        with program_with(here, WRITE, SHARE_NOTHING) as program:
            told = await seat.one(requests.CheckIn(files=(file.id,)))
            assert told.outcome is Outcome.REFUSED, "what cannot be read is not begun"
            assert told.text.startswith("plate.nc is in use by ")
            assert ("a program" if IN_WINE else f"(process {program.number})") in told.text
            assert await anna.content(file.id) == b"first"
        assert (await seat.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.DONE
        assert await anna.content(file.id) == b"the work"


async def test_a_newer_revision_waits_for_a_program_that_does_not_let_go(
    anna: Client, tomas: Client, tmp_path: Path, file: File
) -> None:
    with Seat(anna, tmp_path) as seat:
        here = seat.root / "Production" / file.path
        request = requests.GetLatest(files=(file.id,))
        await seat.one(request)
        await tomas.check_in(await tomas.check_out(file.id), b"second")
        with program_with(here, READ, SHARE_READING):
            told = await seat.one(request)
            assert told.outcome is Outcome.WAITS
            assert content_of(here) == b"first"
            assert is_read_only(here)
        await until(lambda: content_of(here) == b"second")
        await until(lambda: is_read_only(here))
        await until(lambda: seat.kept() == [])


async def test_who_keeps_a_newer_revision_waiting_is_named_where_windows_tells(
    anna: Client, tomas: Client, tmp_path: Path, file: File, restart_manager: Callable[..., None]
) -> None:
    with Seat(anna, tmp_path) as seat:
        here = seat.root / "Production" / file.path
        request = requests.GetLatest(files=(file.id,))
        await seat.one(request)
        await tomas.check_in(await tomas.check_out(file.id), b"second")
        with program_with(here, READ, SHARE_NOTHING) as program:
            restart_manager(count=1, first=program.number)
            told = await seat.one(request)
            assert told.outcome is Outcome.WAITS
            assert told.text == f"plate.nc is in use by plate.nc (process {program.number})."
            os.kill(program.number, signal.SIGTERM)
            await until(lambda: content_of(here) == b"second")


@pytest.mark.parametrize("sharing", [SHARE_NOTHING, SHARE_READING | SHARE_WRITING], ids=["nothing", "all but deleting"])
async def test_a_deleted_file_goes_when_the_program_that_has_it_open_closes_it(
    anna: Client, tmp_path: Path, file: File, sharing: int
) -> None:
    with Seat(anna, tmp_path) as seat:
        here = seat.root / "Production" / file.path
        await seat.one(requests.GetLatest(files=(file.id,)))
        with program_with(here, READ, sharing) as program:
            told = await seat.one(requests.Delete(files=(file.id,)))
            assert told.outcome is Outcome.WAITS
            assert told.text.startswith("plate.nc is in use by ")
            assert here.exists()
            assert is_read_only(here)
            program.close()
            await until(lambda: seat.kept() == [b"first"])
            assert not here.exists()
