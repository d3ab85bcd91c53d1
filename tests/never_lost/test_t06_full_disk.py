"""T6 for the seat: its disk is full, or its journal's. The state is as before or as after (N14).

Every command is done once with room and then again and again, the disk full from the first call that needs room, from
the second, and so on, until one gets by. What needs room is read from the product's source: a place that no run reached
fails. Then there is room again, the same is asked again, and the end is the same as it always had been.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Literal, get_args
from unittest.mock import patch

import pytest
from blake3 import blake3

from pdm_desktop.core import deletions, requests
from pdm_desktop.core.decisions import Seen, Side
from pdm_desktop.core.errors import Told
from pdm_desktop.core.recovery import Retention
from pdm_desktop.sync.disk import UNFINISHED
from pdm_desktop.sync.facts import Hold
from pdm_desktop.sync.transfer import download, upload
from server.protocol import calls
from server.protocol.vault import File
from tests.support.full_disk import End, FullDisk, FullJournal, journal_sites, sites
from tests.support.keyed_others import administers
from tests.support.sim import World, simulate
from tests.support.sim_shop import SimShop, sim_shop

pytestmark = pytest.mark.never_lost("T6")
PATH = "Jobs/plate.nc"
PLACE = f"Production/{PATH}"
MOST = 150
"""More calls than any command makes."""

Work = Callable[[], Awaitable[object]]
Act = Callable[[SimShop, File], Awaitable[Work]]
Where = Literal["disk", "journal"]


def test_the_acts_reach_every_place_that_needs_room() -> None:
    wanted = {"disk": sites("pdm_desktop.sync.disk") | sites("pdm_desktop.sync.system"), "journal": journal_sites()}
    for where in get_args(Where):
        reached = {site for act in ACTS for site in with_room(act, where).reached}
        assert wanted[where] <= reached, f"no run reached {wanted[where] - reached}"


def with_room(act: Act, where: Where) -> End:
    return simulate(1, partial(a_run, act=act, where=where, first=None))


async def a_run(world: World, *, act: Act, where: Where, first: int | None) -> End:
    with (
        patch.object(upload, "SMALL", 1_000),
        patch.object(download, "GATHERED", 1_000),
        patch.object(download, "FLUSHED", 1_000),
        patch.object(deletions, "FEW", 1),
    ):
        async with sim_shop(world) as shop:
            file = await shop.add(PATH, b"G0 X0 Y0\n")
            await shop.box.start()
            work = await act(shop, file)
            await shop.box.stop()
            disk, journal = FullDisk(shop.box.root), FullJournal()
            with disk:
                await once(
                    shop, work, disk, journal, first if where == "disk" else None, first if where == "journal" else None
                )
                shop.box.assert_whole_files()
                reached = list(disk.reached if where == "disk" else journal.reached)
                disk.free()
                journal.free()
                if not shop.box.is_started:
                    await shop.box.start()
                await unbroken(shop, shop.box.place.engine.go_on)
                await unbroken(shop, work)
            await shop.assert_nothing_lost()
            left = list((shop.box.root / UNFINISHED).iterdir())
            assert left == [], "what was left unfinished is not collected"
            return End(await state_of(shop), reached)


async def once(
    shop: SimShop, work: Work, disk: FullDisk, journal: FullJournal, disk_full: int | None, journal_full: int | None
) -> None:
    disk.first, journal.first = disk_full, journal_full

    async def begun() -> None:
        await shop.box.start()
        journal.take(shop.box.journal)
        await work()

    await unbroken(shop, begun)


async def unbroken(shop: SimShop, work: Work) -> None:
    """What goes wrong is told in words."""
    try:
        await work()
    except Told as told:
        shop.world.note(told.text)
    except Exception as error:
        raise AssertionError(f"it broke: {error!r}") from error


async def state_of(shop: SimShop) -> object:
    """What a person sees in the end: the workspace, the vault, and who has what."""
    vault = await shop.seen()
    holds = [(hold.path, hold.token) for hold in shop.box.journal.holds()]
    unfinished = [intent.kind for intent in shop.box.journal.unfinished()]
    return shop.box.visible(), vault, holds, unfinished, shop.box.journal.waiting()


SAVED_NS = 1_790_000_000 * 10**9
"""A second name says the minute: all runs of one act have to give the same."""


def save(shop: SimShop, what: str, size: int = 20, *, mtime_ns: int | None = None) -> None:
    shop.box.save(PLACE, f"{what} {shop.world.random.getrandbits(64)}\n".encode() + bytes(size), mtime_ns=mtime_ns)


async def starts_anew(shop: SimShop, file: File) -> Work:
    """The first start in a new folder."""
    own = shop.box.root / UNFINISHED
    own.rmdir()
    (own.parent / "at-work").unlink(missing_ok=True)
    return lambda: shop.box.do(requests.GetLatest(files=(file.id,)))


async def misses_a_folder(shop: SimShop, file: File) -> Work:
    """Somebody has tidied up in the program's own folder."""

    async def work() -> None:
        if (shop.box.root / UNFINISHED).is_dir():
            (shop.box.root / UNFINISHED).rmdir()
        await shop.box.do(requests.GetLatest(files=(file.id,)))

    return work


