"""T6 for the server: its disk or its database is full from some call on, for all that come after (N14).

A day of calls is done once with room, and then again and again, with room for one call less, until it gets by. It stops
at the first that is refused; then there is room again, the whole day is asked for again under the same keys, and the
end is the same as it always had been. What needs room on the disk is read from the product's source: a place that no
run reached fails.
"""

from functools import partial
from shutil import rmtree
from unittest.mock import patch

import pytest
from blake3 import blake3

from server.domain.errors import Full
from server.protocol import calls
from server.routes import pouring
from server.services.record import first_break_in_audit
from tests.support.client import Refusal
from tests.support.full_database import NoCommit
from tests.support.full_disk import End, FullDisk, sites
from tests.support.sim import World, simulate
from tests.support.sim_shop import SimShop, sim_shop

pytestmark = pytest.mark.never_lost("T6")
PATH = "Jobs/plate.nc"
MOST = 150
"""More calls than any command makes."""
DONE, NO_ROOM = 200, 507
PART = 250_000
STORING = ("server.storage.blobs_disk", "server.storage.growing_disk", "server.storage.durable")
SMALL, LARGE = b"G0 X0 Y0\n" * 50, b"G1 X1 Y1\n" * 50_000


def test_a_full_disk_of_the_server() -> None:
    reached = of_the_server("disk")
    wanted = {site for module in STORING for site in sites(module)}
    assert wanted <= set(reached), f"no run reached {wanted - set(reached)}"


def test_a_full_database_of_the_server() -> None:
    assert len(of_the_server("database")) >= len(COMMITTING), "each of these calls commits at least once"


def of_the_server(where: str) -> list[str]:
    """A day of calls with room, and with room for one call less, for each number of calls."""
    whole = simulate(1, partial(a_servers_day, where=where, first=None))
    for first in range(1, MOST):
        end = simulate(1, partial(a_servers_day, where=where, first=first))
        assert end.state == whole.state, f"with a full {where} from call {first}, {end.reached[-1]}"
        if len(end.reached) < first:
            return whole.reached
    raise AssertionError("the day never came to its end")


async def a_servers_day(world: World, *, where: str, first: int | None) -> End:
    with patch.object(pouring, "FLUSH_BYTES", 1_000), patch.object(pouring, "PIECE_BYTES", 1_000):
        return await a_day_in(world, where, first)


async def a_day_in(world: World, where: str, first: int | None) -> End:
    async with sim_shop(world) as shop:
        await shop.server.stop()
        rmtree(shop.server.folder / "blobs", ignore_errors=True)  # there is none before the first content
        commits = NoCommit()
        with FullDisk(shop.server.folder) as disk:
            full: FullDisk | NoCommit = disk if where == "disk" else commits
            full.first = first
            try:
                await shop.server.start(commits)
            except (OSError, Full):  # it does not begin
                full.free()
                await shop.server.stop()
                await shop.server.start(commits)
            status = await a_day_of_calls(shop)
            assert status in (DONE, NO_ROOM), f"a full {where} is answered with {status}"
            assert await shop.server.read(first_break_in_audit) is None
            reached = list(full.reached)
            full.free()
            assert await a_day_of_calls(shop) == DONE
        blobs = shop.server.folder / "blobs"
        left = [path for folder in ("incoming", "growing") for path in (blobs / folder).iterdir()]
        assert left == [], "what did not arrive is not collected"
        await shop.assert_nothing_lost()
        return End((await shop.seen(), await shop.audit_rows()), reached)


async def a_day_of_calls(shop: SimShop) -> int:
    """Calls with keys of their own: asked again they go on where they were. Returns the status of the last answer."""
    held: dict[str, calls.FileState] = {}
    try:
        for call in COMMITTING:
            await call(shop, held)
    except Refusal as refusal:
        return refusal.problem.status
    return DONE


async def adds_a_file(shop: SimShop, held: dict[str, calls.FileState]) -> None:
    sent = await shop.tomas.upload(shop.told(SMALL))
    wish = calls.AddFile(path=PATH, upload=sent.id, size=sent.size, hash=sent.hash)
    if not await shop.seen():  # the upload has another number the second time
        await shop.tomas.change("POST", f"/vaults/{shop.server.vault}/files", wish)


async def checks_it_out(shop: SimShop, held: dict[str, calls.FileState]) -> None:
    (file,) = (await shop.tomas.tree(shop.server.vault)).files
    held[PATH] = await shop.tomas.check_out(file, key="check out")


async def sends_parts(shop: SimShop, held: dict[str, calls.FileState]) -> None:
    begun = await shop.tomas.begin_upload(shop.told(LARGE), key="begin")
    now = await shop.tomas.upload_progress(begun.id)
    for offset in range(now.offset, len(LARGE), PART):
        await shop.tomas.append(begun.id, LARGE[offset : offset + PART], offset=offset)
    await shop.tomas.finish_upload(begun.id, LARGE)


async def checks_it_in(shop: SimShop, held: dict[str, calls.FileState]) -> None:
    begun = await shop.tomas.begin_upload(LARGE, key="begin")
    wish = calls.CheckIn(
        upload=begun.id, base="1.0", token=token_of(held[PATH]), size=len(LARGE), hash=blake3(LARGE).hexdigest()
    )
    await shop.tomas.change("POST", f"/files/{held[PATH].file.id}/checkin", wish, key="check in")


async def renames_it(shop: SimShop, held: dict[str, calls.FileState]) -> None:
    wish = calls.MoveFile(path="Jobs/renamed.nc")
    await shop.tomas.change("POST", f"/files/{held[PATH].file.id}/move", wish, key="move")


COMMITTING = (adds_a_file, checks_it_out, sends_parts, checks_it_in, renames_it)


def token_of(state: calls.FileState) -> int:
    assert state.file.lock is not None
    return state.file.lock.token


def test_a_database_that_is_really_full_says_so_and_goes_on_when_there_is_room() -> None:
    simulate(1, a_small_database)


async def a_small_database(world: World) -> None:
    async with sim_shop(world) as shop:
        await shop.server.write(lambda c: c.exec_driver_sql("PRAGMA max_page_count = 1").close())  # no page more
        added, status = await filled(shop)
        assert status == NO_ROOM
        assert len(await shop.seen()) == added
        await shop.server.write(lambda c: c.exec_driver_sql("PRAGMA max_page_count = 1000000").close())
        await shop.add(PATH, b"there is room again")
        assert await shop.server.read(first_break_in_audit) is None


async def filled(shop: SimShop) -> tuple[int, int]:
    """Add files until one is refused. Returns how many there are, and the status of the refusal."""
    for number in range(10_000):
        try:
            await shop.tomas.add(shop.server.vault, f"Jobs/{'a long name ' * 10}{number}.nc", f"{number}".encode())
        except Refusal as refusal:
            return number, refusal.problem.status
    raise AssertionError("it never was full")
