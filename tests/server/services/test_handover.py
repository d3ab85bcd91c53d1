"""A check-out goes from one person to another: by its holder, or by an administrator; the work with it, or later."""

from datetime import timedelta

import pytest

from server.bus.base import ChangedHint, InboxHint
from server.domain.errors import Forbidden, Invalid, NotFound, NotYours, Otherwise
from server.domain.session import Session
from server.protocol.calls import (
    AskForFile,
    CheckIn,
    CheckInParked,
    CheckOut,
    FileState,
    ForceRelease,
    InboxEntry,
    ParkedVersion,
    ParkWork,
    TransferFile,
    UndoCheckOut,
)
from server.services import asking, checkin, checkout, forcing, handover, parking, people, waiting
from server.services.inbox import read_inbox
from server.services.reading import events_after
from server.services.record import first_break_in_audit
from server.services.sessions import was_here
from tests.support.vault_data import VaultData
from tests.support.vault_roles import give_role

WORK = b"G1 X10\n"
LIFETIME = timedelta(days=90)
REASON = "Anna is on holiday and the order is due."


def offline(_: str) -> bool:
    return False


def token_of(state: FileState) -> int:
    assert state.file.lock is not None
    return state.file.lock.token


@pytest.fixture
async def eva(data: VaultData) -> Session:
    return await data.person("Eva", administrator=True)


@pytest.fixture
async def held(data: VaultData, anna: Session) -> FileState:
    """A file that Anna has."""
    file = (await data.add(anna, "a.nc")).file
    return await data.do(checkout.check_out, anna, file.id, CheckOut(message="new clamp"))


async def park(data: VaultData, who: Session, state: FileState, content: bytes = WORK) -> str:
    sent = await data.upload(who, content)
    wish = ParkWork(upload=sent.id, base="1.0", token=token_of(state), size=sent.size, hash=sent.hash)
    done = await data.do(parking.park_work, who, state.file.id, wish, lifetime=LIFETIME)
    assert done.parked is not None
    return done.parked


async def transfer(data: VaultData, who: Session, state: FileState, to: str, **fields: str | None) -> FileState:
    wish = TransferFile(to=to, token=token_of(state), **fields)
    return await data.do(handover.transfer_file, who, state.file.id, wish, online=offline, lifetime=LIFETIME)


async def force(data: VaultData, who: Session, state: FileState, give_to: str | None = None) -> FileState:
    wish = ForceRelease(token=token_of(state), reason=REASON, give_to=give_to)
    return await data.do(forcing.force_release, who, state.file.id, wish, online=offline, lifetime=LIFETIME)


async def parked_of(data: VaultData, who: Session) -> list[ParkedVersion]:
    page = await data.store.read(lambda c: parking.parked_versions(c, who, everybodys=False, cursor=None))
    return page.parked


async def inbox(data: VaultData, who: Session) -> list[InboxEntry]:
    return (await data.store.read(lambda c: read_inbox(c, who, since=0))).entries


@pytest.mark.postgres
async def test_the_lock_goes_on_in_one_event_with_a_new_token_and_whose_it_was(
    data: VaultData, held: FileState, anna: Session, ben: Session
) -> None:
    data.clock.forward(hours=1)
    wish = TransferFile(to="ben", token=token_of(held))
    outcome = await data.outcome(handover.transfer_file, anna, held.file.id, wish, online=offline, lifetime=LIFETIME)
    lock = outcome.answer.file.lock
    assert lock is not None
    assert (lock.locked_by, lock.seat, lock.computer, lock.since, lock.message) == (
        "Ben", "seat-Ben", "CAM-seat-Ben", data.clock.now, "new clamp"
    )  # fmt: skip
    assert lock.token > token_of(held)
    assert await data.file(held.file.id) == outcome.answer.file
    [event] = await data.store.read(lambda c: events_after(c, data.vault, held.seq, limit=10))
    assert (event.type, event.data["locked_by"], event.data["from"]) == ("file_locked", "Ben", "Anna")
    assert InboxHint(ben.person_id, 1) in outcome.hints
    [entry] = await inbox(data, ben)
    assert (entry.kind, entry.by, entry.computer, entry.path) == ("lock_transferred", "Anna", "CAM-seat-Anna", "a.nc")
    assert await inbox(data, anna) == []
    assert (await data.dump())["audit"][-1][3] == "transferred"
    assert await data.store.read(first_break_in_audit) is None


async def test_only_this_check_out_on_this_seat_is_handed_over(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session
) -> None:
    laptop = await data.person("Anna", seat_id="laptop")
    before = await data.dump()
    for who, token in ((ben, token_of(held)), (laptop, token_of(held)), (eva, token_of(held)), (anna, 99)):
        with pytest.raises(NotYours):
            await data.do(
                handover.transfer_file,
                who,
                held.file.id,
                TransferFile(to="Eva", token=token),
                online=offline,
                lifetime=LIFETIME,
            )
    assert await data.dump() == before


