"""Work that goes with a file: all that is in no revision, also of who lost a right; given once, it stays given."""

from datetime import timedelta

import pytest

from server.bus.base import InboxHint
from server.domain.errors import Forbidden, NotArrived, NotFound
from server.domain.session import Session
from server.protocol.calls import CheckIn, CheckOut, FileState, GiveRole, HandedOver, ParkedWork, ParkWork, UndoCheckOut
from server.services import access, checkin, checkout, handover, parking, people
from server.services.counting import count_time
from server.services.record import first_break_in_audit
from tests.server.services.test_handover import LIFETIME, WORK, force, inbox, park, parked_of, token_of, transfer
from tests.support.vault_data import VaultData, hash_of
from tests.support.vault_roles import give_role

FIRST, SECOND = b"G0 X0\n", b"G0 X1\n"
"""Revisions 1.0 and 1.1."""


@pytest.fixture
async def eva(data: VaultData) -> Session:
    return await data.person("Eva", administrator=True)


@pytest.fixture
async def held(data: VaultData, anna: Session) -> FileState:
    """A file that Anna has."""
    file = (await data.add(anna, "a.nc", FIRST)).file
    return await data.do(checkout.check_out, anna, file.id, CheckOut())


async def left(
    data: VaultData, who: Session, state: FileState, content: bytes | None, base: str | None = None
) -> ParkedWork:
    """What a check-out has left on its seat; None: nothing but what was there before."""
    sent = await data.upload(who, content or FIRST)
    wish = ParkWork(
        upload=None if content is None else sent.id,
        base=base or state.file.head.number,
        token=token_of(state),
        size=sent.size,
        hash=sent.hash,
    )
    return await data.do(parking.park_work, who, state.file.id, wish, lifetime=LIFETIME)


async def second(data: VaultData, who: Session, state: FileState) -> FileState:
    """Rev 1.1, and the file is kept."""
    sent = await data.upload(who, SECOND)
    wish = CheckIn(upload=sent.id, base="1.0", token=token_of(state), size=sent.size, hash=sent.hash, keep=True)
    return await data.do(checkin.check_in, who, state.file.id, wish)


# What is work


async def test_work_that_is_an_old_revision_again_is_work(data: VaultData, held: FileState, anna: Session) -> None:
    now = await second(data, anna, held)
    assert await left(data, anna, now, SECOND) == ParkedWork()
    kept = await left(data, anna, now, FIRST)
    assert kept.parked is not None
    assert [each.base for each in await parked_of(data, anna)] == ["1.1"]


async def test_work_that_became_a_revision_since_is_kept_by_that(
    data: VaultData, held: FileState, anna: Session
) -> None:
    now = await second(data, anna, held)
    assert await left(data, anna, now, SECOND, base="1.0") == ParkedWork()
    assert await left(data, anna, now, FIRST, base="1.0") == ParkedWork(), "it is what the work began with"
    assert (await left(data, anna, now, FIRST, base="no number")).parked is not None


# Who lost a right


async def test_what_a_person_has_left_who_only_reads_by_now_is_parked(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session
) -> None:
    await give_role(data, anna, "reader")
    await force(data, eva, held, "Ben")
    assert (await left(data, anna, held, WORK)).parked is not None
    assert [each.given_to for each in await parked_of(data, ben)] == ["Ben"]
    assert [each.kind for each in await inbox(data, ben)] == ["lock_transferred", "work_arrived"]
    assert await data.store.read(first_break_in_audit) is None


async def test_so_is_what_came_to_that_person_by_a_hand_over_or_on_another_seat(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session
) -> None:
    given = await transfer(data, anna, held, "Ben")
    forced = await force(data, eva, given, "Anna")
    laptop = await data.person("Anna", seat_id="laptop")
    adopted = await data.do(checkout.adopt, laptop, held.file.id)
    for who in (anna, ben):
        await give_role(data, who, "reader")
    for who, state in ((ben, given), (anna, forced), (laptop, adopted)):
        assert (await left(data, who, state, b"of %d" % token_of(state))).parked is not None