async def checks_out(shop: SimShop, file: File) -> Work:
    return lambda: shop.box.do(requests.CheckOut(files=(file.id,)))


async def checks_out_over_edits(shop: SimShop, file: File) -> Work:
    await gets_latest(shop, file)
    return await checks_out(shop, file)


async def gets_latest(shop: SimShop, file: File) -> Work:
    await shop.box.one(requests.GetLatest(files=(file.id,)))
    save(shop, "by force", mtime_ns=SAVED_NS)
    await shop.next_revision(file.id, b"second\n" * 300)
    return lambda: shop.box.do(requests.GetLatest(files=(file.id,)))


async def gets_many(shop: SimShop, file: File) -> Work:
    """In a bundle: some are new here, and one is old."""
    await shop.box.one(requests.GetLatest(files=(file.id,)))
    await shop.next_revision(file.id, b"second\n" * 300)
    others = [await shop.add(f"{folder}/{folder}.nc", folder.encode() * 300) for folder in ("Jobs", "Fixtures")]
    return lambda: shop.box.do(requests.GetLatest(files=(file.id, *(each.id for each in others))))


async def decides(shop: SimShop, file: File, side: Side) -> Work:
    await gets_latest(shop, file)
    mine = blake3(shop.box.read(PLACE) or b"").hexdigest()
    wish = requests.DecideVersions(file=file.id, side=side, seen=Seen(hash=mine, head=(1, 1)), who="Anna")
    return lambda: shop.box.do(wish)


async def takes_the_vaults(shop: SimShop, file: File) -> Work:
    return await decides(shop, file, Side.THEIRS)


async def keeps_both(shop: SimShop, file: File) -> Work:
    return await decides(shop, file, Side.BOTH)


async def means_it(shop: SimShop, file: File) -> Work:
    """What looks suspicious is right."""
    await shop.box.one(requests.GetLatest(files=(file.id,)))
    shop.box.save(PLACE, b"")
    seen = Seen(hash=blake3(b"").hexdigest(), head=(1, 0))
    return lambda: shop.box.do(requests.DecideDoubt(file=file.id, right=True, seen=seen))


async def checks_in(shop: SimShop, file: File) -> Work:
    await shop.box.one(requests.CheckOut(files=(file.id,)))
    save(shop, "work")
    return lambda: shop.box.do(requests.CheckIn(files=(file.id,)))


async def checks_in_much(shop: SimShop, file: File) -> Work:
    """In parts."""
    await shop.box.one(requests.CheckOut(files=(file.id,)))
    save(shop, "work", 5_000)
    return lambda: shop.box.do(requests.CheckIn(files=(file.id,), keep=True))


async def checks_in_later(shop: SimShop, file: File) -> Work:
    """The server is away at first, so that it joins the queue."""
    await checks_in(shop, file)

    async def work() -> None:
        await shop.box.place.engine.away()
        await shop.box.do(requests.CheckIn(files=(file.id,)))
        await shop.box.place.engine.go_on()

    return work


async def undoes(shop: SimShop, file: File) -> Work:
    await checks_in(shop, file)
    return lambda: shop.box.do(requests.UndoCheckOut(files=(file.id,)))


async def renames(shop: SimShop, file: File) -> Work:
    await shop.box.one(requests.GetLatest(files=(file.id,)))
    return lambda: shop.box.do(requests.Rename(file=file.id, path="New folder/renamed.nc"))


async def deletes(shop: SimShop, file: File) -> Work:
    await shop.box.one(requests.GetLatest(files=(file.id,)))
    return lambda: shop.box.do(requests.Delete(files=(file.id,)))


async def opens_a_revision(shop: SimShop, file: File) -> Work:
    await shop.next_revision(file.id, b"second\n" * 300)
    return lambda: shop.box.do(requests.OpenRevision(file=file.id, major=1, minor=0))


async def puts_back(shop: SimShop, file: File) -> Work:
    work = await undoes(shop, file)
    await work()
    (kept,) = await shop.box.kept()
    return lambda: shop.box.do(requests.PutBack(kept=(kept,)))