@pytest.mark.parametrize("to", ["Ben", "Nobody", "Anna", "server"])
async def test_it_goes_to_somebody_else_who_may_change_it(
    data: VaultData, held: FileState, anna: Session, ben: Session, to: str
) -> None:
    await give_role(data, ben, "reader")
    before = await data.dump()
    with pytest.raises(Invalid):
        await transfer(data, anna, held, to)
    assert await data.dump() == before


async def test_a_disabled_person_and_one_without_a_seat_get_nothing(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session
) -> None:
    await data.do(people.disable_person, eva, "Ben")
    await data.do(people.add_person, eva, "Cleo", password="kept", administrator=False)
    before = await data.dump()
    with pytest.raises(Invalid, match="may not change it"):
        await transfer(data, anna, held, "Ben")
    with pytest.raises(Invalid, match="not signed in on any computer"):
        await transfer(data, anna, held, "Cleo")
    assert await data.dump() == before


async def test_it_goes_to_the_seat_that_asked_or_is_connected_or_was_here_last(
    data: VaultData, anna: Session, ben: Session
) -> None:
    tablet = await data.person("Ben", seat_id="tablet")
    await data.person("Ben", seat_id="desk")
    data.clock.forward(hours=1)
    await data.store.write(lambda c: was_here(c, ben.person_id, "desk", at=data.clock.now))
    for number, (asks, connected, expected) in enumerate(
        [(None, None, "desk"), (None, "seat-Ben", "seat-Ben"), (tablet, "seat-Ben", "tablet")]
    ):
        file = (await data.add(anna, f"{number}.nc")).file
        state = await data.do(checkout.check_out, anna, file.id, CheckOut())
        request: str | None = None
        if asks is not None:
            request = (await data.do(asking.ask_for_file, asks, file.id, AskForFile())).id
        wish = TransferFile(to="Ben", token=token_of(state), request=request)
        done = await data.do(
            handover.transfer_file, anna, file.id, wish, online=lambda seat, on=connected: seat == on, lifetime=LIFETIME
        )
        assert done.file.lock is not None
        assert done.file.lock.seat == expected


async def test_the_request_is_answered_and_all_others_are_over(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session
) -> None:
    file = held.file.id
    request = await data.do(asking.ask_for_file, ben, file, AskForFile())
    await data.do(asking.ask_for_file, eva, file, AskForFile())
    with pytest.raises(Otherwise, match="does not ask"):
        await transfer(data, anna, held, "Eva", request=request.id)
    await transfer(data, anna, held, "Ben", request=request.id)
    assert [(each.kind, each.answer) for each in await inbox(data, anna)] == [
        ("release_requested", "transferred"),
        ("release_requested", "over"),
    ]
    assert [each.kind for each in await inbox(data, ben)] == ["lock_transferred"]
    assert [(each.kind, each.answer) for each in await inbox(data, eva)] == [("release_answered", "over")]
    assert await data.store.read(lambda c: asking.open_requests(c, ben)) == []


async def test_nobody_in_the_line_is_told_and_the_receiver_leaves_it(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session
) -> None:
    for who in (eva, ben):
        await data.do(waiting.wait_for_file, who, held.file.id)
    await transfer(data, anna, held, "Ben")
    assert await inbox(data, eva) == []
    line = await data.store.read(lambda c: waiting.line_of(c, anna, held.file.id))
    assert [each.person for each in line.waiters] == ["Eva"]


async def test_the_work_goes_along_and_is_both_peoples(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session
) -> None:
    parked = await park(data, anna, held)
    wish = TransferFile(to="Ben", token=token_of(held), parked=parked)
    outcome = await data.outcome(handover.transfer_file, anna, held.file.id, wish, online=offline, lifetime=LIFETIME)
    assert ChangedHint("parked", frozenset({anna.person_id, ben.person_id})) in outcome.hints
    for who in (anna, ben):
        [version] = await parked_of(data, who)
        assert (version.id, version.person, version.given_to) == (parked, "Anna", "Ben")
    found = await data.store.read(lambda c: handover.handed_over(c, ben, held.file.id))
    assert (found.giver, found.parked, found.at) == ("Anna", parked, data.clock.now)
    with pytest.raises(NotFound):
        await data.store.read(lambda c: handover.handed_over(c, eva, held.file.id))
    wish_in = CheckInParked(base="1.0", token=token_of(outcome.answer))
    done = await data.outcome(parking.check_in_parked, ben, parked, wish_in, is_here=True)
    assert (done.answer.file.head.number, done.answer.file.head.author) == ("1.1", "Ben")
    assert ChangedHint("parked", frozenset({anna.person_id, ben.person_id})) in done.hints
    assert await parked_of(data, anna) == []


