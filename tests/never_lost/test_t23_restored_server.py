"""T23: an old backup is restored under seats that are ahead, by command and by copied files (N6, N7, N19).

Each file goes its own way before and after the backup. Then the server is as it was, the seat comes back, and nothing
of what the seat had is lost; what nobody works on is as the vault has it; check-outs that the server does not know are
told; and a person can go on. Check-outs that the server does not know do not count (`tests/support/stale_holders.py`).
"""

import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.sync.events import TroubleMet
from tests.support.client import Refusal
from tests.support.ledger import Ledger, VaultsOf
from tests.support.restored import WAYS, Scene, back_up, bring_back, opened, signed_in_anew, truth
from tests.support.seat_box import SeatBox
from tests.support.stale_holders import stale_holders

Step = Callable[[Scene, str], Awaitable[None]]


async def nothing(_scene: Scene, _name: str) -> None:
    """It stays as it is."""


async def got(scene: Scene, name: str) -> None:
    await scene.add(name)
    await scene.get(name)


async def out(scene: Scene, name: str) -> None:
    await scene.add(name)
    await scene.check_out(name)


async def out_and_edited(scene: Scene, name: str) -> None:
    await out(scene, name)
    scene.edit(name)


async def newer(scene: Scene, name: str) -> None:
    await scene.tomas_edits(name)
    await scene.get(name)


async def newer_and_edited(scene: Scene, name: str) -> None:
    await newer(scene, name)
    scene.edit(name)


async def newer_of_mine(scene: Scene, name: str) -> None:
    await scene.check_out(name)
    scene.edit(name)
    await scene.check_in(name)


async def newer_of_mine_kept(scene: Scene, name: str) -> None:
    scene.edit(name)
    await scene.check_in(name, keep=True)


async def newer_of_mine_kept_and_edited(scene: Scene, name: str) -> None:
    await newer_of_mine_kept(scene, name)
    scene.edit(name)


async def newer_of_mine_given_back(scene: Scene, name: str) -> None:
    scene.edit(name)
    await scene.check_in(name)


async def taken(scene: Scene, name: str) -> None:
    await scene.check_out(name)


async def taken_and_edited(scene: Scene, name: str) -> None:
    await scene.check_out(name)
    scene.edit(name)


async def renamed(scene: Scene, name: str) -> None:
    await scene.done(requests.Rename(file=scene.files[name], path=f"{name} renamed.nc"))


async def deleted(scene: Scene, name: str) -> None:
    await scene.done(requests.Delete(files=(scene.files[name],)))


async def undone(scene: Scene, name: str) -> None:
    await scene.done(requests.UndoCheckOut(files=(scene.files[name],)))


FLOWS: dict[str, tuple[Step, Step]] = {
    "as it was": (got, nothing),
    "a newer revision of somebody": (got, newer),
    "a newer revision, edited without a check-out": (got, newer_and_edited),
    "a newer revision of mine": (got, newer_of_mine),
    "checked out since": (got, taken),
    "checked out since, and edited": (got, taken_and_edited),
    "checked out before": (out, nothing),
    "checked out and edited before": (out_and_edited, nothing),
    "checked in since, and kept": (out, newer_of_mine_kept),
    "checked in since, kept and edited": (out, newer_of_mine_kept_and_edited),
    "checked in since": (out, newer_of_mine_given_back),
    "undone since": (out_and_edited, undone),
    "added since": (nothing, got),
    "added since, and checked out": (nothing, out_and_edited),
    "renamed since": (got, renamed),
    "deleted since": (got, deleted),
}
"""What happens to a file before the backup, and between the backup and its return."""
STAY_OUT = {"checked out before", "checked out and edited before", "checked in since, and kept",
            "checked in since, kept and edited"}  # fmt: skip
"""Check-outs that the backup has as well."""
EDITED = {"a newer revision, edited without a check-out", "checked out since", "checked out since, and edited"}
LOST_LOCKS = {"checked out since", "checked out since, and edited", "added since, and checked out"}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.never_lost("T23", quick=1, full=100, batch=1)
async def test_every_flow(seeds: range, way: str, tmp_path: Path) -> None:
    for seed in seeds:
        await one_restore(seed, way, tmp_path / str(seed))


