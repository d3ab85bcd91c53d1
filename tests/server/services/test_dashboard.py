"""The dashboard counts what its reader may see, finds the first of each list, and asks nothing without an end."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, update

from server.domain.session import Session
from server.protocol.calls import (
    AskForFile,
    CheckIn,
    CheckOut,
    CheckOutFiles,
    FileState,
    ForceRelease,
    TransferFile,
    UndoCheckOut,
)
from server.protocol.events import Troubles
from server.protocol.vault import Role
from server.services import asking, checkin, checkout, dashboard, deleting, forcing, handover, sessions, sets
from server.services import waiting as waiting_line
from server.services.dashboard import Numbers
from server.storage.tables import person, vault, waiting
from tests.support.vault_data import START, VaultData
from tests.support.vault_roles import give_role

LIFETIME = timedelta(days=90)


async def numbers(data: VaultData, who: Session, **named: Any) -> Numbers:
    now = data.clock.now
    return await data.store.read(lambda c: dashboard.numbers(c, who, connected=(), now=now, **named))


async def hold(data: VaultData, who: Session, path: str, *, after: timedelta = timedelta(minutes=1)) -> FileState:
    added = await data.add(who, path)
    data.clock.now += after
    return await data.do(checkout.check_out, who, added.file.id, CheckOut())


async def wait_for(data: VaultData, file: str, *people: Session) -> None:
    """People who stand in line, a minute apart."""

    def write(connection: Connection) -> None:
        for place, each in enumerate(people, 1):
            row = {"file": file, "person": each.person_id, "place": place}
            since = data.clock.now + timedelta(minutes=place)
            connection.execute(insert(waiting).values(row | {"since": since}))

    await data.store.write(write)


async def tell_troubles(data: VaultData, seat: str) -> None:
    assert await data.store.write(lambda c: sessions.keep_troubles(c, seat, Troubles(full=True)))


async def close_vault(data: VaultData) -> None:
    await data.store.write(lambda c: c.execute(update(vault).values(default_role=None)))


async def test_locks_are_counted_by_seat_and_the_first_of_both_ends_are_named(
    data: VaultData, anna: Session, ben: Session
) -> None:
    for number in range(dashboard.ROWS + 1):
        await hold(data, anna if number % 2 else ben, f"{number}.nc")
    found = await numbers(data, anna)
    assert {each.person: each.check_outs for each in found.holding} == {"Anna": 4, "Ben": 5}
    assert [each.path for each in found.newest] == [f"{number}.nc" for number in range(8, 0, -1)]
    assert [each.path for each in found.oldest] == [f"{number}.nc" for number in range(8)]


async def test_nobody_hears_of_a_vault_that_is_closed_to_that_person(data: VaultData, anna: Session) -> None:
    held = await hold(data, anna, "secret.nc")
    await wait_for(data, held.file.id, anna)
    ben = await data.person("Ben 2")
    await data.do(asking.ask_for_file, ben, held.file.id, AskForFile())
    seen = await numbers(data, anna)
    assert (seen.happenings, seen.contended, seen.lines, seen.newest, seen.oldest) != ([], [], [], [], [])
    await close_vault(data)
    hidden = await numbers(data, anna)
    assert (hidden.holding, hidden.newest, hidden.oldest, hidden.lines, hidden.happenings, hidden.contended) == (
        [], [], [], [], [], []
    )  # fmt: skip
    assert (hidden.waiters, hidden.awaited, hidden.check_ins) == (0, 0, 0)


async def test_people_who_wait_are_counted_once_and_stand_in_their_order(
    data: VaultData, anna: Session, ben: Session
) -> None:
    cleo = await data.person("Cleo")
    later, sooner = await hold(data, cleo, "later.nc"), await hold(data, cleo, "sooner.nc")
    await wait_for(data, sooner.file.id, ben, anna)
    data.clock.now += timedelta(hours=1)
    await wait_for(data, later.file.id, anna)
    found = await numbers(data, anna)
    assert (found.waiters, found.awaited) == (2, 2)
    assert [(line.path, [each.person for each in line.waiters]) for line in found.lines] == [
        ("sooner.nc", ["Ben", "Anna"]), ("later.nc", ["Anna"])
    ]  # fmt: skip


async def test_what_people_wanted_most_is_counted_for_a_month(data: VaultData, anna: Session, ben: Session) -> None:
    cleo = await data.person("Cleo")
    wanted, less, gone = [(await hold(data, anna, f"{name}.nc")).file.id for name in ("wanted", "less", "gone")]
    await data.do(asking.ask_for_file, ben, wanted, AskForFile())
    data.clock.now += timedelta(days=29)
    for file in (wanted, less):
        for who in (ben, cleo):
            await data.do(waiting_line.wait_for_file, who, file)
    await data.do(waiting_line.wait_for_file, ben, gone)
    await data.do(deleting.delete_file, anna, gone)
    found = await numbers(data, anna)
    assert [(each.path, each.waits) for each in found.contended] == [("wanted.nc", 3), ("less.nc", 2)]
    data.clock.now += timedelta(days=2)
    found = await numbers(data, anna)
    assert [(each.path, each.waits) for each in found.contended] == [("less.nc", 2), ("wanted.nc", 2)]


async def test_check_ins_of_a_day_are_counted(data: VaultData, anna: Session) -> None:
    held = await hold(data, anna, "a.nc")
    await check_in(data, anna, held)
    assert (await numbers(data, anna)).check_ins == 1
    data.clock.now += timedelta(hours=25)
    assert (await numbers(data, anna)).check_ins == 0


async def test_check_outs_are_counted_by_the_hour_in_which_they_were(data: VaultData, anna: Session) -> None:
    await hold(data, anna, "oldest.nc")
    data.clock.now += timedelta(hours=2)
    for name in ("first", "second"):
        await hold(data, anna, f"{name}.nc", after=timedelta())
    data.clock.now += timedelta(hours=21, minutes=59, seconds=59)
    assert (await numbers(data, anna)).hours == [1, 0, 2, *[0] * 21]
    data.clock.now += timedelta(seconds=1)
    await hold(data, anna, "now.nc", after=timedelta())
    assert (await numbers(data, anna)).hours == [0, 2, *[0] * 21, 1], "after exactly a day one counts no more"
    await close_vault(data)
    assert (await numbers(data, anna)).hours == [0] * 24


async def check_in(data: VaultData, who: Session, held: FileState) -> FileState:
    sent = await data.upload(who, b"new")
    assert held.file.lock is not None
    wish = CheckIn(
        upload=sent.id, base=held.file.head.number, token=held.file.lock.token, size=sent.size, hash=sent.hash
    )
    return await data.do(checkin.check_in, who, held.file.id, wish)


async def test_what_happened_is_told_newest_first(data: VaultData, anna: Session, ben: Session) -> None:
    held = await hold(data, anna, "a.nc")
    data.clock.now += timedelta(minutes=1)
    await check_in(data, anna, held)
    again = await data.do(checkout.check_out, ben, held.file.id, CheckOut())
    data.clock.now += timedelta(minutes=1)
    assert again.file.lock is not None
    await data.do(checkout.undo_check_out, ben, held.file.id, UndoCheckOut(token=again.file.lock.token))
    data.clock.now += timedelta(minutes=1)
    await data.do(deleting.delete_file, ben, held.file.id)
    told = (await numbers(data, anna)).happenings
    assert [(each.what, each.by, each.number) for each in told] == [
        ("deleted", "Ben", None), ("undone", "Ben", None), ("checked_out", "Ben", None), ("checked_in", "Anna", "1.1"),
        ("checked_out", "Anna", None), ("added", "Anna", None),
    ]  # fmt: skip


async def test_what_happened_says_who_decided_that_somebody_has_a_file_now(
    data: VaultData, anna: Session, ben: Session
) -> None:
    eva = await data.person("Eva", administrator=True)
    held = await hold(data, anna, "a.nc")
    data.clock.now += timedelta(minutes=1)
    assert held.file.lock is not None
    wish = ForceRelease(token=held.file.lock.token, reason="Anna is on a train.", give_to="Ben")
    given = await data.do(forcing.force_release, eva, held.file.id, wish, online=lambda _: False, lifetime=LIFETIME)
    data.clock.now += timedelta(minutes=1)
    assert given.file.lock is not None
    back = TransferFile(to="Anna", token=given.file.lock.token)
    await data.do(handover.transfer_file, ben, held.file.id, back, online=lambda _: False, lifetime=LIFETIME)
    data.clock.now += timedelta(minutes=1)
    told = (await numbers(data, anna)).happenings[:2]
    assert [(each.what, each.by, each.to) for each in told] == [("transferred", "Anna", None), ("given", "Eva", "Ben")]


async def test_a_set_is_one_happening_that_its_first_file_names(data: VaultData, anna: Session, ben: Session) -> None:
    files = [(await data.add(ben, f"{name}.nc")).file.id for name in ("a", "b", "c")]
    data.clock.now += timedelta(minutes=1)
    await data.do(sets.check_out_set, anna, CheckOutFiles(files=files))
    first = (await numbers(data, anna)).happenings[0]
    assert (first.what, first.by, first.path, first.more) == ("checked_out", "Anna", "a.nc", 2)


async def test_what_a_seat_needs_is_kept_until_all_is_well(data: VaultData, anna: Session) -> None:
    seat = anna.seat or ""
    told = Troubles(decisions=2, full=True)
    assert await data.store.write(lambda c: sessions.keep_troubles(c, seat, told))
    assert not await data.store.write(lambda c: sessions.keep_troubles(c, seat, told))
    assert [(each.person, each.troubles) for each in (await numbers(data, anna)).troubled] == [("Anna", told)]
    assert await data.store.write(lambda c: sessions.keep_troubles(c, seat, Troubles()))
    assert (await numbers(data, anna)).troubled == []


@pytest.mark.parametrize(
    ("role", "administrator", "sees"),
    [
        (None, False, ["Cleo"]),
        ("reader", False, ["Anna", "Ben", "Cleo"]),
        ("editor", False, ["Anna", "Ben", "Cleo"]),
        ("administrator", False, ["Anna", "Ben", "Cleo"]),
        (None, True, ["Anna", "Ben", "Cleo", "Dora"]),
    ],
    ids=["no role", "reader", "editor", "vault administrator", "server administrator"],
)
async def test_what_a_seat_needs_concerns_those_who_share_a_vault_with_its_person(
    data: VaultData, anna: Session, ben: Session, role: Role | None, administrator: bool, sees: list[str]
) -> None:
    cleo, dora = await data.person("Cleo", administrator=administrator), await data.person("Dora")
    everybody = {each.seat or "": each.person for each in (anna, ben, cleo, dora)}
    await close_vault(data)
    await give_role(data, anna, "reader")
    await give_role(data, ben, "editor")
    if role is not None:
        await give_role(data, cleo, role)
    await give_role(data, dora, None)
    for each in everybody:
        await tell_troubles(data, each)
    now = data.clock.now
    found = await data.store.read(lambda c: dashboard.numbers(c, cleo, connected=everybody, now=now))
    assert [each.person for each in found.troubled] == sees
    assert found.troubled_in_all == len(sees)
    assert sorted(everybody[each] for each in found.computers) == sees


async def test_somebody_whom_the_default_role_lets_in_shares_the_vault_unless_named_as_nobody(
    data: VaultData, anna: Session, ben: Session
) -> None:
    for who in (anna, ben):
        await tell_troubles(data, who.seat or "")
    assert [each.person for each in (await numbers(data, anna)).troubled] == ["Anna", "Ben"]
    await data.store.write(lambda c: c.execute(update(person).where(person.c.name == "Ben").values(by_default=False)))
    assert [each.person for each in (await numbers(data, anna)).troubled] == ["Anna"]
    await data.store.write(lambda c: c.execute(update(person).values(by_default=True)))
    await give_role(data, ben, None)
    assert [each.person for each in (await numbers(data, anna)).troubled] == ["Anna"]


async def test_lists_that_are_cut_say_how_many_there_are(data: VaultData, anna: Session, ben: Session) -> None:
    files = [(await hold(data, anna, f"{number:02}.nc")).file.id for number in range(dashboard.LINES + 2)]
    for each in files:
        await data.do(waiting_line.wait_for_file, ben, each)
    found = await numbers(data, ben)
    assert (len(found.newest), found.active) == (dashboard.ROWS, len(files))
    assert (sum(len(each.waiters) for each in found.lines), found.in_lines) == (dashboard.LINES, len(files))
    assert (len(found.contended), found.contended_in_all) == (dashboard.ROWS, len(files))
    data.clock.now += timedelta(days=2)
    assert (await numbers(data, ben)).active == 0


@pytest.mark.sqlite
async def test_no_question_reads_all_files(data: VaultData, anna: Session) -> None:
    """As a database sees it: nothing goes through the table of files, or through all events, from end to end."""
    await hold(data, anna, "a.nc")
    asked: list[tuple[str, Any]] = []

    def listen(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    def watched(connection: Connection) -> list[str]:
        event.listen(connection, "before_cursor_execute", listen)
        dashboard.numbers(connection, anna, connected=["seat"], now=START)
        event.remove(connection, "before_cursor_execute", listen)
        return [
            row.detail
            for statement, parameters in asked
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]

    plans = await data.store.read(watched)
    assert len(plans) > len(asked) > 8
    assert [each for each in plans if each.startswith("SCAN") and each.split()[1] in ("file", "event", "audit")] == []
