"""The test program is tested itself: it sees what it is there for, and the same seed gives the same run."""

import asyncio
import os
import random
import sys
from pathlib import Path, PurePath

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.errors import DiskFull
from pdm_desktop.core.results import Outcome
from pdm_desktop.sync.disk import LocalDisk
from tests.support.fs_shim import NoRoom, shimmed
from tests.support.ledger import Ledger, VaultsOf, WorkspaceFiles
from tests.support.points import Points
from tests.support.power import Odds, Power
from tests.support.proxy import BLOCK, proxy
from tests.support.seat_box import SeatBox
from tests.support.sim import Stuck, VirtualClock, World, simulate
from tests.support.sim_server import STORM, Network, SimServer, client_of, vault_calls

FIRST, WORK = b"G0 X0 Y0\n" * 40, b"what the person saved\n"
PLACE = "Production/Jobs/plate.nc"
BODY = b"0123456789"
PART = b"PATCH /api/uploads/1 HTTP/1.1\r\nContent-Type: application/octet-stream\r\nContent-Length: 10\r\n\r\n" + BODY
WORDS = b"POST /api/uploads/begin HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 3\r\n\r\n{ }"
"""A call before it, in which there is no content."""
needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="folders have no fsync there")


async def test_the_ledger_names_what_is_lost(tmp_path: Path) -> None:
    ledger = Ledger()
    (tmp_path / "kept.nc").write_bytes(ledger.wrote(b"kept", by="Anna", where="kept.nc"))
    await ledger.assert_whole(WorkspaceFiles(tmp_path))
    ledger.wrote(b"lost", by="Anna", where="lost.nc")
    with pytest.raises(AssertionError, match=r"b'lost', which Anna wrote as lost\.nc"):
        await ledger.assert_whole(WorkspaceFiles(tmp_path))
    ledger.given_up(b"lost")
    await ledger.assert_whole(WorkspaceFiles(tmp_path))
    ledger.in_care(b"lost")
    with pytest.raises(AssertionError, match="lost"):
        await ledger.assert_whole(WorkspaceFiles(tmp_path))


async def a_day(world: World) -> tuple[list[str], Points]:
    """One person, one file: out, edited, in, out again, undone, in bad weather."""
    clock, ledger, points = VirtualClock(), Ledger(), Points()
    server = SimServer(world.folder / "server", clock)
    await server.start()
    anna = await server.sign_in("Anna", "seat-anna")
    calm, weather = Network(server, world.random), Network(server, world.random, STORM)
    box = SeatBox(
        world.folder / "anna",
        make_vault=lambda: vault_calls(anna, weather),
        seat="seat-anna",
        person="Anna",
        ledger=ledger,
        clock=clock,
    )
    async with client_of(anna, calm) as client:
        file = (await client.add(server.vault, "Jobs/plate.nc", ledger.wrote(FIRST, by="Anna", where="vault"))).file
        await box.start(points)
        for request in (
            requests.CheckOut(files=(file.id,)),
            requests.CheckIn(files=(file.id,)),
            requests.CheckOut(files=(file.id,)),
            requests.UndoCheckOut(files=(file.id,)),
        ):
            if box.read(PLACE) is not None:
                box.save(PLACE, WORK + str(len(world.trace)).encode())
            while (result := await box.one(request)).outcome in (Outcome.UNFINISHED, Outcome.WAITS):
                world.note(clock.now(), result.text)
            world.note(clock.now(), result.text)
            box.assert_sound()
        await weather.deliver_late()
        await box.stop()
        await box.start()
        await ledger.assert_whole(*box.places(), VaultsOf(client))
        await box.stop()
    await server.stop()
    return world.trace, points


def test_the_same_seed_gives_the_same_run() -> None:
    (first, points), (second, again) = simulate(7, a_day), simulate(7, a_day)
    assert first == second
    assert points.names == again.names
    assert len(first) >= 4
    assert simulate(8, a_day)[1].names != points.names


def test_a_world_in_which_everything_waits_for_ever_is_a_fault() -> None:
    async def waits(world: World) -> None:
        await asyncio.Event().wait()

    with pytest.raises(Stuck):
        simulate(1, waits)


async def test_a_full_disk_is_full_from_one_call_on(tmp_path: Path) -> None:
    LocalDisk(tmp_path).prepare()
    full = NoRoom(2)
    unfinished = shimmed(full)(tmp_path).begin()
    with pytest.raises(DiskFull):
        unfinished.write(b"four")
    assert LocalDisk(tmp_path).look(unfinished.path) is not None
    assert b"".join(LocalDisk(tmp_path).blocks(unfinished.path)) == b"fo", "a write is torn in the middle"
    full.free()
    unfinished.write(b"four")
    unfinished.discard()
    assert full.sites == ["disk.begin", "disk.write", "disk.write"]


@needs_posix
@pytest.mark.parametrize("synced", [True, False])
def test_a_power_cut_leaves_what_was_synced(tmp_path: Path, synced: bool) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "old").write_bytes(b"old")
    with Power(root) as power:
        with (root / "new.part").open("wb") as file:
            file.write(b"new")
            file.flush()
            if synced:
                os.fsync(file.fileno())
        (root / "new.part").rename(root / "new")
        power.cut(tmp_path / "names", Odds(names=1.0))
        power.cut(tmp_path / "nothing", Odds())
        LocalDisk(root).link(PurePath("new"), PurePath("beside"))
        power.cut(tmp_path / "folder", Odds(random.Random(1)))
    assert {each.name for each in (tmp_path / "nothing").iterdir()} == {"old"}
    assert ((tmp_path / "names" / "new").read_bytes() == b"new") is synced, "a name without its bytes: #10547"
    assert {each.name for each in (tmp_path / "folder").iterdir()} == {"old", "new", "beside"}


class Received(asyncio.Protocol):
    """What has arrived at the other end of a line."""

    def __init__(self) -> None:
        self.bytes = b""
        self.has_ended = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self.bytes += data

    def connection_lost(self, exc: Exception | None) -> None:
        self.has_ended.set()


@pytest.mark.parametrize("most", [1, 7, BLOCK])
@pytest.mark.parametrize("at", [0, 1, len(BODY) - 1])
async def test_a_cut_lets_just_so_many_bytes_of_content_pass(most: int, at: int) -> None:
    there = Received()
    server = await asyncio.get_running_loop().create_server(lambda: there, "127.0.0.1", 0)
    async with server, proxy(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as line:
        line.most = most
        line.cut_content("up", len(BODY) + at)
        _, writer = await asyncio.open_connection(*line.address.removeprefix("http://").split(":"))
        writer.write(WORDS + PART + PART)
        await there.has_ended.wait()
        assert there.bytes == WORDS + PART + PART[: at - len(BODY)]
        assert line.content["up"] == len(BODY) + at
        assert line.is_whole
        writer.close()
