"""Get latest of many small files by a real engine from a real server: plain ones together, each other one by itself."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.errors import BadAnswer, Told, Unreachable
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.state.transfers import TransferState
from pdm_desktop.sync.events import LocalChanged, TransferMoved
from pdm_desktop.sync.ports import Vault
from pdm_desktop.sync.transfer import attempts
from server.protocol import calls
from server.protocol.limits import BUNDLED_BYTES
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.fs_shim import Between, HeldByProgram, shimmed
from tests.support.seat_parts import Workplace, until, workplace

HERE = "Rev {} is here."
NEWEST = "Rev {} is the newest and here."


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "FIRST_WAITS", (0.01, 0.02))
    monkeypatch.setattr(attempts, "WAITS", (0.01, 0.01, 0.01))


class Line:
    """Between an engine and its server: counts calls, and spoils or cuts what comes together."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.alone: list[str] = []
        """Files whose content was asked for alone."""
        self.bundles: list[list[str]] = []
        """Files whose contents were asked for together."""
        self.spoil: Callable[[bytes], bytes] = lambda block: block
        self.cut_after: list[int] = []
        """For each bundle the bytes after which it is cut."""
        self.refuse: Told | None = None
        self.before_content: Callable[[], Awaitable[object]] | None = None

    def around(self, real: VaultCalls) -> Vault:
        return cast("Vault", _Through(real, self))