async def test_who_may_only_read_parks_nothing_else(
    data: VaultData, held: FileState, anna: Session, ben: Session
) -> None:
    other = await data.do(checkout.check_out, anna, (await data.add(anna, "b.nc")).file.id, CheckOut())
    given = await transfer(data, anna, other, "Ben")
    await give_role(data, ben, "reader")
    with pytest.raises(Forbidden):
        await left(data, ben, held, WORK)  # Anna's check-out
    with pytest.raises(Forbidden):
        await left(data, ben, other, WORK)  # hers as well, which ended by the gift
    await give_role(data, ben, None)
    with pytest.raises(NotFound):
        await left(data, ben, given, WORK)
    assert await parked_of(data, ben) == []


# Given once


async def test_what_was_given_to_somebody_is_not_taken_back_by_giving_it_to_another(
    data: VaultData, held: FileState, anna: Session, ben: Session
) -> None:
    cleo = await data.person("Cleo")
    parked = await park(data, anna, held)
    given = await transfer(data, anna, held, "Ben", parked=parked)
    await data.do(checkout.undo_check_out, ben, held.file.id, UndoCheckOut(token=token_of(given)))
    again = await data.do(checkout.check_out, anna, held.file.id, CheckOut())
    assert await park(data, anna, again) == parked, "the same content is parked once"
    await transfer(data, anna, again, "Cleo", parked=parked)
    assert [(each.id, each.given_to) for each in await parked_of(data, cleo)] == [(parked, "Cleo")]
    versions = await parked_of(data, ben)
    assert len(versions) == 1
    bens = versions[0]
    assert (bens.base, bens.hash, bens.computer, bens.given_to) == ("1.0", hash_of(WORK), "CAM-seat-Anna", None)
    await data.do(parking.drop_parked, ben, bens.id)
    assert [each.id for each in await parked_of(data, cleo)] == [parked], "each drops for oneself"


async def test_so_it_is_when_it_is_forced_on_or_passed_on(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session
) -> None:
    cleo = await data.person("Cleo")
    parked = await park(data, anna, held)
    bens = await transfer(data, anna, held, "Ben", parked=parked)
    cleos = await force(data, eva, bens, "Cleo")
    assert [each.given_to for each in await parked_of(data, ben)] == [None]
    await transfer(data, cleo, cleos, "Anna", parked=parked)
    assert [each.given_to for each in await parked_of(data, cleo)] == [None]
    assert [(each.id, each.given_to) for each in await parked_of(data, anna)] == [(parked, None)], "it is hers alone"


async def given_to_ben_and_checked_out_again(
    data: VaultData, held: FileState, anna: Session, ben: Session
) -> FileState:
    given = await transfer(data, anna, held, "Ben", parked=await park(data, anna, held))
    await data.do(checkout.undo_check_out, ben, held.file.id, UndoCheckOut(token=token_of(given)))
    data.clock.forward(hours=1)
    return await data.do(checkout.check_out, anna, held.file.id, CheckOut())


async def test_so_it_is_when_it_comes_late_for_another(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session
) -> None:
    cleo = await data.person("Cleo")
    again = await given_to_ben_and_checked_out_again(data, held, anna, ben)
    await force(data, eva, again, "Cleo")
    assert await parked_of(data, cleo) == [], "it is of an earlier check-out"
    await park(data, anna, again)
    assert [each.given_to for each in await parked_of(data, cleo)] == ["Cleo"]
    assert [each.given_to for each in await parked_of(data, ben)] == [None]


async def test_what_was_parked_once_more_is_of_this_check_out_as_well(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session
) -> None:
    cleo = await data.person("Cleo")
    again = await given_to_ben_and_checked_out_again(data, held, anna, ben)
    data.clock.forward(hours=1)
    parked = await park(data, anna, again)
    await force(data, eva, again, "Cleo")
    assert [each.id for each in await parked_of(data, cleo)] == [parked]


async def test_the_time_of_what_is_given_begins_anew(
    data: VaultData, held: FileState, anna: Session, ben: Session
) -> None:
    await data.store.write(lambda c: count_time(c, now=data.clock.now))
    parked = await park(data, anna, held)
    for _ in range(200):
        data.clock.forward(hours=1)
        await data.store.write(lambda c: count_time(c, now=data.clock.now))
    [before] = await parked_of(data, anna)
    await transfer(data, anna, held, "Ben", parked=parked)
    [version] = await parked_of(data, ben)
    assert version.expires == data.clock.now + LIFETIME > before.expires + timedelta(days=8)


