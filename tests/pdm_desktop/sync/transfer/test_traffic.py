"""Transfers under the person's control: places, pause, resume, cancel, and limits while they run."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.errors import Cancelled, DiskFull, OnHold
from pdm_desktop.state.transfers import Transfer, TransferState
from pdm_desktop.sync.transfer.pace import Pace
from pdm_desktop.sync.transfer.traffic import PLACES, Moving, Purpose, Traffic, transfer_of
from tests.support.seat_parts import until

MB = 1_000_000


class World:
    """Traffic, what it told, and transfers that move until they are let go."""

    def __init__(self) -> None:
        self.told: list[Transfer] = []
        self.traffic = Traffic(tell=self.told.append)
        self.go = asyncio.Event()
        self.moves: list[str] = []
        """The file of each begin of a move, also of those after a pause."""
        self.moving: set[str] = set()

    def begin(self, file: str, *, patient: bool = True) -> "asyncio.Task[str]":
        first = transfer_of(file, f"Jobs/{file}", up=True, size=100)
        carrying = self.traffic.carry(first, self.move_of(file), patient=patient)
        return asyncio.get_running_loop().create_task(carrying, name=file)

    def move_of(self, file: str) -> Callable[[Moving], Awaitable[str]]:
        async def move(moving: Moving) -> str:
            self.moves.append(file)
            self.moving.add(file)
            try:
                await self.go.wait()
            finally:
                self.moving.discard(file)
            return f"{file} moved"

        return move

    def last(self, file: str) -> Transfer:
        return next(each for each in reversed(self.told) if each.file == file)

    def id_of(self, file: str) -> str:
        return self.last(file).id

    async def stands(self, file: str, state: TransferState) -> None:
        await until(lambda: any(each.file == file for each in self.told) and self.last(file).state is state)


@pytest.fixture
async def world() -> World:
    return World()


async def test_so_many_move_and_the_others_are_seen_waiting(world: World) -> None:
    tasks = [world.begin(str(number)) for number in range(PLACES + 2)]
    await until(lambda: len(world.moving) == PLACES)
    states = [world.last(str(number)).state for number in range(PLACES + 2)]
    assert states == [TransferState.RUNNING] * PLACES + [TransferState.WAITING] * 2
    world.go.set()
    assert await asyncio.gather(*tasks) == [f"{number} moved" for number in range(PLACES + 2)]
    assert world.last("5").state is TransferState.DONE


async def test_a_paused_transfer_lets_go_of_its_connection_and_of_its_place(world: World) -> None:
    tasks = [world.begin(str(number)) for number in range(PLACES + 1)]
    await until(lambda: len(world.moving) == PLACES)
    world.traffic.steer(requests.PauseTransfer(transfer=world.id_of("0")))
    await world.stands("0", TransferState.PAUSED)
    await until(lambda: world.moving == {"1", "2", "3", "4"})
    world.traffic.steer(requests.ResumeTransfer(transfer=world.id_of("0")))
    await world.stands("0", TransferState.WAITING)
    world.go.set()
    await asyncio.gather(*tasks)
    assert world.moves.count("0") == 2


async def test_all_stand_still_and_new_ones_begin_so_until_all_go_on(world: World) -> None:
    first = world.begin("a")
    await world.stands("a", TransferState.RUNNING)
    world.traffic.steer(requests.PauseAll())
    second = world.begin("b")
    await world.stands("a", TransferState.PAUSED)
    await world.stands("b", TransferState.PAUSED)
    assert world.moving == set()
    world.traffic.steer(requests.ResumeTransfer(transfer=world.id_of("b")))
    await until(lambda: world.moving == {"b"})
    world.traffic.steer(requests.ResumeAll())
    world.go.set()
    assert [await first, await second] == ["a moved", "b moved"]


@pytest.mark.parametrize("state", [TransferState.RUNNING, TransferState.WAITING, TransferState.PAUSED])
async def test_a_cancelled_transfer_ends_whatever_it_did_and_leaves_the_list(
    world: World, state: TransferState
) -> None:
    others = [world.begin(str(number)) for number in range(PLACES if state is TransferState.WAITING else 0)]
    task = world.begin("x")
    await world.stands("x", TransferState.WAITING if others else TransferState.RUNNING)
    if state is TransferState.PAUSED:
        world.traffic.steer(requests.PauseTransfer(transfer=world.id_of("x")))
    await world.stands("x", state)
    world.traffic.steer(requests.CancelTransfer(transfer=world.id_of("x")))
    with pytest.raises(Cancelled):
        await task
    assert world.last("x").state is TransferState.DROPPED
    world.go.set()
    await asyncio.gather(*others)


async def test_wishes_that_come_together_or_too_late_do_no_harm(world: World) -> None:
    task = world.begin("x")
    await world.stands("x", TransferState.RUNNING)
    for _ in range(3):
        world.traffic.steer(requests.PauseTransfer(transfer=world.id_of("x")))
        world.traffic.steer(requests.ResumeTransfer(transfer=world.id_of("x")))
    world.go.set()
    assert await task == "x moved"
    for wish in (requests.PauseTransfer, requests.ResumeTransfer, requests.CancelTransfer):
        world.traffic.steer(wish(transfer=world.id_of("x")))
    assert world.last("x").state is TransferState.DONE


async def test_what_follows_by_itself_is_put_off_and_waits_for_nobody(world: World) -> None:
    task = world.begin("x", patient=False)
    await world.stands("x", TransferState.RUNNING)
    world.traffic.steer(requests.PauseTransfer(transfer=world.id_of("x")))
    with pytest.raises(OnHold):
        await task
    assert world.last("x").state is TransferState.PAUSED
    told = len(world.told)
    with pytest.raises(OnHold):
        await world.begin("x", patient=False)
    assert len(world.told) == told, "the row stays as it is"
    world.traffic.steer(requests.ResumeTransfer(transfer=world.id_of("x")))
    world.go.set()
    assert await world.begin("x", patient=False) == "x moved"
    assert len({each.id for each in world.told}) == 1, "one row all the time"


async def test_what_was_put_off_waits_once_it_is_resumed_and_can_be_cancelled_or_paused_again(world: World) -> None:
    """It is tried again later, or never: its file may be deleted by then."""
    world.traffic.pause_all()
    with pytest.raises(OnHold):
        await world.begin("a", patient=False)
    row = world.id_of("a")
    world.traffic.steer(requests.ResumeAll())
    assert world.last("a").state is TransferState.WAITING
    world.traffic.steer(requests.PauseTransfer(transfer=row))
    assert world.last("a").state is TransferState.PAUSED
    with pytest.raises(OnHold):
        await world.begin("a", patient=False)
    world.traffic.steer(requests.ResumeTransfer(transfer=row))
    world.traffic.steer(requests.CancelTransfer(transfer=row))
    assert world.last("a").state is TransferState.DROPPED
    world.go.set()
    assert await world.begin("a", patient=False) == "a moved"


@pytest.mark.parametrize(
    "error", [sqlite3.OperationalError("database is locked"), OSError(5, "Input/output error"), KeyError("x")]
)
async def test_a_transfer_that_breaks_is_over_and_says_why(world: World, error: Exception) -> None:
    async def move(moving: Moving) -> None:
        moving.progress.add(10)
        raise error

    with pytest.raises(type(error)):
        await world.traffic.carry(transfer_of("a", "Jobs/a", up=True, size=100), move)
    assert world.last("a").state is TransferState.STOPPED
    assert str(error) in (world.last("a").reason or "")


async def test_a_transfer_whose_engine_ends_is_over(world: World) -> None:
    """The engine may end before the window does, as when its workspace was taken."""
    carrying = world.begin("a")
    await world.stands("a", TransferState.RUNNING)
    carrying.cancel()
    await asyncio.gather(carrying, return_exceptions=True)
    assert world.last("a").state is TransferState.DROPPED


async def test_a_command_takes_over_what_was_put_off(world: World) -> None:
    world.traffic.steer(requests.PauseAll())
    with pytest.raises(OnHold):
        await world.begin("x", patient=False)
    put_off = world.id_of("x")
    world.traffic.steer(requests.ResumeAll())
    world.go.set()
    assert await world.begin("x") == "x moved"
    left = next(each for each in reversed(world.told) if each.id == put_off)
    assert left.state is TransferState.DROPPED, "the command has a row of its own: this one leaves the list"


async def test_a_row_says_what_it_is_for_and_how_to_try_again(world: World) -> None:
    again = requests.GetLatest(files=("x",))

    async def fail(_: Moving) -> None:
        raise DiskFull("The disk is full.")

    with world.traffic.about("x", Purpose(what="Get latest", again=again)), pytest.raises(DiskFull):
        await world.traffic.carry(transfer_of("x", "Jobs/x", up=False, size=1), fail)
    stopped = world.last("x")
    assert (stopped.state, stopped.reason) == (TransferState.STOPPED, "The disk is full.")
    assert (stopped.what, stopped.again) == ("Get latest", again)


async def test_limits_are_shared_by_a_direction_and_change_while_transfers_wait() -> None:
    now = 0.0
    pace = Pace(clock=lambda: now)
    pace.limit(1.0 * MB)
    async with asyncio.TaskGroup() as group:
        one = group.create_task(pace.take(1 * MB), name="one")
        other = group.create_task(pace.take(10_000 * MB), name="other")
        await asyncio.sleep(0)
        now = 1.0
        pace.limit(2.0 * MB)  # whoever waits looks again
        await one
        assert not other.done()
        pace.limit(0.0)


async def test_blocks_go_in_pieces_under_a_limit_alone() -> None:
    pace, block = Pace(clock=lambda: 0.0), bytes(range(256)) * 4096
    assert list(pace.pieces(block)) == [block]
    pace.limit(1.0 * MB)
    pieces = list(pace.pieces(block))
    assert {len(each) for each in pieces[:-1]} == {100_000}
    assert b"".join(pieces) == block