class _Through:
    def __init__(self, real: VaultCalls, line: Line) -> None:
        self._real = real
        self._line = line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def file(self, file: str) -> calls.FileState:
        self._line.asked.append(file)
        return await self._real.file(file)

    async def states(self, files: Sequence[str]) -> calls.FilesSeen:
        if self._line.refuse is not None:
            raise self._line.refuse
        return await self._real.states(files)

    @asynccontextmanager
    async def content(self, file: str, revision: str, *, start: int = 0) -> AsyncIterator[AsyncIterator[bytes]]:
        self._line.alone.append(file)
        async with self._real.content(file, revision, start=start) as blocks:
            yield blocks

    @asynccontextmanager
    async def contents(self, wanted: calls.ContentsWanted) -> AsyncIterator[AsyncIterator[bytes]]:
        self._line.bundles.append([each.file for each in wanted.files])
        if self._line.before_content is not None:
            await self._line.before_content()
        async with self._real.contents(wanted) as blocks:
            yield self._changed(blocks)

    async def _changed(self, blocks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        left = self._line.cut_after.pop(0) if self._line.cut_after else None
        async for block in blocks:
            block = self._line.spoil(block)
            if left is not None and len(block) > left:
                yield block[:left]
                raise Unreachable("The line was cut.")
            yield block


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
async def files(anna: Client) -> list[File]:
    vault, folder = await anna.vault(), uuid.uuid4().hex
    return [(await anna.add(vault, f"{folder}/{name}.nc", content_of(name))).file for name in "abcde"]


def content_of(name: str) -> bytes:
    return name.encode() * 5_000


def latest(files: Sequence[File]) -> requests.GetLatest:
    return requests.GetLatest(files=tuple(each.id for each in files))


def full(place: Workplace, file: File) -> Path:
    return place.root / "Production" / file.path


def assert_here(place: Workplace, files: Sequence[File], content: Callable[[str], bytes] = content_of) -> None:
    for each in files:
        path, copy = full(place, each), place.journal.copy(each.id)
        assert path.read_bytes() == content(path.stem)
        assert not path.stat().st_mode & 0o222
        assert copy is not None
        assert (copy.size, copy.mtime_ns, copy.path) == (path.stat().st_size, path.stat().st_mtime_ns, each.path)
        assert place.local(each.id) is not None
    assert not list((place.root / ".pdm-desktop" / "unfinished").iterdir())


def texts(results: Sequence[FileResult]) -> list[str]:
    return [each.text for each in results]


async def newer(client: Client, file: File, content: bytes) -> File:
    return (await client.check_in(await client.check_out(file.id), content)).file


async def test_they_come_together_and_each_has_its_line(
    anna: Client, files: list[File], line: Line, tmp_path: Path
) -> None:
    async with workplace(anna, tmp_path, around=line.around) as place:
        names = {files[0].id: "as the window knows it"}
        await place.engine.run(latest(files), names)
        again = await place.do(latest(files))
        assert_here(place, files)
    assert line.bundles == [[each.id for each in files]]
    assert (line.asked, line.alone) == ([], [])
    assert texts(again) == [NEWEST.format("1.0")] * 5
    assert {each.outcome for each in again} == {Outcome.UNCHANGED}
    told = [each for each in place.events if isinstance(each, LocalChanged)]
    assert sorted(each.file for each in told) == sorted(each.id for each in files), "each is told once"


async def test_the_lines_stand_in_the_order_of_the_request(anna: Client, files: list[File], tmp_path: Path) -> None:
    gone = calls.FileState(epoch="", vault="", seq=0, file=files[0]).file.id[:-1] + "?"
    async with workplace(anna, tmp_path) as place:
        wish = requests.GetLatest(files=(files[3].id, gone, files[1].id, files[3].id))
        results = await place.do(wish)
    assert [each.file for each in results] == [files[3].id, gone, files[1].id, files[3].id]
    assert [each.outcome for each in results][1] is Outcome.REFUSED
    assert texts(results)[2] == HERE.format("1.0")


async def test_clean_older_copies_are_replaced_and_nothing_is_kept(
    anna: Client, tomas: Client, files: list[File], line: Line, tmp_path: Path
) -> None:
    async with workplace(anna, tmp_path, around=line.around) as place:
        await place.do(latest(files))
        for each in files[:3]:
            await newer(tomas, each, f"newer {each.path[-4]}".encode())
        results = await place.do(latest(files))
        assert_here(place, files[:3], lambda name: f"newer {name}".encode())
        assert_here(place, files[3:])
        assert place.kept() == []
    assert texts(results) == [HERE.format("1.1")] * 3 + [NEWEST.format("1.0")] * 2
    assert [len(each) for each in line.bundles] == [5, 3]


async def test_what_was_edited_or_is_checked_out_is_left_to_its_own_command(
    anna: Client, tomas: Client, files: list[File], line: Line, tmp_path: Path
) -> None:
    async with workplace(anna, tmp_path, around=line.around) as place:
        await place.do(latest(files))
        await place.do(requests.CheckOut(files=(files[1].id,)))
        full(place, files[1]).write_bytes(b"my work")
        for each in (files[0], *files[2:]):
            await newer(tomas, each, b"newer")
        edited = full(place, files[0])
        edited.chmod(0o644)
        edited.write_bytes(b"edited by force")
        results = await place.do(latest(files))
        assert edited.read_bytes() == b"edited by force"
        assert full(place, files[1]).read_bytes() == b"my work"
        assert_here(place, files[2:], lambda _: b"newer")
    assert [each.outcome for each in results] == [Outcome.REFUSED, Outcome.UNCHANGED, *[Outcome.DONE] * 3]
    assert "edited here from Rev 1.0" in results[0].text
    assert results[1].text == "You have it checked out; your work is not touched."
    assert line.bundles[1] == [each.id for each in files[2:]]


async def test_a_stranger_in_the_place_goes_to_the_recovery_store(
    anna: Client, files: list[File], tmp_path: Path
) -> None:
    async with workplace(anna, tmp_path) as place:
        full(place, files[0]).parent.mkdir(parents=True)
        full(place, files[0]).write_bytes(b"whose is this")
        full(place, files[1]).write_bytes(content_of("b"))
        results = await place.do(latest(files))
        assert_here(place, files)
        assert place.kept() == [b"whose is this"]
    assert "kept in" in results[0].text
    assert texts(results)[1:] == [HERE.format("1.0")] * 4


async def test_what_comes_into_a_place_at_the_last_moment_is_kept(
    anna: Client, files: list[File], tmp_path: Path
) -> None:
    def save() -> None:
        full(place, files[2]).parent.mkdir(parents=True, exist_ok=True)
        full(place, files[2]).write_bytes(b"saved at the last moment")

    async with workplace(anna, tmp_path, make_disk=shimmed(Between("place_all_new", 1, save))) as place:
        results = await place.do(latest(files))
        assert_here(place, files)
        assert place.kept() == [b"saved at the last moment"]
    assert {each.outcome for each in results} == {Outcome.DONE}


async def test_a_copy_that_a_program_has_open_waits_alone(
    anna: Client, tomas: Client, files: list[File], tmp_path: Path
) -> None:
    program = HeldByProgram()
    async with workplace(anna, tmp_path, make_disk=shimmed(program)) as place:
        await place.do(latest(files))
        for each in files:
            await newer(tomas, each, b"newer")
        program.names = {full(place, files[0]).name}
        results = await place.do(latest(files))
        assert full(place, files[0]).read_bytes() == content_of("a")
        assert_here(place, files[1:], lambda _: b"newer")
    assert [each.outcome for each in results] == [Outcome.WAITS, *[Outcome.DONE] * 4]


async def test_spoiled_content_leaves_out_that_file_only(
    anna: Client, files: list[File], line: Line, tmp_path: Path
) -> None:
    some = content_of("c")[:100]  # so many: a file's id may have a few of these letters, too
    line.spoil = lambda block: block.replace(some, some.replace(b"ccc", b"cXc", 1), 1)
    async with workplace(anna, tmp_path, around=line.around) as place:
        results = await place.do(latest(files))
        assert_here(place, files)
    assert {each.outcome for each in results} == {Outcome.DONE}
    assert line.alone == [files[2].id]


async def test_an_answer_that_cannot_be_read_is_as_none(
    anna: Client, files: list[File], line: Line, tmp_path: Path
) -> None:
    line.spoil = lambda _: b"what is this\n"
    async with workplace(anna, tmp_path, around=line.around) as place:
        assert {each.outcome for each in await place.do(latest(files))} == {Outcome.DONE}
        assert_here(place, files)
    assert sorted(line.alone) == sorted(each.id for each in files)


async def test_a_server_without_bundles_is_asked_for_each(
    anna: Client, files: list[File], line: Line, tmp_path: Path
) -> None:
    line.refuse = BadAnswer("There is no such call.")
    async with workplace(anna, tmp_path, around=line.around) as place:
        assert texts(await place.do(latest(files))) == [HERE.format("1.0")] * 5
        assert_here(place, files)
    assert line.bundles == []


async def test_a_cut_goes_on_with_what_is_missing(anna: Client, files: list[File], line: Line, tmp_path: Path) -> None:
    line.cut_after = [12_000, 50, 50, 6_000]
    async with workplace(anna, tmp_path, around=line.around) as place:
        assert {each.outcome for each in await place.do(latest(files))} == {Outcome.DONE}
        assert_here(place, files)
    assert [len(each) for each in line.bundles] == [5, 3, 3, 3, 2]
    assert line.alone == []


async def test_what_a_line_that_stays_cut_has_brought_is_not_brought_again(
    anna: Client, files: list[File], line: Line, tmp_path: Path
) -> None:
    line.cut_after = [12_000, *[0] * 9]
    async with workplace(anna, tmp_path, around=line.around) as place:
        assert {each.outcome for each in await place.do(latest(files))} == {Outcome.DONE}
        assert_here(place, files)
    assert sorted(line.alone) == sorted(each.id for each in files[2:])


async def test_large_files_come_by_themselves(anna: Client, files: list[File], line: Line, tmp_path: Path) -> None:
    large = (await anna.add(await anna.vault(), f"{uuid.uuid4().hex}/l.nc", b"l" * (BUNDLED_BYTES + 1))).file
    async with workplace(anna, tmp_path, around=line.around) as place:
        assert {each.outcome for each in await place.do(latest([large, *files]))} == {Outcome.DONE}
        assert_here(place, files)
        assert_here(place, [large], lambda name: name.encode() * (BUNDLED_BYTES + 1))
    assert line.alone == [large.id]


async def test_a_deleted_file_is_left_to_its_own_command(
    anna: Client, files: list[File], line: Line, tmp_path: Path
) -> None:
    async with workplace(anna, tmp_path, around=line.around) as place:
        await place.do(latest(files[:1]))
        await anna.delete(files[0].id)
        await place.do(latest(files))
        assert_here(place, files[1:])
    assert line.bundles == [[each.id for each in files[1:]]]


async def test_a_revision_that_comes_meanwhile_follows(
    anna: Client, tomas: Client, files: list[File], line: Line, tmp_path: Path
) -> None:
    async def check_in() -> None:
        line.before_content = None
        state = await newer(tomas, files[0], b"newer")
        place.engine._commands.intents.learned(
            calls.FileState(epoch=(await anna.file(state.id)).epoch, vault=vault, seq=1_000_000, file=state)
        )

    vault = await anna.vault()
    line.before_content = check_in
    async with workplace(anna, tmp_path, around=line.around) as place:
        await place.do(latest(files))
        assert_here(place, files[:1], lambda _: b"newer")
        assert_here(place, files[1:])


def moves(place: Workplace, file: File) -> list[TransferState]:
    told = [each.transfer for each in place.events if isinstance(each, TransferMoved)]
    return list(dict.fromkeys(each.state for each in told if each.file == file.id))


async def test_each_transfer_is_seen(anna: Client, files: list[File], tmp_path: Path) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.do(latest(files))
    told = [each.transfer for each in place.events if isinstance(each, TransferMoved)]
    for each in files:
        assert moves(place, each) == [TransferState.WAITING, TransferState.RUNNING, TransferState.DONE]
        mine = [one for one in told if one.file == each.id]
        assert len({one.id for one in mine}) == 1
        assert (mine[-1].done, mine[-1].size, mine[-1].what) == (5_000, 5_000, "Get latest")
        assert mine[-1].again == requests.GetLatest(files=(each.id,))


class Steered:
    """A request of which the contents are waited for while the person steers."""

    def __init__(self, place: Workplace, line: Line, files: Sequence[File]) -> None:
        self._place = place
        self._line = line
        self._go_on = asyncio.Event()
        line.before_content = self._go_on.wait
        self._task = asyncio.get_running_loop().create_task(place.do(latest(files)), name="asked")

    async def steer(self, make: Callable[[str], requests.TransferRequest], file: File) -> None:
        await until(lambda: TransferState.RUNNING in moves(self._place, file))
        told = [each.transfer for each in self._place.events if isinstance(each, TransferMoved)]
        await self._place.engine.run(make(next(one.id for one in told if one.file == file.id)), {})

    async def results(self) -> list[FileResult]:
        self._go_on.set()
        async with asyncio.timeout(20):
            return await self._task


async def test_one_is_cancelled_and_the_others_come(
    anna: Client, files: list[File], line: Line, tmp_path: Path
) -> None:
    async with workplace(anna, tmp_path, around=line.around) as place:
        asked = Steered(place, line, files)
        await asked.steer(lambda each: requests.CancelTransfer(transfer=each), files[1])
        results = await asked.results()
        assert_here(place, [files[0], *files[2:]])
        assert not full(place, files[1]).exists()
        assert place.journal.copy(files[1].id) is None
    assert [each.outcome for each in results] == [Outcome.DONE, Outcome.CANCELLED, *[Outcome.DONE] * 3]
    assert results[1].text == "Cancelled by you; nothing has changed on this computer."
    assert moves(place, files[1])[-1] is TransferState.DROPPED
    assert line.bundles == [[each.id for each in files], [each.id for each in [files[0], *files[2:]]]]


async def test_one_is_paused_and_the_others_do_not_wait_for_it(
    anna: Client, files: list[File], line: Line, tmp_path: Path
) -> None:
    async with workplace(anna, tmp_path, around=line.around) as place:
        asked = Steered(place, line, files)
        await asked.steer(lambda each: requests.PauseTransfer(transfer=each), files[1])
        waiting = asyncio.get_running_loop().create_task(asked.results(), name="waiting")
        others = [files[0], *files[2:]]
        await until(lambda: all(place.journal.copy(each.id) is not None for each in others))
        await until(lambda: all(place.engine._files.is_free(each.id) for each in others))
        assert moves(place, files[1])[-1] is TransferState.PAUSED
        assert not full(place, files[1]).exists()
        await asked.steer(lambda each: requests.ResumeTransfer(transfer=each), files[1])
        assert {each.outcome for each in await waiting} == {Outcome.DONE}
        assert_here(place, files)
    told = [each.transfer for each in place.events if isinstance(each, TransferMoved)]
    assert len({each.id for each in told if each.file == files[1].id}) == 1, "it is one row all the time"
    assert line.alone == [files[1].id]


async def test_all_are_paused_and_go_on(anna: Client, files: list[File], line: Line, tmp_path: Path) -> None:
    async with workplace(anna, tmp_path, around=line.around) as place:
        asked = Steered(place, line, files)
        await until(lambda: TransferState.RUNNING in moves(place, files[0]))
        await place.engine.run(requests.PauseAll(), {})
        waiting = asyncio.get_running_loop().create_task(asked.results(), name="waiting")
        await until(lambda: all(moves(place, each)[-1] is TransferState.PAUSED for each in files))
        await place.engine.run(requests.ResumeAll(), {})
        assert {each.outcome for each in await waiting} == {Outcome.DONE}
        assert_here(place, files)


async def test_what_somebody_is_at_is_waited_for_alone(
    anna: Client, files: list[File], line: Line, tmp_path: Path
) -> None:
    async with workplace(anna, tmp_path, around=line.around) as place:
        async with place.engine._files.alone(files[0].id):
            asked = asyncio.get_running_loop().create_task(place.do(latest(files)), name="asked")
            await until(lambda: all(place.journal.copy(each.id) is not None for each in files[1:]))
            assert place.journal.copy(files[0].id) is None
        assert {each.outcome for each in await asked} == {Outcome.DONE}
        assert_here(place, files)
    assert (line.bundles, line.alone) == ([[each.id for each in files[1:]]], [files[0].id])


async def test_a_limit_holds_for_bundles(anna: Client, files: list[File], tmp_path: Path) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.engine.run(requests.LimitTransfers(up=0.0, down=0.1), {})
        loop = asyncio.get_running_loop()
        began = loop.time()
        await place.do(latest(files))
        await place.do(latest(files))
        taken = place.engine._traffic._paces[False]._bucket.taken
        assert taken >= 25_000, f"{taken} of 25,000 bytes were counted in {loop.time() - began:.1f} s"