async def test_what_came_with_a_file_belongs_to_it_on_another_seat_of_its_holder(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session
) -> None:
    cleo, parked = await data.person("Cleo"), await park(data, anna, held)
    await transfer(data, anna, held, "Ben", parked=parked)
    tablet = await data.person("Ben", seat_id="tablet")
    data.clock.forward(hours=1)
    adopted = await data.do(checkout.adopt, tablet, held.file.id)
    found = await data.store.read(lambda c: handover.handed_over(c, tablet, held.file.id))
    assert (found.giver, found.parked) == ("Anna", parked)
    data.clock.forward(hours=1)
    await force(data, eva, adopted, "Cleo")
    assert [each.id for each in await parked_of(data, cleo)] == [parked]


# Nothing is left


async def test_who_waits_for_work_is_told_when_there_is_none(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session
) -> None:
    await force(data, eva, held, "Ben")
    sent = await data.upload(anna, FIRST)
    wish = ParkWork(base="1.0", token=token_of(held), size=sent.size, hash=sent.hash)
    outcome = await data.outcome(parking.park_work, anna, held.file.id, wish, lifetime=LIFETIME)
    assert outcome.answer == ParkedWork()
    assert InboxHint(ben.person_id, 2) in outcome.hints
    told = (await inbox(data, ben))[-1]
    assert (told.kind, told.by, told.computer, told.path) == ("nothing_left", "Anna", "CAM-seat-Anna", "a.nc")
    with pytest.raises(NotFound):
        await data.store.read(lambda c: handover.handed_over(c, ben, held.file.id))
    assert (await data.dump())["audit"][-1][3] == "nothing_left"
    before = await data.dump()
    assert await left(data, anna, held, None) == ParkedWork()
    assert {**await data.dump(), "upload": 0} == {**before, "upload": 0}, "it is told once"


async def test_who_waits_for_work_that_is_held_back_is_told_that(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session
) -> None:
    await force(data, eva, held, "Ben")
    wish = ParkWork(base="1.0", token=token_of(held), size=4, hash="0" * 64, held_back=True)
    outcome = await data.outcome(parking.park_work, anna, held.file.id, wish, lifetime=LIFETIME)
    assert outcome.answer == ParkedWork()
    assert [each.kind for each in await inbox(data, ben)] == ["lock_transferred", "work_held_back"]
    assert (await data.dump())["audit"][-1][3] == "work_held_back"


async def test_so_is_who_waits_for_what_is_a_revision_by_then(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session
) -> None:
    await force(data, eva, held, "Ben")
    await left(data, anna, held, FIRST)
    assert [each.kind for each in await inbox(data, ben)] == ["lock_transferred", "nothing_left"]


async def test_nobody_says_that_nothing_is_left_of_what_no_revision_has(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session
) -> None:
    await force(data, eva, held, "Ben")
    sent = await data.upload(anna, WORK)
    wish = ParkWork(base="1.0", token=token_of(held), size=sent.size, hash=sent.hash)
    before = await data.dump()
    with pytest.raises(NotArrived, match="Send it"):
        await data.do(parking.park_work, anna, held.file.id, wish, lifetime=LIFETIME)
    with pytest.raises(NotFound):
        await data.store.read(lambda c: handover.handed_over(c, anna, held.file.id))
    assert await data.dump() == before


async def test_work_that_has_come_stays_whatever_is_said_after_it(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session
) -> None:
    await force(data, eva, held, "Ben")
    parked = await park(data, anna, held)
    await left(data, anna, held, None)
    assert (await data.store.read(lambda c: handover.handed_over(c, ben, held.file.id))).parked == parked
    assert [each.kind for each in await inbox(data, ben)] == ["lock_transferred", "work_arrived"]


async def test_who_may_not_read_the_file_any_more_hears_nothing_of_it(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session
) -> None:
    await force(data, eva, held, "Ben")
    told = await inbox(data, ben)
    await give_role(data, ben, None)
    await left(data, anna, held, None)
    assert await inbox(data, ben) == told


