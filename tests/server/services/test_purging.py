"""A deleted file goes for good when an administrator wants it, never before its time, never one that is needed."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Connection, func, insert, select

from server.domain.errors import Forbidden, Invalid, NotFound
from server.domain.session import Session
from server.protocol.calls import AddWatch, AskForFile, CheckIn, CheckOut, ForceRelease, Purge, RestoreFile
from server.services import asking, checkout, deleting, forcing, listing, parking, purging, watches
from server.services import waiting as waiting_line
from server.services.collecting import Collected, collect
from server.services.counting import COUNTED_AT_ONCE, count_time
from server.services.inbox import read_inbox
from server.services.outcome import Refused
from server.storage.blobs_disk import DiskBlobs
from server.storage.gate import Gate
from server.storage.tables import access, audit, file, handover, metadata, request, revision, waiting, watch
from tests.support.vault_data import START, VaultData

HOUR = timedelta(hours=1)
DAYS = timedelta(days=30)
YEAR = timedelta(days=365)


@pytest.fixture
async def boss(data: VaultData) -> Session:
    return await data.person("Olga", administrator=True)


async def deleted(data: VaultData, who: Session, path: str = "a.nc") -> str:
    """A file that was deleted; its id."""
    added = (await data.add(who, path)).file.id
    await data.do(deleting.delete_file, who, added)
    return added


async def ask(data: VaultData, who: Session, file_id: str, *, delay: timedelta = DAYS) -> Purge:
    return await data.do(purging.ask_purge, who, file_id, delay=delay)


async def files(data: VaultData) -> set[str]:
    return set(await data.store.read(lambda c: c.execute(select(file.c.id)).scalars().all()))


async def actions(data: VaultData) -> list[str]:
    found = await data.store.read(lambda c: c.execute(select(audit.c.action).order_by(audit.c.number)).scalars().all())
    return list(found)


Go = Callable[[datetime], Awaitable[Collected]]


@pytest.fixture
def collected(data: VaultData, tmp_path: Path) -> Go:
    """Collects once, at a time that the clock of the server shows then."""
    blobs, gate = DiskBlobs(tmp_path / "blobs"), Gate()
    return lambda now: collect(data.store, blobs=blobs, gate=gate, now=now)


async def test_it_goes_when_its_hours_are_counted_and_not_before(data: VaultData, boss: Session, collected: Go) -> None:
    await collected(START)
    gone = await deleted(data, boss)
    told = (await ask(data, boss, gone, delay=3 * HOUR)).purge
    assert told == START + 3 * HOUR + COUNTED_AT_ONCE
    purged = [(await collected(START + hours * HOUR)).purged for hours in range(1, 7)]
    assert purged == [0, 0, 0, 1, 0, 0]
    assert gone not in await files(data)
    left = await data.store.read(lambda c: c.execute(select(func.count()).select_from(revision)).scalar_one())
    assert left == 0


async def test_it_is_in_the_audit_trail_when_asked_for_and_when_done(
    data: VaultData, boss: Session, collected: Go
) -> None:
    gone = await deleted(data, boss)
    await ask(data, boss, gone, delay=HOUR)
    for hours in range(4):
        await collected(START + hours * HOUR)
    assert (await actions(data))[-2:] == ["purge_asked", "purged"]
    row = await data.store.read(lambda c: c.execute(select(audit).order_by(audit.c.number.desc()).limit(1)).one())
    assert (row.person, row.vault, row.file) == ("server", data.vault, gone)
    assert msgspec.json.decode(row.detail) == {"path": "a.nc", "head": "1.0", "revisions": 1}


@pytest.mark.parametrize(
    "clock",
    [
        [START + YEAR, START + YEAR + HOUR],
        [START - YEAR, START + YEAR],
        [START + YEAR, START, START + YEAR, START],
        [START + DAYS - HOUR, START + DAYS, START + DAYS + HOUR],
    ],
    ids=["a year ahead", "behind, then ahead", "to and fro", "off for a month"],
)
async def test_a_clock_that_jumps_purges_nothing(
    data: VaultData, boss: Session, collected: Go, clock: list[datetime]
) -> None:
    await collected(START)
    gone = await deleted(data, boss)
    await ask(data, boss, gone)
    assert [(await collected(now)).purged for now in clock] == [0] * len(clock)
    page = await data.store.read(lambda c: listing.deleted_files(c, boss, data.vault, cursor=None))
    assert page.files[0].purge is not None
    assert page.files[0].purge > clock[-1] + DAYS - len(clock) * HOUR, "what is told goes with the clock"


async def test_what_is_asked_for_while_the_clock_is_behind_stays_as_long(
    data: VaultData, boss: Session, collected: Go
) -> None:
    gone = await deleted(data, boss)
    await collected(START)
    data.clock.now = START - YEAR
    await ask(data, boss, gone, delay=3 * HOUR)
    assert [(await collected(START + hours * HOUR)).purged for hours in range(1, 5)] == [0, 0, 0, 1]


async def test_nothing_goes_while_time_cannot_be_counted(data: VaultData, boss: Session) -> None:
    gone = await deleted(data, boss)
    await ask(data, boss, gone, delay=HOUR)

    def without_a_count(connection: Connection) -> int:
        return purging.purge_due(connection, limit=9, now=START + YEAR)

    assert await data.store.write(without_a_count) == 0
    await data.store.write(lambda c: count_time(c, now=START))
    assert await data.store.write(without_a_count) == 0


async def test_what_was_restored_meanwhile_stays(data: VaultData, boss: Session, collected: Go) -> None:
    back = await deleted(data, boss)
    await ask(data, boss, back, delay=HOUR)
    await data.do(deleting.restore_file, boss, back, RestoreFile())
    for hours in range(5):
        assert (await collected(START + hours * HOUR)).purged == 0
    await data.do(deleting.delete_file, boss, back)
    page = await data.store.read(lambda c: listing.deleted_files(c, boss, data.vault, cursor=None))
    assert [each.purge for each in page.files] == [None], "deleted again is another time"


async def test_a_file_with_parked_versions_stays_until_they_are_gone(
    data: VaultData, boss: Session, collected: Go
) -> None:
    ben = await data.person("Ben")
    waits = (await data.add(boss, "a.nc")).file.id
    await data.do(deleting.delete_file, boss, waits)
    sent = await data.upload(ben, b"work")
    wish = CheckIn(upload=sent.id, base="1.0", token=1, size=sent.size, hash=sent.hash)
    refused = await data.store.write(
        lambda c: parking.check_in_or_park(c, ben, waits, wish, lifetime=6 * HOUR, at=data.clock.now)
    )
    assert isinstance(refused, Refused)
    await ask(data, boss, waits, delay=HOUR)
    page = await data.store.read(lambda c: listing.deleted_files(c, boss, data.vault, cursor=None))
    assert [each.parked for each in page.files] == [1]
    counts = [await collected(START + hours * HOUR) for hours in range(9)]
    assert [each.parked for each in counts].index(1) == [each.purged for each in counts].index(1) > 4


async def test_asked_again_it_keeps_its_time_and_nothing_is_written(data: VaultData, boss: Session) -> None:
    gone = await deleted(data, boss)
    first = await ask(data, boss, gone)
    before = await data.dump()
    data.clock.forward(days=3)
    again = await data.outcome(purging.ask_purge, boss, gone, delay=DAYS)
    assert (again.answer, again.hints) == (first, ())
    assert await data.dump() == before


async def test_it_can_be_kept_after_all(data: VaultData, boss: Session, collected: Go) -> None:
    kept = await deleted(data, boss)
    await ask(data, boss, kept, delay=HOUR)
    outcome = await data.outcome(purging.keep_file, boss, kept)
    assert outcome.answer == Purge(vault=data.vault, file=kept, path="a.nc")
    assert outcome.hints == (purging.LIST_CHANGED,)
    assert (await actions(data))[-1] == "purge_called_off"
    assert [(await collected(START + hours * HOUR)).purged for hours in range(4)] == [0] * 4
    before = await data.dump()
    assert (await data.outcome(purging.keep_file, boss, kept)).hints == ()
    assert await data.dump() == before


async def test_others_go_on(data: VaultData, boss: Session, collected: Go) -> None:
    """What nobody wants purged, and what is not deleted."""
    gone, stays = await deleted(data, boss), await deleted(data, boss, "b.nc")
    lives = (await data.add(boss, "a.nc")).file.id
    await ask(data, boss, gone, delay=HOUR)
    for hours in range(4):
        await collected(START + hours * HOUR)
    assert await files(data) == {stays, lives}


async def test_nobody_waits_for_what_is_gone(data: VaultData, boss: Session, collected: Go) -> None:
    gone = await deleted(data, boss)

    def remember(connection: Connection) -> None:
        me, at = boss.person_id, START
        connection.execute(insert(waiting).values(file=gone, person=me, place=1, since=at))
        connection.execute(insert(watch).values(id="w", person=me, vault=data.vault, file=gone, at=at))
        connection.execute(insert(handover).values(file=gone, token=1, giver=me, receiver=me, at=at))
        connection.execute(
            insert(request).values(id="r", file=gone, token=1, asker=me, seat=boss.seat, holder=me, at=at)
        )

    await data.store.write(remember)
    await ask(data, boss, gone, delay=HOUR)
    assert sum([(await collected(START + hours * HOUR)).purged for hours in range(4)]) == 1
    dumped = await data.dump()
    assert [dumped[each] for each in ("waiting", "watch", "handover", "request", "file", "revision")] == [[]] * 6


def test_whatever_refers_to_a_file_is_known_to_the_purge() -> None:
    """A table that names a file and that the purge does not know would break it, and with it every later one."""
    naming = {each.name for each in metadata.tables.values() for key in each.foreign_keys if key.column is file.c.id}
    ends_with_the_file = {"revision", "request", "waiting", "handover", "watch"}
    keeps_it = {"parked"}
    ended_when_it_was_deleted = {"lock"}
    assert naming == ends_with_the_file | keeps_it | ended_when_it_was_deleted


async def test_a_file_that_was_asked_for_and_handed_over_goes_and_what_people_were_told_stays(
    data: VaultData, boss: Session, anna: Session, ben: Session, collected: Go
) -> None:
    """All by the calls that people make. The collection goes on with the next file."""
    cleo = await data.person("Cleo")
    state = await data.do(checkout.check_out, anna, (await data.add(anna, "a.nc")).file.id, CheckOut())
    gone = state.file.id
    await data.do(watches.add_watch, ben, AddWatch(vault=data.vault, file=gone))
    for who in (ben, cleo):
        await data.do(asking.ask_for_file, who, gone, AskForFile())
        await data.do(waiting_line.wait_for_file, who, gone)
    assert state.file.lock is not None
    wish = ForceRelease(token=state.file.lock.token, reason="The order is due.", give_to="Ben")
    await data.do(forcing.force_release, boss, gone, wish, online=lambda _: False, lifetime=timedelta(days=90))
    await data.do(asking.ask_for_file, boss, gone, AskForFile())
    await data.do(deleting.delete_file, ben, gone)
    other = await deleted(data, boss, "b.nc")
    before = await data.dump()
    full = ("watch", "waiting", "request", "handover", "inbox")
    assert [each for each in full if not before[each]] == [], "nothing to see"
    assert before["lock"] == []
    for each in (gone, other):
        await ask(data, boss, each, delay=HOUR)
    assert sum([(await collected(START + hours * HOUR)).purged for hours in range(4)]) == 2
    after = await data.dump()
    assert [after[each] for each in ("file", *full[:-1])] == [[]] * 5
    assert after["inbox"] == before["inbox"], "what somebody was told is theirs, and names the file by its path"
    assert after["answer"] == before["answer"]
    told = await data.store.read(lambda c: read_inbox(c, anna, since=0))
    asked = [each for each in told.entries if each.kind == "release_requested"]
    assert [(each.path, each.answer) for each in asked] == [("a.nc", "over")] * 2, "nobody is asked for it any more"


async def test_only_who_administers_the_vault_may(data: VaultData, boss: Session, anna: Session, ben: Session) -> None:
    gone = await deleted(data, boss)
    carl = await data.person("Carl")

    def grant(connection: Connection) -> None:
        for who, role in ((ben, None), (carl, "administrator")):
            connection.execute(insert(access).values(vault=data.vault, person=who.person_id, role=role))

    await data.store.write(grant)
    before = await data.dump()
    for who, refusal in ((anna, Forbidden), (ben, NotFound)):
        for use_case, named in ((purging.ask_purge, {"delay": DAYS}), (purging.keep_file, {})):
            with pytest.raises(refusal):
                await data.do(use_case, who, gone, **named)
    assert await data.dump() == before
    assert (await ask(data, carl, gone)).purge is not None


async def test_a_file_that_is_not_deleted_is_not_purged(data: VaultData, boss: Session) -> None:
    lives = (await data.add(boss, "a.nc")).file.id
    await data.do(checkout.check_out, boss, lives, CheckOut())
    with pytest.raises(Invalid, match="is not deleted, so it stays"):
        await ask(data, boss, lives)
