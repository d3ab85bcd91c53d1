"""Several files as one, against a real server: all of them or none, whatever is refused, lost or in between."""

import asyncio
import itertools
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path, PurePath
from typing import Any

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.errors import Unreachable
from pdm_desktop.core.requests import FileRequest
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.core.waiting import Stand
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.events import RequestFinished
from pdm_desktop.sync.os_errors import from_os_error
from pdm_desktop.sync.transfer.reading import READS
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.meanwhile import Meanwhiles
from tests.support.seat_parts import PATIENCE, Workplace, workplace

NAMES = ("block-op10.mcam", "block-op10.nc", "block-setup.pdf")
FIRST = b"G0 X0 Y0\n" * 40
NOTHING = "Left as it was: all of them go, or none."


@pytest.fixture
async def place(anna: Client, tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(anna, tmp_path) as made:
        yield made


@pytest.fixture
async def files(anna: Client) -> list[File]:
    return await new_set(anna)


async def new_set(client: Client, names: tuple[str, ...] = NAMES) -> list[File]:
    folder = f"Jobs/{uuid.uuid4().hex}"
    vault = await client.vault()
    return [(await client.add(vault, f"{folder}/{name}", FIRST + name.encode())).file for name in names]


def ids(files: list[File]) -> tuple[str, ...]:
    return tuple(file.id for file in files)


def check_out(files: list[File]) -> requests.CheckOut:
    return requests.CheckOut(files=ids(files), together=True)


def check_in(files: list[File], **named: Any) -> requests.CheckIn:
    return requests.CheckIn(files=ids(files), together=True, **named)


def undo(files: list[File]) -> requests.UndoCheckOut:
    return requests.UndoCheckOut(files=ids(files), together=True)


def on_disk(place: Workplace, file: File) -> Path:
    return place.root / "Production" / file.path


def edit(place: Workplace, *files: File, what: bytes = b"edited ") -> None:
    for file in files:
        on_disk(place, file).write_bytes(what + file.filename.encode())


async def do(place: Workplace, request: FileRequest, files: list[File]) -> list[FileResult]:
    """Do a request as the window asks for it: with the names that it knows."""
    before = len(place.events)
    await place.engine.run(request, {file.id: file.path for file in files})
    (done,) = [event for event in place.events[before:] if isinstance(event, RequestFinished)]
    return list(done.finished.results)


async def heads(client: Client, files: list[File]) -> list[str]:
    return [(await client.file(file.id)).file.head.number for file in files]


async def holders(client: Client, files: list[File]) -> list[str | None]:
    locks = [(await client.file(file.id)).file.lock for file in files]
    return [None if lock is None else lock.seat for lock in locks]


class Calls(VaultCalls):
    """A vault whose calls are counted, and of which some do not come through."""

    def __init__(self, inner: VaultCalls, *, lost: str = "", cut: str = "", swallowed: str = "") -> None:
        self._inner = inner
        self._lost, self._cut, self._swallowed = lost, cut, swallowed
        self.made: list[tuple[str, str]] = []
        """The calls that change, each with its key."""

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_") or name in ("made", "close"):
            return super().__getattribute__(name)
        real = getattr(self._inner, name)
        if name not in ("check_out_set", "check_in_set", "undo_set", "delete_set"):
            return real

        async def called(body: object, key: str) -> Any:
            self.made.append((name, key))
            if name == self._cut:
                raise Unreachable("No connection.", sent=False)
            if name == self._swallowed:
                raise Unreachable("No answer came.")
            answer = await real(body, key)
            if name == self._lost:
                self._lost = ""
                raise Unreachable("The answer was lost.")
            return answer

        return called

    async def close(self) -> None:
        await self._inner.close()


class Line:
    """The line to the server: makes the calls of a workplace, and keeps them."""

    def __init__(self, **troubles: str) -> None:
        self._troubles = troubles
        self.calls: list[Calls] = []

    def __call__(self, real: VaultCalls) -> Calls:
        self.calls.append(Calls(real, **self._troubles))
        return self.calls[-1]

    @property
    def made(self) -> list[tuple[str, str]]:
        """The calls that changed something, each with its key."""
        return [each for calls in self.calls for each in calls.made]


async def test_a_check_out_takes_all_with_one_call_and_brings_each(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        results = await do(place, check_out(files), files)
        assert [(each.outcome, each.path) for each in results] == [(Outcome.DONE, file.path) for file in files]
        assert [call for call, _ in line.made] == ["check_out_set"]
        assert await holders(anna, files) == [anna.seat] * 3
        for file in files:
            assert on_disk(place, file).read_bytes() == FIRST + file.filename.encode()
            assert on_disk(place, file).stat().st_mode & 0o200
            assert place.journal.hold(file.id) is not None
        assert place.journal.unfinished() == []


async def test_a_file_of_somebody_else_leaves_all_as_they_were_and_is_named(
    place: Workplace, anna: Client, tomas: Client, files: list[File]
) -> None:
    await tomas.check_out(files[1].id, message="mine first")
    results = await do(place, check_out(files), files)
    assert [each.outcome for each in results] == [Outcome.REFUSED] * 3
    assert results[0].path == files[1].path
    assert results[0].text.startswith("Tomas has block-op10.nc on TOMAS-PC since ")
    assert [each.text for each in results[1:]] == [NOTHING, NOTHING]
    assert await holders(anna, files) == [None, tomas.seat, None]
    assert (place.journal.unfinished(), place.journal.holds()) == ([], [])
    assert not on_disk(place, files[0]).exists()


async def test_a_check_in_stores_all_as_one_change(place: Workplace, anna: Client, files: list[File]) -> None:
    await do(place, check_out(files), files)
    edit(place, *files)
    vault = await anna.vault()
    seq = (await anna.tree(vault)).head.seq
    results = await do(place, check_in(files, comment="all"), files)
    assert [each.text for each in results] == ["Checked in as Rev 1.1."] * 3
    assert await heads(anna, files) == ["1.1"] * 3
    assert [await anna.content(file.id) for file in files] == [b"edited " + name.encode() for name in NAMES]
    assert await holders(anna, files) == [None] * 3
    changes = (await anna.changes(vault, since=seq)).changes
    assert [change.data["file"] for change in changes if change.data.get("file") in ids(files)] == list(ids(files))
    assert all(not on_disk(place, file).stat().st_mode & 0o200 for file in files)
    assert (place.journal.unfinished(), place.journal.holds()) == ([], [])


async def test_what_has_not_changed_in_a_set_is_given_back(place: Workplace, anna: Client, files: list[File]) -> None:
    await do(place, check_out(files), files)
    edit(place, files[0])
    results = await do(place, check_in(files), files)
    assert {each.path: each.outcome for each in results} == {
        files[0].path: Outcome.DONE, files[1].path: Outcome.UNCHANGED, files[2].path: Outcome.UNCHANGED,
    }  # fmt: skip
    assert await heads(anna, files) == ["1.1", "1.0", "1.0"]
    assert await holders(anna, files) == [None] * 3
    assert (place.journal.unfinished(), place.journal.holds()) == ([], [])


async def test_a_set_that_is_kept_stays_checked_out_and_a_major_one_stores_all(
    place: Workplace, anna: Client, files: list[File]
) -> None:
    await do(place, check_out(files), files)
    edit(place, files[0])
    results = await do(place, check_in(files, keep=True), files)
    assert results[0].text == "Checked in as Rev 1.1; you keep it."
    assert results[1].text == "Nothing has changed since Rev 1.0; you keep it."
    assert await holders(anna, files) == [anna.seat] * 3
    await do(place, check_in(files, major=True), files)
    assert await heads(anna, files) == ["2.0"] * 3
    assert place.journal.unfinished() == []


async def test_a_set_in_which_nothing_has_changed_is_only_given_back(
    place: Workplace, anna: Client, files: list[File]
) -> None:
    await do(place, check_out(files), files)
    results = await do(place, check_in(files), files)
    assert [each.outcome for each in results] == [Outcome.UNCHANGED] * 3
    assert await heads(anna, files) == ["1.0"] * 3
    assert await holders(anna, files) == [None] * 3
    assert place.journal.holds() == []


async def test_a_lock_that_was_lost_refuses_the_whole_check_in_and_parks_all(
    place: Workplace, anna: Client, tomas: Client, files: list[File]
) -> None:
    await do(place, check_out(files), files)
    edit(place, *files)
    await anna.undo(await anna.file(files[2].id))
    await tomas.check_out(files[2].id)
    results = await do(place, check_in(files), files)
    assert [each.outcome for each in results] == [Outcome.REFUSED] * 3
    assert (results[0].path, [each.text for each in results[1:]]) == (files[2].path, [NOTHING, NOTHING])
    assert await heads(anna, files) == ["1.0"] * 3
    assert await holders(anna, files) == [anna.seat, anna.seat, tomas.seat]
    assert [on_disk(place, file).read_bytes() for file in files] == [b"edited " + name.encode() for name in NAMES]
    assert [place.journal.hold(file.id) is not None for file in files] == [True, True, False]
    assert not on_disk(place, files[2]).stat().st_mode & 0o200
    assert {each.file for each in await anna.parked()} >= set(ids(files))
    assert place.journal.unfinished() == []
    results = await do(place, check_in(files[:2]), files)
    assert [each.outcome for each in results] == [Outcome.DONE] * 2


async def test_an_undo_keeps_all_edits_and_a_refused_one_touches_none(
    place: Workplace, anna: Client, tomas: Client, files: list[File]
) -> None:
    await do(place, check_out(files), files)
    edit(place, *files)
    await anna.undo(await anna.file(files[0].id))
    results = await do(place, undo(files), files)
    assert [each.outcome for each in results] == [Outcome.REFUSED] * 3
    assert await holders(anna, files) == [None, anna.seat, anna.seat]
    assert all(on_disk(place, file).read_bytes().startswith(b"edited ") for file in files)
    results = await do(place, undo(files[1:]), files)
    assert [each.outcome for each in results] == [Outcome.DONE] * 2
    assert sorted(place.kept()) == [b"edited " + file.filename.encode() for file in files[1:]]
    assert on_disk(place, files[1]).read_bytes() == FIRST + files[1].filename.encode()
    assert place.journal.unfinished() == []


async def test_all_are_deleted_or_none(place: Workplace, anna: Client, tomas: Client, files: list[File]) -> None:
    await do(place, requests.GetLatest(files=ids(files)), files)
    held = await tomas.check_out(files[1].id)
    request = requests.Delete(files=ids(files), together=True)
    assert [each.outcome for each in await do(place, request, files)] == [Outcome.REFUSED] * 3
    assert not any([(await anna.file(file.id)).deleted for file in files])
    assert all(on_disk(place, file).exists() for file in files)
    await tomas.undo(held)
    assert [each.outcome for each in await do(place, request, files)] == [Outcome.DONE] * 3
    assert all([(await anna.file(file.id)).deleted for file in files])
    assert not any(on_disk(place, file).exists() for file in files)
    assert place.journal.unfinished() == []


async def test_a_file_that_cannot_be_read_keeps_the_whole_set_here(
    place: Workplace, anna: Client, files: list[File]
) -> None:
    await do(place, check_out(files), files)
    edit(place, *files)
    on_disk(place, files[1]).unlink()
    uploads_before = place.journal.unfinished()
    results = await do(place, check_in(files), files)
    assert results[0].path == files[1].path
    assert [each.outcome for each in results] == [Outcome.REFUSED] * 3
    assert await heads(anna, files) == ["1.0"] * 3
    assert place.journal.unfinished() == uploads_before == []


class FullFor(LocalDisk):
    """A disk that is full when one file is to find its place."""

    name = ""

    def place(self, source: PurePath, target: PurePath) -> None:
        if target.name == self.name:
            raise from_os_error(OSError(28, "No space left on device"), target.name)
        super().place(source, target)

    def place_new(self, source: PurePath, target: PurePath) -> bool:
        if target.name == self.name:
            raise from_os_error(OSError(28, "No space left on device"), target.name)
        return super().place_new(source, target)


async def test_a_content_that_cannot_be_brought_leaves_that_check_out_unfinished(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    class Full(FullFor):
        name = files[1].filename

    async with workplace(anna, tmp_path, make_disk=Full) as place:
        results = await do(place, check_out(files), files)
        assert [each.outcome for each in results] == [Outcome.DONE, Outcome.REFUSED, Outcome.DONE]
        assert "You have the lock of block-op10.nc" in results[1].text
        assert await holders(anna, files) == [anna.seat] * 3
        assert [left.file for left in place.journal.unfinished()] == [files[1].id]
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        assert on_disk(place, files[1]).read_bytes() == FIRST + files[1].filename.encode()
        assert place.journal.unfinished() == []
        assert place.journal.hold(files[1].id) is not None


async def test_a_check_out_that_is_unfinished_goes_on_when_it_is_asked_for_alone(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    class Full(FullFor):
        name = files[1].filename

    async with workplace(anna, tmp_path, make_disk=Full) as place:
        await do(place, check_out(files), files)
    async with workplace(anna, tmp_path) as place:
        (result,) = await do(place, requests.CheckOut(files=(files[1].id,)), files)
        assert result.outcome is Outcome.DONE
        assert on_disk(place, files[1]).exists()
        assert place.journal.unfinished() == []


def delete(files: list[File]) -> requests.Delete:
    return requests.Delete(files=ids(files), together=True)


LOST: dict[str, Callable[[list[File]], FileRequest]] = {
    "check_out_set": check_out,
    "check_in_set": check_in,
    "undo_set": undo,
    "delete_set": delete,
}


@pytest.mark.parametrize("call", LOST)
async def test_a_lost_answer_is_asked_for_again_and_each_file_goes_on(
    anna: Client, tmp_path: Path, files: list[File], call: str
) -> None:
    async with workplace(anna, tmp_path) as place:
        if call != "check_out_set":
            await do(place, check_out(files), files)
            edit(place, *files)
    line = Line(lost=call)
    async with workplace(anna, tmp_path, around=line) as place:
        results = await do(place, LOST[call](files), files)
        told = Outcome.WAITS if call == "check_in_set" else Outcome.UNFINISHED
        assert [each.outcome for each in results] == [told] * 3
        (left,) = place.journal.unfinished()
        assert (left.files, left.key) == (ids(files), line.made[0][1])
    vault = await anna.vault()
    seq = (await anna.tree(vault)).head.seq
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        (done,) = [event for event in place.events if isinstance(event, RequestFinished)]
        assert [each.outcome for each in done.finished.results] == [Outcome.DONE] * 3
        assert place.journal.unfinished() == []
        match call:
            case "check_out_set":
                assert len(place.journal.holds()) == 3
                assert all(on_disk(place, file).exists() for file in files)
            case "check_in_set":
                assert await heads(anna, files) == ["1.1"] * 3
                assert (place.journal.holds(), place.journal.waiting()) == ([], [])
            case "undo_set":
                assert len(place.kept()) == 3
            case _:
                assert not any(on_disk(place, file).exists() for file in files)
    assert (await anna.tree(vault)).head.seq == seq


async def test_a_check_in_that_got_no_answer_is_the_one_that_is_asked_for_again(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    async with workplace(anna, tmp_path) as place:
        await do(place, check_out(files), files)
        edit(place, *files)
    line = Line(lost="check_in_set")
    async with workplace(anna, tmp_path, around=line) as place:
        await do(place, check_in(files), files)
        single = (await do(place, requests.CheckIn(files=(files[0].id,)), files))[0]
        assert single.outcome is Outcome.DONE
        assert await heads(anna, files) == ["1.1"] * 3
        assert (place.journal.unfinished(), place.journal.holds()) == ([], [])
        assert [key for _, key in line.made] == [line.made[0][1]] * 2


async def test_a_set_that_never_reached_the_server_leaves_no_trace(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    line = Line(cut="check_out_set")
    async with workplace(anna, tmp_path, around=line) as place:
        results = await do(place, check_out(files), files)
        assert [each.outcome for each in results] == [Outcome.UNFINISHED] * 3
        assert place.journal.unfinished() == []
    assert await holders(anna, files) == [None] * 3


async def test_what_is_saved_while_the_set_is_sent_is_sent_again(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    async with workplace(anna, tmp_path) as place:
        await do(place, check_out(files), files)
        edit(place, *files)
        saved = itertools.count()
        real = place.engine._commands.sets._gathering._sending

        class Saving:
            """While the last file goes up, the first one is saved again."""

            async def send(self, copy: Any, content: Any) -> Any:
                sent = await real.send(copy, content)
                if copy.file == files[2].id and next(saved) == 0:
                    edit(place, files[0], what=b"saved later ")
                return sent

        place.engine._commands.sets._gathering._sending = Saving()  # type: ignore[assignment]  # it only stands in for the sending
        assert [each.outcome for each in await do(place, check_in(files), files)] == [Outcome.DONE] * 3
    assert await anna.content(files[0].id) == b"saved later block-op10.mcam"


async def test_what_is_saved_in_an_unchanged_file_while_the_set_is_sent_is_sent_along(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    vaults = Meanwhiles()
    async with workplace(anna, tmp_path, around=vaults) as place:
        await do(place, check_out(files), files)
        edit(place, files[0])

        async def saved() -> None:
            edit(place, files[1], what=b"saved meanwhile ")
            on_disk(place, files[2]).touch()

        vaults[0].act = saved
        results = await do(place, check_in(files), files)
        assert {each.file: each.outcome for each in results} == {
            files[0].id: Outcome.DONE,
            files[1].id: Outcome.DONE,
            files[2].id: Outcome.UNCHANGED,
        }
        assert place.kept() == []
    assert await anna.content(files[1].id) == b"saved meanwhile block-op10.nc"
    assert await heads(anna, files) == ["1.1", "1.1", "1.0"]
    assert await holders(anna, files) == [None] * 3


async def test_a_file_that_is_saved_again_and_again_keeps_the_whole_set_here(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    async with workplace(anna, tmp_path) as place:
        await do(place, check_out(files), files)
        edit(place, *files)
        times = itertools.count()
        real = place.engine._commands.sets._gathering._sending

        class Saving:
            async def send(self, copy: Any, content: Any) -> Any:
                sent = await real.send(copy, content)
                edit(place, files[0], what=b"%d " % next(times))
                return sent

        place.engine._commands.sets._gathering._sending = Saving()  # type: ignore[assignment]  # it only stands in for the sending
        results = await do(place, check_in(files), files)
        assert [each.outcome for each in results] == [Outcome.REFUSED] * 3
        assert "saved again and again" in results[0].text
        assert next(times) == READS + 2
    assert await heads(anna, files) == ["1.0"] * 3


async def test_two_seats_race_for_overlapping_sets_and_each_set_goes_to_one(
    anna: Client, tomas: Client, tmp_path: Path
) -> None:
    async with workplace(anna, tmp_path / "a") as one, workplace(tomas, tmp_path / "t") as two:
        for _ in range(5):
            files = await new_set(anna, tuple(f"{n}.nc" for n in range(6)))
            mine, theirs = files[:4], list(reversed(files[2:]))
            results = await asyncio.gather(do(one, check_out(mine), files), do(two, check_out(theirs), files))
            won = [all(each.outcome is Outcome.DONE for each in each_) for each_ in results]
            assert sorted(won) == [False, True]
            winner, taken = (anna, mine) if won[0] else (tomas, theirs)
            held = [file for file, seat in zip(files, await holders(anna, files), strict=True) if seat]
            assert {file.id for file in held} == set(ids(taken))
            assert set(await holders(anna, taken)) == {winner.seat}
        assert one.journal.unfinished() == two.journal.unfinished() == []


async def test_sets_of_one_seat_that_overlap_in_any_order_wait_for_each_other(place: Workplace, anna: Client) -> None:
    files = await new_set(anna, tuple(f"{n}.nc" for n in range(6)))
    orders = [files[:4], list(reversed(files[2:])), list(reversed(files[:4])), files[2:]]
    is_over = False
    with suppress(TimeoutError):
        async with (
            asyncio.timeout(PATIENCE),
            asyncio.TaskGroup() as group,
        ):  # it ends there when two wait for each other
            for number, order in enumerate(orders):
                group.create_task(place.engine.run(check_out(order), {}), name=f"set {number}")
        is_over = True
    assert is_over, "two sets wait for each other"
    assert await holders(anna, files) == [anna.seat] * 6
    assert len(place.journal.holds()) == 6
    assert place.journal.unfinished() == []


async def test_a_set_is_known_as_busy_while_it_is_unanswered(anna: Client, tmp_path: Path, files: list[File]) -> None:
    line = Line(lost="check_out_set")
    async with workplace(anna, tmp_path, around=line) as place:
        await do(place, check_out(files), files)
        intents = place.engine._commands.intents
        assert [bool(intents.begun_takes(file.id)) for file in files] == [True] * 3
        await do(place, requests.UndoCheckOut(files=(files[0].id,)), files)
        (left,) = place.journal.unfinished()
        assert left.files == ids(files)
        await place.engine.go_on()
        assert place.journal.unfinished() == []
        assert [place.journal.hold(file.id) is not None for file in files] == [False, True, True]
        assert await holders(anna, files) == [None, anna.seat, anna.seat]


async def test_more_than_the_server_takes_is_refused_with_words(place: Workplace, anna: Client) -> None:
    files = await new_set(anna, ("a.nc",))
    request = requests.CheckOut(files=(*ids(files), *(f"f{n}" for n in range(200))), together=True)
    results = await do(place, request, files)
    assert {each.outcome for each in results} == {Outcome.REFUSED}
    assert await holders(anna, files) == [None]


async def test_a_check_in_waits_as_one_while_the_server_is_away(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        await do(place, check_out(files), files)
        edit(place, *files[:2])
        await place.engine.away()
        results = await do(place, check_in(files, comment="later"), files)
        assert [each.outcome for each in results] == [Outcome.WAITS] * 3
        assert len({one.of_set for one in place.journal.waiting()}) == 1
        edit(place, files[0], what=b"saved while it waits ")
    async with workplace(anna, tmp_path, around=line) as place:
        await place.engine.go_on()
        assert (place.journal.waiting(), place.journal.unfinished(), place.journal.holds()) == ([], [], [])
    assert [call for call, _ in line.made] == ["check_out_set", "check_in_set", "undo_set"]
    assert await heads(anna, files) == ["1.1", "1.1", "1.0"]
    assert await anna.content(files[0].id) == b"saved while it waits block-op10.mcam"
    assert await holders(anna, files) == [None] * 3


async def test_a_lock_that_was_lost_meanwhile_keeps_the_whole_waiting_set_here(
    anna: Client, tomas: Client, tmp_path: Path, files: list[File]
) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        await do(place, check_out(files), files)
        edit(place, *files)
        await place.engine.away()
        await do(place, check_in(files), files)
        await anna.undo(await anna.file(files[1].id))
        await tomas.check_out(files[1].id)
        await place.engine.go_on()
        stands = {one.file: one for one in place.journal.waiting()}
        assert [one.stand for one in stands.values()] == [Stand.NEEDS_YOU] * 3
        assert "Tomas has it" in (stands[files[1].id].why or "")
        assert stands[files[0].id].why == NOTHING
        assert [call for call, _ in line.made] == ["check_out_set"]
        assert await heads(anna, files) == ["1.0"] * 3
        results = await do(place, check_in([files[0], files[2]]), files)
        assert [each.outcome for each in results] == [Outcome.DONE] * 2
        assert [one.file for one in place.journal.waiting()] == [files[1].id]


async def test_a_set_that_was_sent_without_an_answer_and_refused_is_told_once(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    async with workplace(anna, tmp_path) as place:
        await do(place, check_out(files), files)
        edit(place, *files)
    line = Line(swallowed="check_in_set")
    async with workplace(anna, tmp_path, around=line) as place:
        assert {each.outcome for each in await do(place, check_in(files), files)} == {Outcome.WAITS}
        await anna.undo(await anna.file(files[1].id))
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        await place.engine.go_on()
        (told,) = [event for event in place.events if isinstance(event, RequestFinished)]
        assert [each.file for each in told.finished.results] == [files[1].id, files[0].id, files[2].id]
        assert {each.outcome for each in told.finished.results} == {Outcome.REFUSED}
        assert "from before did not happen" in told.finished.results[0].text
        assert [one.stand for one in place.journal.waiting()] == [Stand.NEEDS_YOU] * 3
        assert place.journal.unfinished() == []


async def test_one_that_is_taken_out_of_a_waiting_set_takes_the_others_along(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    """All or none: without one of them it would be another set than the person asked for."""
    async with workplace(anna, tmp_path) as place:
        await do(place, check_out(files), files)
        edit(place, *files)
        await place.engine.away()
        await do(place, check_in(files), files)
        await do(place, requests.TakeOut(files=(files[0].id,)), files)
        await place.engine.go_on()
        assert await heads(anna, files) == ["1.0"] * 3
        assert place.journal.waiting() == []
        assert {hold.file for hold in place.journal.holds()} == {file.id for file in files}


async def test_what_became_empty_while_it_waited_keeps_the_whole_set_here(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    async with workplace(anna, tmp_path) as place:
        await do(place, check_out(files), files)
        edit(place, *files)
        await place.engine.away()
        await do(place, check_in(files), files)
        on_disk(place, files[2]).write_bytes(b"")
        await place.engine.go_on()
        assert await heads(anna, files) == ["1.0"] * 3
        assert {one.stand for one in place.journal.waiting()} == {Stand.NEEDS_YOU}