async def test_somebody_elses_work_or_that_of_another_file_does_not_go_along(
    data: VaultData, held: FileState, anna: Session, ben: Session
) -> None:
    other = await data.do(checkout.check_out, anna, (await data.add(anna, "b.nc")).file.id, CheckOut())
    of_another = await park(data, anna, other)
    bens = await park(data, ben, held)
    before = await data.dump()
    for parked in (of_another, bens, "unknown"):
        with pytest.raises(NotFound, match="Park the work again"):
            await transfer(data, anna, held, "Ben", parked=parked)
    assert await data.dump() == before


async def test_the_receiver_drops_it_for_the_receiver_alone_and_the_giver_not_before(
    data: VaultData, held: FileState, anna: Session, ben: Session
) -> None:
    parked = await park(data, anna, held)
    await transfer(data, anna, held, "Ben", parked=parked)
    with pytest.raises(Forbidden, match="As long as Ben keeps it"):
        await data.do(parking.drop_parked, anna, parked)
    await data.do(parking.drop_parked, ben, parked)
    assert await parked_of(data, ben) == []
    [version] = await parked_of(data, anna)
    assert (version.id, version.given_to) == (parked, None)
    await data.do(parking.drop_parked, anna, parked)
    assert await parked_of(data, anna) == []


async def test_what_the_receiver_checks_in_as_it_came_is_parked_no_more(
    data: VaultData, held: FileState, anna: Session, ben: Session
) -> None:
    state = await transfer(data, anna, held, "Ben", parked=await park(data, anna, held))
    sent = await data.upload(ben, WORK)
    wish = CheckIn(upload=sent.id, base="1.0", token=token_of(state), size=sent.size, hash=sent.hash)
    outcome = await data.outcome(checkin.check_in, ben, held.file.id, wish)
    assert ChangedHint("parked", frozenset({anna.person_id, ben.person_id})) in outcome.hints
    assert await parked_of(data, anna) == await parked_of(data, ben) == []


# By an administrator


@pytest.mark.postgres
async def test_a_forced_file_is_free_its_holder_is_told_why_and_the_line_is_served(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session
) -> None:
    await data.do(waiting.wait_for_file, ben, held.file.id)
    done = await force(data, eva, held)
    assert done.file.lock is None
    [event] = await data.store.read(lambda c: events_after(c, data.vault, held.seq, limit=10))
    assert (event.type, event.data["why"], event.data["by"]) == ("file_unlocked", "forced", "Eva")
    [entry] = await inbox(data, anna)
    assert (entry.kind, entry.by, entry.text, entry.path) == ("lock_forced", "Eva", REASON, "a.nc")
    assert [each.kind for each in await inbox(data, ben)] == ["file_free"]
    assert REASON in (await data.dump())["audit"][-1][6]
    with pytest.raises(NotYours):
        await transfer(data, anna, held, "Ben")


async def test_only_administrators_of_the_vault_force_a_release(data: VaultData, held: FileState, ben: Session) -> None:
    before = await data.dump()
    with pytest.raises(Forbidden, match="administrator of the vault"):
        await force(data, ben, held)
    assert await data.dump() == before
    await give_role(data, ben, "administrator")
    assert (await force(data, ben, held)).file.lock is None


async def test_a_reason_has_to_say_something(data: VaultData, held: FileState, eva: Session) -> None:
    before = await data.dump()
    for reason in ("          ", "   short   "):
        wish = ForceRelease(token=token_of(held), reason=reason)
        with pytest.raises(Invalid, match="at least 10 characters"):
            await data.do(forcing.force_release, eva, held.file.id, wish, online=offline, lifetime=LIFETIME)
    assert await data.dump() == before


async def test_another_check_out_that_began_meanwhile_stays(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session
) -> None:
    await transfer(data, anna, held, "Ben")
    before = await data.dump()
    with pytest.raises(Otherwise, match="another check-out than you meant") as refused:
        await force(data, eva, held)
    assert refused.value.lock is not None
    assert await data.dump() == before
    await force(data, eva, await data.do(checkout.check_out, ben, held.file.id, CheckOut()))
    with pytest.raises(Otherwise, match="not checked out any more"):
        await force(data, eva, held)