async def adds(shop: SimShop, _file: File) -> Work:
    shop.box.save("Production/new.nc", b"a new file" * 200)
    source = str(shop.box.full("Production/new.nc"))
    return lambda: shop.box.do(requests.AddFiles(vault=shop.server.vault, folder="", sources=(source,)))


async def purges(shop: SimShop, file: File) -> Work:
    work = await undoes(shop, file)
    await work()
    return lambda: shop.box.place.engine.purge(Retention())


async def follows_a_revision(shop: SimShop, file: File) -> Work:
    await shop.box.one(requests.GetLatest(files=(file.id,)))
    await shop.next_revision(file.id, b"second\n" * 300)
    return lambda: compare(shop)


async def follows_a_move(shop: SimShop, file: File) -> Work:
    await shop.box.one(requests.GetLatest(files=(file.id,)))
    await shop.tomas.move(file.id, "New folder/renamed.nc")
    return lambda: compare(shop)


async def follows_a_deletion(shop: SimShop, file: File) -> Work:
    await shop.box.one(requests.GetLatest(files=(file.id,)))
    await shop.tomas.delete(file.id)
    return lambda: compare(shop)


async def waits_with_many_deletions(shop: SimShop, file: File) -> Work:
    """More than a few: here that is two."""
    other = await shop.add("Jobs/other.nc", b"another")
    await shop.box.do(requests.GetLatest(files=(file.id, other.id)))
    for each in (file, other):
        await shop.tomas.delete(each.id)
    return lambda: compare(shop)


async def loses_its_lock(shop: SimShop, file: File) -> Work:
    """It was taken over on another seat; what was saved here is parked."""
    await checks_in(shop, file)
    await shop.elsewhere(file.id)
    return lambda: compare(shop)


async def saves_what_is_parked(shop: SimShop, file: File) -> Work:
    work = await loses_its_lock(shop, file)
    await work()
    (parked,) = await shop.anna.parked()
    target = str(shop.box.full("Production/saved.nc"))
    return lambda: shop.box.do(requests.SaveParked(parked=parked.id, target=target))


async def hears_of_a_restore(shop: SimShop, file: File) -> Work:
    """The server does not know of a check-out any more."""
    await shop.box.one(requests.GetLatest(files=(file.id,)))
    hold = Hold(file=file.id, vault=shop.server.vault, path=PATH, token=77)
    shop.box.journal.put_hold(hold, epoch="before")
    return lambda: compare(shop)


async def waits_for_work(shop: SimShop, file: File) -> Work:
    """An administrator gave her what Tomas had; what his seat has saved of it comes afterwards."""
    await administers(shop)
    held = (await shop.tomas.check_out(file.id)).file.lock
    assert held is not None
    wish = calls.ForceRelease(token=held.token, reason="needed before noon", give_to="Anna")
    await shop.anna.change("POST", f"/files/{file.id}/force", wish)
    content = shop.told(b"what Tomas saved\n" * 300)

    async def work() -> None:
        await compare(shop)
        sent = await shop.tomas.upload(content)
        left = calls.ParkWork(upload=sent.id, base="1.0", token=held.token, size=sent.size, hash=sent.hash)
        await shop.tomas.change("POST", f"/files/{file.id}/park", left)
        await shop.box.place.engine.run(requests.ListParked(), {})

    return work


async def compare(shop: SimShop) -> None:
    await shop.box.place.engine.compare(await shop.truth())


ACTS: tuple[Act, ...] = (
    starts_anew,
    misses_a_folder,
    checks_out,
    checks_out_over_edits,
    gets_latest,
    gets_many,
    takes_the_vaults,
    keeps_both,
    means_it,
    checks_in,
    checks_in_much,
    checks_in_later,
    undoes,
    renames,
    deletes,
    opens_a_revision,
    puts_back,
    adds,
    purges,
    follows_a_revision,
    follows_a_move,
    follows_a_deletion,
    waits_with_many_deletions,
    loses_its_lock,
    saves_what_is_parked,
    hears_of_a_restore,
    waits_for_work,
)


@pytest.mark.parametrize("where", get_args(Where))
@pytest.mark.parametrize("act", [pytest.param(each, id=each.__name__) for each in ACTS])
def test_a_full_disk_of_the_seat(act: Act, where: Where) -> None:
    """Do it with room, and then with room for one call less, for each number of calls."""
    whole = with_room(act, where)
    for first in range(1, MOST):
        end = simulate(1, partial(a_run, act=act, where=where, first=first))
        assert end.state == whole.state, f"with a full {where} from call {first}, {end.reached[-1]}"
        if len(end.reached) < first:
            return
    pytest.fail("it never came to its end")
