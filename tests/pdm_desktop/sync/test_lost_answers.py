"""The answer to a call never arrives: what may have happened is asked for again, and happens once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.errors import NotSignedIn, Stranger, Told, Unreachable
from pdm_desktop.core.results import Outcome
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.events import RequestFinished
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.line import Line
from tests.support.one_file import on_disk, remove
from tests.support.seat_parts import until, workplace


def refusing(error: Told) -> Line:
    """A line on which every change gets one error for an answer."""
    line = Line()
    line.refused = dict.fromkeys(("check_in", "check_out"), error)
    return line


class Slow(VaultCalls):
    """A vault whose content waits at the gate."""

    def __init__(self, inner: VaultCalls) -> None:
        self._http = inner._http
        self.asked = 0
        self.gate = asyncio.Event()

    @asynccontextmanager
    async def content(self, file: str, revision: str, *, start: int = 0) -> AsyncIterator[AsyncIterator[bytes]]:
        self.asked += 1
        await self.gate.wait()
        async with super().content(file, revision) as blocks:
            yield blocks


async def test_a_check_in_whose_answer_was_lost_is_not_sent_as_another(
    anna: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path, around=Line(loses="check_in")) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        on_disk(place, file).write_bytes(b"work")
        assert (await place.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.WAITS
        again = await place.one(requests.CheckIn(files=(file.id,)))
        assert again.outcome is Outcome.DONE
        assert "Checked in as Rev 1.1." in again.text
        assert place.journal.unfinished() == []
        assert place.journal.hold(file.id) is None


async def test_a_check_in_whose_answer_was_lost_happens_once(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path, around=Line(loses="check_in")) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        path = on_disk(place, file)
        path.write_bytes(b"work")
        result = await place.one(requests.CheckIn(files=(file.id,), comment="once"))
        assert result.outcome is Outcome.WAITS
        path.write_bytes(b"and on")
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        assert place.journal.unfinished() == []
        assert place.journal.hold(file.id) is None
        assert path.read_bytes() == b"and on"
        local = place.local(file.id)
        assert local is not None
        assert local.edited  # type: ignore[attr-defined]  # a LocalCopy
    assert (await anna.file(file.id)).file.head.number == "1.1"
    assert await anna.content(file.id) == b"work"


@pytest.mark.parametrize("is_forgotten", [False, True])
async def test_a_check_in_whose_answer_was_lost_ends_although_its_copy_is_gone(
    anna: Client, tmp_path: Path, file: File, *, is_forgotten: bool
) -> None:
    async with workplace(anna, tmp_path, around=Line(loses="check_in")) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        path = on_disk(place, file)
        path.write_bytes(b"work")
        await place.one(requests.CheckIn(files=(file.id,)))
        remove(path)
        if is_forgotten:
            place.journal.drop_copy(file.id)
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        assert place.journal.unfinished() == []
        assert place.journal.waiting() == []
        assert place.journal.hold(file.id) is None
        said = [event.finished.results[0].text for event in place.events if isinstance(event, RequestFinished)]
        assert said[-1] == "Gone on with from before: Checked in as Rev 1.1. Its copy here is gone."
        assert (await place.one(requests.GetLatest(files=(file.id,)))).outcome is Outcome.DONE
        assert path.read_bytes() == b"work"


@pytest.mark.parametrize("back", [True, False])
async def test_a_check_in_from_before_ends_no_newer_check_out(
    anna: Client, tmp_path: Path, file: File, *, back: bool
) -> None:
    path = tmp_path / "workspace" / "Production" / file.path
    async with workplace(anna, tmp_path, around=Line(loses="check_in")) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        path.write_bytes(b"work")
        await place.one(requests.CheckIn(files=(file.id,)))
        assert (await place.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.DONE
        path.write_bytes(b"more work")
        if back:
            await place.engine.go_on()
            assert place.journal.hold(file.id) is not None
            assert path.stat().st_mode & 0o200
        assert (await place.one(requests.CheckIn(files=(file.id,)))).text == "Checked in as Rev 1.2."
        assert place.journal.unfinished() == []
    assert await anna.content(file.id) == b"more work"


@pytest.mark.parametrize("restart", [True, False])
async def test_a_check_out_whose_answer_was_lost_converges(
    anna: Client, tmp_path: Path, file: File, *, restart: bool
) -> None:
    async with workplace(anna, tmp_path, around=Line(loses="check_out")) as place:
        result = await place.one(requests.CheckOut(files=(file.id,)))
        assert result.outcome is Outcome.UNFINISHED
        assert len(place.journal.unfinished()) == 1
        if not restart:
            assert (await place.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.DONE
            assert place.journal.unfinished() == []
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        assert place.journal.unfinished() == []
        assert on_disk(place, file).stat().st_mode & 0o200
        assert place.journal.hold(file.id) is not None
        on_disk(place, file).write_bytes(b"work")
        assert (await place.one(requests.CheckIn(files=(file.id,)))).text == "Checked in as Rev 1.1."


async def test_a_check_out_that_somebody_ended_meanwhile_is_closed_with_a_word(
    anna: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path, around=Line(loses="check_out")) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
    await anna.undo(await anna.file(file.id))
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        assert place.journal.unfinished() == []
        assert place.journal.hold(file.id) is None
        assert not on_disk(place, file).exists()


@pytest.mark.parametrize("error", [NotSignedIn("Your sign-in has ended."), Stranger("A portal answers.")])
async def test_what_may_have_happened_is_not_forgotten_without_a_verdict(
    anna: Client, tmp_path: Path, file: File, error: Told
) -> None:
    async with workplace(anna, tmp_path, around=Line(loses="check_in")) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        on_disk(place, file).write_bytes(b"work")
        await place.one(requests.CheckIn(files=(file.id,)))
    async with workplace(anna, tmp_path, around=refusing(error)) as place:
        await place.engine.go_on()
        await place.one(requests.CheckIn(files=(file.id,)))
        assert len(place.journal.unfinished()) == 1
    async with workplace(anna, tmp_path) as place:
        await place.engine.go_on()
        assert place.journal.unfinished() == []
        assert place.journal.hold(file.id) is None


@pytest.mark.parametrize(
    "error", [Unreachable("No server answers.", sent=False), NotSignedIn("Your sign-in has ended.")]
)
async def test_what_was_sent_before_is_not_forgotten_by_a_call_that_did_not_arrive(
    anna: Client, tmp_path: Path, file: File, error: Told
) -> None:
    async with workplace(anna, tmp_path, around=Line(loses="check_out")) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
    async with workplace(anna, tmp_path, around=refusing(error)) as place:
        await place.one(requests.CheckOut(files=(file.id,)))
        assert len(place.journal.unfinished()) == 1


async def test_a_command_that_still_runs_is_not_gone_on_with(anna: Client, tmp_path: Path, file: File) -> None:
    vaults: list[Slow] = []

    def around(calls: VaultCalls) -> Slow:
        vaults.append(Slow(calls))
        return vaults[0]

    async with workplace(anna, tmp_path, around=around) as place, asyncio.TaskGroup() as group:
        running = group.create_task(place.one(requests.CheckOut(files=(file.id,))), name="check out")
        await until(lambda: vaults[0].asked == 1)
        back = group.create_task(place.engine.go_on(), name="connected again")
        await anna.file(file.id)  # a trip to the server: time enough to begin a second download
        vaults[0].gate.set()
        assert (await running).outcome is Outcome.DONE
        await back
        assert vaults[0].asked == 1
        assert len([each for each in place.events if isinstance(each, RequestFinished)]) == 1