async def test_a_forced_file_may_go_to_somebody_at_once_and_the_work_comes_after_it(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session
) -> None:
    done = await force(data, eva, held, "Ben")
    assert done.file.lock is not None
    assert (done.file.lock.locked_by, done.file.lock.seat) == ("Ben", "seat-Ben")
    [event] = await data.store.read(lambda c: events_after(c, data.vault, held.seq, limit=10))
    assert (event.type, event.data["from"], event.data["by"]) == ("file_locked", "Anna", "Eva")
    assert [(each.kind, each.by, each.text) for each in await inbox(data, anna)] == [("lock_forced", "Eva", REASON)]
    [told] = await inbox(data, ben)
    assert (told.kind, told.by, told.text) == ("lock_transferred", "Eva", REASON), "it is said who decided"
    waits = await data.store.read(lambda c: handover.handed_over(c, ben, held.file.id))
    assert (waits.giver, waits.parked) == ("Anna", None)
    parked = await park(data, anna, held)
    assert [each.kind for each in await inbox(data, ben)] == ["lock_transferred", "work_arrived"]
    assert [(each.id, each.given_to) for each in await parked_of(data, ben)] == [(parked, "Ben")]
    assert (await data.store.read(lambda c: handover.handed_over(c, ben, held.file.id))).parked == parked
    await park(data, anna, held)
    assert [each.kind for each in await inbox(data, ben)] == ["lock_transferred", "work_arrived"]


async def test_a_late_check_in_of_the_old_holder_comes_to_the_receiver_as_well(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session
) -> None:
    await force(data, eva, held, "Ben")
    sent = await data.upload(anna, WORK)
    wish = CheckIn(upload=sent.id, base="1.0", token=token_of(held), size=sent.size, hash=sent.hash)
    refused = await data.store.write(
        lambda c: parking.check_in_or_park(c, anna, held.file.id, wish, lifetime=LIFETIME, at=data.clock.now)
    )
    assert InboxHint(ben.person_id, 2) in refused.hints
    [version] = await parked_of(data, ben)
    assert (version.person, version.given_to) == ("Anna", "Ben")


async def test_what_a_person_parked_before_being_disabled_goes_to_the_next(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session
) -> None:
    """Anna's seat has parked what it has, and she is disabled before it can hand over."""
    parked = await park(data, anna, held)
    await data.do(people.disable_person, eva, "Anna")
    await force(data, eva, held, "Ben")
    assert [each.id for each in await parked_of(data, ben)] == [parked]
    found = await data.store.read(lambda c: handover.handed_over(c, ben, held.file.id))
    assert (found.giver, found.parked) == ("Anna", parked)


async def test_what_was_given_to_a_person_who_is_disabled_goes_to_the_next(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session
) -> None:
    cleo = await data.person("Cleo")
    parked = await park(data, anna, held)
    state = await transfer(data, anna, held, "Ben", parked=parked)
    await data.do(people.disable_person, eva, "Ben")
    await force(data, eva, state, "Cleo")
    assert [(each.id, each.person, each.given_to) for each in await parked_of(data, cleo)] == [(parked, "Anna", "Cleo")]


async def test_it_is_not_forced_to_the_one_who_has_it_or_to_nobody(
    data: VaultData, held: FileState, eva: Session
) -> None:
    before = await data.dump()
    for to in ("Anna", "Nobody"):
        with pytest.raises(Invalid):
            await force(data, eva, held, to)
    assert await data.dump() == before


async def test_an_earlier_gift_is_no_part_of_a_later_check_out(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session
) -> None:
    cleo, file = await data.person("Cleo"), held.file.id
    given = await transfer(data, anna, held, "Ben", parked=await park(data, anna, held))
    await data.do(checkout.undo_check_out, ben, file, UndoCheckOut(token=token_of(given)))
    data.clock.now += timedelta(minutes=1)
    again = await data.do(checkout.check_out, cleo, file, CheckOut())
    data.clock.now += timedelta(minutes=1)
    back = await transfer(data, cleo, again, "Ben")
    with pytest.raises(NotFound):
        await data.store.read(lambda c: handover.handed_over(c, ben, file))
    await force(data, eva, back, "Cleo")
    awaits = await data.store.read(lambda c: handover.handed_over(c, cleo, file))
    assert (awaits.giver, awaits.parked) == ("Ben", None)


async def test_who_may_not_read_the_vault_any_more_has_nothing_of_what_was_given(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session
) -> None:
    parked = await park(data, anna, held)
    await transfer(data, anna, held, "Ben", parked=parked)
    await give_role(data, ben, None)
    assert await parked_of(data, ben) == []
    with pytest.raises(NotFound):
        await data.store.read(lambda c: parking.parked_version(c, ben, parked))
    assert [each.id for each in await parked_of(data, anna)] == [parked]


async def test_who_may_not_read_the_vault_any_more_sees_and_hears_nothing_of_work_that_comes(
    data: VaultData, held: FileState, anna: Session, ben: Session, eva: Session
) -> None:
    await force(data, eva, held, "Ben")
    told = await inbox(data, ben)
    await give_role(data, ben, None)
    parked = await park(data, anna, held)
    assert await inbox(data, ben) == told
    assert await parked_of(data, ben) == []
    with pytest.raises(NotFound):
        await data.store.read(lambda c: parking.parked_version(c, ben, parked))
    assert [each.id for each in await parked_of(data, anna)] == [parked]
