"""T3 for sets: seat or server end at every single moment of a command for several files.

Afterwards the whole set has happened or nothing of it (N15), once (N9), and nothing that anybody wrote is lost (N1).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.requests import FileRequest
from server.protocol.calls import FileState
from server.protocol.vault import File
from tests.support.points import Points
from tests.support.seat_box import SeatBox
from tests.support.sim import World, simulate
from tests.support.sim_shop import SimShop, sim_shop

pytestmark = pytest.mark.never_lost("T3")
NAMES = ("block-op10.mcam", "block-op10.nc", "block-setup.pdf")
MOST = 1_000
"""More moments than any of these commands has."""

Act = Callable[[SimShop, list[File]], Awaitable[FileRequest]]


def ids(files: list[File]) -> tuple[str, ...]:
    return tuple(file.id for file in files)


def place(file: File) -> str:
    return f"Production/{file.path}"


async def check_out(shop: SimShop, files: list[File]) -> FileRequest:
    """One is not here, one is old, and one was edited by force."""
    await shop.box.do(requests.GetLatest(files=ids(files[1:])))
    await shop.next_revision(files[1].id, b"newer than what is here")
    shop.box.save(place(files[2]), b"edited by force")
    return requests.CheckOut(files=ids(files), together=True)


async def check_in(shop: SimShop, files: list[File]) -> FileRequest:
    """Two are edited; in the third nothing has changed."""
    await shop.box.do(requests.CheckOut(files=ids(files), together=True))
    for file in files[:2]:
        shop.box.save(place(file), f"work on {file.filename}".encode())
    return requests.CheckIn(files=ids(files), together=True)


async def undo(shop: SimShop, files: list[File]) -> FileRequest:
    await check_in(shop, files)
    return requests.UndoCheckOut(files=ids(files), together=True)


async def delete(shop: SimShop, files: list[File]) -> FileRequest:
    await check_in(shop, files)
    return requests.Delete(files=ids(files), together=True)


class Later(Points):
    """Points that begin to count when the program has started."""

    def arm(self, moment: int) -> None:
        """End at the moment of that number from now on."""
        self._crash_at = self.reached + moment


async def states(shop: SimShop, files: list[File]) -> list[FileState]:
    return [await shop.anna.file(file.id) for file in files]


def is_done(act: Act, state: FileState) -> bool:
    """Whether the server has done it for one file."""
    held = state.file.lock is not None
    if act is check_out:
        return held
    if act is delete:
        return state.deleted
    if act is check_in:
        return state.file.head.number != "1.0"
    return not held


async def all_or_none(shop: SimShop, act: Act, files: list[File]) -> None:
    """Of what the server has to do as one."""
    of_one = files[:2] if act is check_in else files
    done = [is_done(act, state) for state in await states(shop, of_one)]
    assert len(set(done)) == 1, f"half of a set: {done}"


@dataclass
class Ends:
    """Where one run ends, and what came of it."""

    act: Act
    at_server: bool
    moment: int
    """Of the command; one that it does not come to is none."""
    again: int | None = None
    """Of going on with it; None: nobody ends again."""
    is_over: bool = False
    """The command came to that moment."""
    going_on: int = 0
    """How many moments of going on there were."""

    async def run(self, world: World) -> None:
        """The run, and all that has to hold."""
        async with sim_shop(world) as shop:
            files = [await shop.add(f"Jobs/{name}", f"Rev 1.0 of {name}".encode()) for name in NAMES]
            await shop.box.start()
            request = await self.act(shop, files)
            await shop.box.stop()
            self.is_over = await self._begin(shop, lambda box: box.ends_in(request), self.moment)
            await all_or_none(shop, self.act, files)
            if self.again is not None:
                await self._begin(shop, lambda box: box.ends_going_on(), self.again)
                await all_or_none(shop, self.act, files)
            await shop.box.start()
            assert shop.box.journal.unfinished() == []
            await all_or_none(shop, self.act, files)
            await shop.box.do(request)
            assert shop.box.journal.unfinished() == []
            await assert_done(shop, self.act, files)
            await shop.assert_nothing_lost()

    async def _begin(self, shop: SimShop, work: Callable[[SeatBox], Awaitable[bool]], moment: int) -> bool:
        """Start the seat, and let it or the server end at a moment. Whether it came to that."""
        points = Later()
        if self.at_server:
            await shop.server.stop()
            await shop.server.start(points)
            await shop.box.start(look=False)
        else:
            await shop.box.start(points, look=False)
        before = points.reached
        points.arm(moment)
        await work(shop.box)
        await shop.box.throw_away()
        if self.at_server:
            if shop.server.runs:
                await shop.server.stop()
            await shop.server.start()
        self.going_on = points.reached - before
        return points.is_over


async def assert_done(shop: SimShop, act: Act, files: list[File]) -> None:
    """However it went, it is done in the end, once, and the workspace shows it."""
    found = await states(shop, files)
    shown = shop.box.visible()
    held = [shop.box.journal.hold(file.id) is not None for file in files]
    assert [state.file.lock is not None for state in found] == held == [act is check_out] * 3
    match act.__name__:
        case "check_out":
            assert [state.file.head.number for state in found] == ["1.0", "1.1", "1.0"]
            assert shown[place(files[1])] == b"newer than what is here"
            assert shown[place(files[2])] == b"edited by force"
        case "check_in":
            assert [state.file.head.number for state in found] == ["1.1", "1.1", "1.0"]
            assert shown[place(files[0])] == await shop.anna.content(files[0].id) == b"work on block-op10.mcam"
        case "undo":
            assert [state.file.head.number for state in found] == ["1.0"] * 3
            assert shown[place(files[0])] == b"Rev 1.0 of block-op10.mcam"
        case "delete":
            assert shown == {}
    writable = [bool(shop.box.full(place(file)).stat().st_mode & 0o200) for file in files if place(file) in shown]
    assert writable == [act is check_out] * len(shown)


RUNS = [
    pytest.param(act, at_server, id=f"{act.__name__}, the {'server' if at_server else 'seat'} ends", marks=marks)
    for at_server in (False, True)
    for act, marks in (
        (check_in, ()),
        (check_out, () if at_server else pytest.mark.full),
        (undo, pytest.mark.full),
        (delete, pytest.mark.full),
    )
]


@pytest.mark.parametrize(("act", "at_server"), RUNS)
def test_ending_at_any_moment_of_a_set_leaves_all_of_it_or_nothing(act: Act, at_server: bool) -> None:
    for moment in range(1, MOST):
        if not run(Ends(act, at_server, moment)).is_over:
            # To delete a set is one commit of the server, and nothing else there.
            least = 1 if act is delete and at_server else 3
            assert moment > least, "there were hardly any moments at all"
            return
    raise AssertionError("the command never came to its end")


@pytest.mark.parametrize(("act", "at_server"), RUNS)
def test_ending_again_at_any_moment_of_going_on_leaves_all_of_a_set_or_nothing(
    act: Act, at_server: bool, pytestconfig: pytest.Config
) -> None:
    """Without `--full` after fewer first ends, and at some of the moments."""
    whole = run(Ends(act, at_server, MOST)).going_on
    eighths, each = ([4], 2) if at_server else ([3, 4], 16)
    if pytestconfig.getoption("--full"):
        eighths, each = [*range(1, 9)], 1
    for first in sorted({max(1, whole * eighth // 8) for eighth in eighths}):
        left = run(Ends(act, at_server, first, again=MOST)).going_on
        for again in range(1 + first % each, left + 1, each):
            assert run(Ends(act, at_server, first, again=again)).going_on == again, f"{first}, then {again}"


def run(ends: Ends) -> Ends:
    """One run."""
    simulate(ends.moment, ends.run)
    return ends