# Work that comes while its receiver is away, or after the file went on


async def handed(data: VaultData, who: Session, state: FileState) -> HandedOver:
    return await data.store.read(lambda c: handover.handed_over(c, who, state.file.id))


async def test_work_that_came_while_its_receiver_was_disabled_is_there_and_told_once_after_that(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session
) -> None:
    await force(data, eva, held, "Ben")
    await data.do(people.disable_person, eva, "Ben")
    data.clock.forward(hours=1)
    parked = await park(data, anna, held)
    outcome = await data.outcome(people.enable_person, eva, "Ben")
    assert InboxHint(ben.person_id, 2) in outcome.hints
    assert (await handed(data, ben, held)).parked == parked
    assert [each.id for each in await parked_of(data, ben)] == [parked]
    await data.do(people.set_password, eva, "Ben", password="kept")
    told = await inbox(data, ben)
    assert [(each.kind, each.by, each.computer) for each in told[1:]] == [("work_arrived", "Anna", "CAM-seat-Anna")]


async def test_so_it_is_when_the_vault_was_hidden_from_that_person(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session
) -> None:
    await force(data, eva, held, "Ben")
    await give_role(data, ben, None)
    data.clock.forward(hours=1)
    parked = await park(data, anna, held)
    await data.do(access.give_role, eva, data.vault, "Anna", GiveRole(role="editor"))
    assert [each.kind for each in await inbox(data, ben)] == ["lock_transferred"], "it is hidden still"
    for role in ("reader", "editor"):
        await data.do(access.give_role, eva, data.vault, "Ben", GiveRole(role=role))
    assert (await handed(data, ben, held)).parked == parked
    assert [each.id for each in await parked_of(data, ben)] == [parked]
    assert [each.kind for each in await inbox(data, ben)] == ["lock_transferred", "work_arrived"]


async def test_what_came_while_its_receiver_was_disabled_goes_on_with_the_file(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session
) -> None:
    cleo = await data.person("Cleo")
    bens = await force(data, eva, held, "Ben")
    data.clock.forward(hours=1)
    await data.do(people.disable_person, eva, "Ben")
    parked = await park(data, anna, held)
    cleos = await force(data, eva, bens, "Cleo")
    assert [each.id for each in await parked_of(data, cleo)] == [parked]
    assert (await handed(data, cleo, cleos)).parked == parked


@pytest.mark.parametrize("how", ["forced", "transferred"])
async def test_work_comes_to_who_has_the_file_by_then_and_to_nobody_before(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session, how: str
) -> None:
    cleo = await data.person("Cleo")
    bens = await force(data, eva, held, "Ben")
    data.clock.forward(hours=1)
    cleos = await force(data, eva, bens, "Cleo") if how == "forced" else await transfer(data, ben, bens, "Cleo")
    assert (await handed(data, cleo, cleos)).parked is None, "it is awaited"
    data.clock.forward(hours=1)
    parked = await park(data, anna, held)
    found = await handed(data, cleo, cleos)
    assert (found.giver, found.parked) == ("Anna", parked)
    assert [each.id for each in await parked_of(data, cleo)] == [parked]
    assert await parked_of(data, ben) == []
    assert "work_arrived" not in [each.kind for each in await inbox(data, ben)]
    assert [each.kind for each in await inbox(data, cleo)] == ["lock_transferred", "work_arrived"]


async def test_work_comes_to_who_got_the_file_if_that_person_has_let_it_go(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session
) -> None:
    cleo = await data.person("Cleo")
    bens = await force(data, eva, held, "Ben")
    data.clock.forward(hours=1)
    await data.do(checkout.undo_check_out, ben, held.file.id, UndoCheckOut(token=token_of(bens)))
    again = await data.do(checkout.check_out, ben, held.file.id, CheckOut())
    await transfer(data, ben, again, "Cleo")
    parked = await park(data, anna, held)
    assert [each.id for each in await parked_of(data, ben)] == [parked]
    assert [each.kind for each in await inbox(data, ben)] == ["lock_transferred", "work_arrived"]
    assert await parked_of(data, cleo) == []
