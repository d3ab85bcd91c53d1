"""The queue goes on: whatever the clock does, and whatever the server cannot take of it."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.errors import ServerTrouble, Unreachable
from pdm_desktop.core.results import Outcome
from pdm_desktop.core.waiting import FIRST_RETRY
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.events import WaitingChanged
from pdm_desktop.sync.ports import Vault
from pdm_desktop.sync.transfer.traffic import Purpose
from server.protocol.calls import CheckIn, FileState
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.line import Line
from tests.support.one_file import FIRST, WORK, added, edited
from tests.support.points import Call
from tests.support.queued import waiting
from tests.support.seat_parts import local_now, workplace

FULL = ServerTrouble("There is no room on the server.", sent=False)


class Moment:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = local_now()

    def now(self) -> datetime:
        return self.at


class Full(Line):
    """A server that has no room for what one file holds."""

    file: str | None = None

    def before(self, call: Call) -> None:
        super().before(call)
        if call.method == "check_in" and call.arguments[0] == self.file:
            raise FULL


class Meanwhile(VaultCalls):
    """`act` is done once, when a check-in has happened and before its answer is lost."""

    act: Callable[[], Awaitable[object]] | None = None

    def __init__(self, inner: VaultCalls) -> None:
        self._http = inner._http

    async def check_in(self, file: str, wish: CheckIn, key: str) -> FileState:
        state = await super().check_in(file, wish, key)
        act, self.act = self.act, None
        if act is None:
            return state
        await act()
        raise Unreachable("The connection was cut.")


async def test_what_goes_on_right_after_its_command_leaves_the_queue_and_that_is_told(
    anna: Client, tmp_path: Path, file: File
) -> None:
    lines: list[Meanwhile] = []

    def around(calls: VaultCalls) -> Vault:
        lines.append(Meanwhile(calls))
        return lines[-1]

    async with workplace(anna, tmp_path, around=around) as place:
        await edited(place, file)
        lines[0].act = place.engine.try_again  # a turn that finds the command at its file
        await place.do(requests.CheckIn(files=(file.id,)))
        assert any(isinstance(event, WaitingChanged) and event.check_ins for event in place.events), "it waited"
        assert place.journal.unfinished() == []
        assert waiting(place) == ()
    assert await anna.content(file.id) == WORK


@pytest.mark.parametrize("jump", [timedelta(days=-365), timedelta(minutes=-10), timedelta(days=365)])
async def test_a_clock_that_is_set_back_lets_no_check_in_wait(
    anna: Client, tmp_path: Path, file: File, jump: timedelta
) -> None:
    clock, line = Moment(), Line()
    async with workplace(anna, tmp_path, around=line, clock=clock) as place:
        await edited(place, file)
        line.refused["upload"] = FULL
        assert (await place.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.WAITS
        line.refused.clear()
        await place.engine.try_again()
        assert len(waiting(place)) == 1, "its time has not come"
        clock.at += jump
        for _ in range(2):
            await place.engine.try_again()
            clock.at += FIRST_RETRY
        assert waiting(place) == ()
    assert await anna.content(file.id) == WORK


async def test_one_check_in_that_the_server_cannot_take_does_not_stop_the_others(
    anna: Client, tmp_path: Path, file: File
) -> None:
    large, full = await added(anna, "large.mcam"), Full()
    async with workplace(anna, tmp_path, around=full) as place:
        for each in (large, file):
            await edited(place, each)
        await place.engine.away()
        for each in (large, file):
            await place.do(requests.CheckIn(files=(each.id,)))
        full.file = large.id
        await place.engine.go_on()
        assert [(one.file, one.why) for one in waiting(place)] == [(large.id, FULL.text)]
        full.file = None
        await place.engine.go_on()
        assert waiting(place) == ()
    assert await anna.content(file.id) == await anna.content(large.id) == WORK


async def test_without_a_server_none_is_tried_after_the_first(anna: Client, tmp_path: Path, file: File) -> None:
    other, line = await added(anna), Line()
    async with workplace(anna, tmp_path, around=line) as place:
        for each in (other, file):
            await edited(place, each)
        await place.engine.away()
        for each in (other, file):
            await place.do(requests.CheckIn(files=(each.id,)))
        line.refused["file"] = Unreachable("The connection was cut.", sent=False)
        line.calls.clear()
        await place.engine.go_on()
        assert [call.arguments[0] for call in line.calls if call.method == "file"] == [other.id]
        assert [one.file for one in waiting(place)] == [other.id, file.id]
    assert await anna.content(file.id) == FIRST


async def test_a_check_in_goes_soon_after_the_command_that_was_at_its_file(
    anna: Client, tmp_path: Path, file: File
) -> None:
    clock, line = Moment(), Line()
    async with workplace(anna, tmp_path, around=line, clock=clock) as place:
        await edited(place, file)
        line.refused["upload"] = FULL
        assert (await place.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.WAITS
        line.refused.clear()
        with place.engine._traffic.about(file.id, Purpose(what="Get latest")):  # for an hour
            for _ in range(720):
                clock.at += FIRST_RETRY
                await place.engine.try_again()
        assert [each.file for each in waiting(place)] == [file.id]
        await place.engine.try_again()
        assert waiting(place) == ()
    assert await anna.content(file.id) == WORK