async def one_restore(seed: int, way: str, folder: Path) -> None:
    chance = random.Random(f"{seed} {way}")
    names = list(FLOWS)
    if seed:  # the first run has every flow once; others have some of them, several times, in another order
        names = [f"{chance.choice(list(FLOWS))} {number}" for number in range(chance.randrange(4, 12))]
        chance.shuffle(names)
    async with opened(folder, chance) as scene, stale_holders(scene) as stale:
        box = scene.box
        await stale.before_the_backup()
        for name in names:
            await flow_of(name)[0](scene, name)
        backup = await back_up(scene.server, folder, way)
        for name in names:
            await flow_of(name)[1](scene, name)
        await stale.since()
        box.assert_sound()
        await scene.ledger.assert_whole(*box.places(), VaultsOf(scene.anna))
        had = await what_is_here(box)
        if chance.random() < 0.5:
            await box.stop()
        await bring_back(scene.server, backup, way)
        await signed_in_anew(scene, stale.tokens.laptop)
        await stale.check_in()
        if chance.random() < 0.5:
            await others_go_on(scene, names)
        await box.place.engine.compare(await truth(scene))
        await assert_nothing_lost(scene, names, had)
        await stale.come_back()


async def what_is_here(box: SeatBox) -> Ledger:
    """What the seat has, and so may not lose. What the server alone had since the backup nobody can bring back."""
    ledger = Ledger()
    for place in box.places():
        async for content in place.contents():
            ledger.wrote(content, by="Anna's seat", where="some place there")
    return ledger


def flow_of(name: str) -> tuple[Step, Step]:
    return FLOWS[title_of(name)]


def title_of(name: str) -> str:
    return name.rstrip("0123456789 ")


async def others_go_on(scene: Scene, names: list[str]) -> None:
    """Before Anna's seat comes back others use the same numbers for other things."""
    for name in names:
        try:
            lock = (await scene.tomas.file(scene.files[name])).file.lock
        except Refusal:
            continue  # the server does not know it any more
        if lock is None:
            await scene.tomas_edits(name)


async def assert_nothing_lost(scene: Scene, names: list[str], had: Ledger) -> None:
    box, journal = scene.box, scene.box.journal
    await had.assert_whole(*box.places(), VaultsOf(scene.anna))
    box.assert_sound()
    assert journal.unconfirmed() == []
    told = [event.trouble for event in box.events if isinstance(event, TroubleMet)]
    words = " ".join(f"{each.title} {each.text} {each.advice}" for each in told)
    tree = (await scene.anna.tree(scene.vault)).files
    for name in names:
        file = tree.get(scene.files[name])
        hold = journal.hold(scene.files[name])
        lock = None if file is None else file.lock
        assert hold is None or (lock is not None and (lock.seat, lock.token) == (box.seat, hold.token)), name
        assert (hold is not None) == (title_of(name) in STAY_OUT), f"{name}: {hold}"
        copy = journal.copy(scene.files[name])
        if file is None:
            assert copy is None, f"{name} is only here now"
            assert scene.here(name) is not None
            continue
        if copy is not None and hold is None:
            here = box.read(copy.place)
            edited = {
                "a newer revision, edited without a check-out",
                "checked out since",
                "checked out since, and edited",
            }
            if title_of(name) not in edited:
                assert here == await scene.anna.content(file.id), f"{name} is as the vault has it"
                assert copy.number == file.head.number
    lost = [name for name in names if title_of(name) in LOST_LOCKS]
    assert not lost or "Your check-out of" in words, words
    for name in names:
        if title_of(name) in STAY_OUT:
            await goes_on(scene, name)


async def goes_on(scene: Scene, name: str) -> None:
    """A check-out that the backup has goes on: what is saved becomes the next revision."""
    scene.edit(name)
    await scene.check_in(name)
    assert await scene.anna.content(scene.files[name]) == scene.here(name)
