"""Taking a lock, giving it back, adopting it: who holds, which token, what is told, and who is refused."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event

from server.bus.base import InboxHint, VaultHint
from server.domain.errors import Gone, Locked, NoSeat, NotFound, NotYours
from server.domain.session import Session
from server.protocol.calls import CheckOut, FileState, UndoCheckOut
from server.services import checkout, deleting
from server.services.idempotency import Call, once
from server.services.inbox import read_inbox
from server.services.reading import events_after, held_by_seat
from server.services.record import first_break_in_audit
from tests.support.vault_data import VaultData


async def take(data: VaultData, who: Session, file: str, message: str | None = None) -> FileState:
    return await data.do(checkout.check_out, who, file, CheckOut(message=message))


async def test_a_checkout_names_person_seat_computer_time_and_reason(data: VaultData, anna: Session) -> None:
    file = (await data.add(anna, "Parts/bracket.nc")).file
    data.clock.forward(hours=2)
    taken = await take(data, anna, file.id, "  new clamp ")
    lock = taken.file.lock
    assert lock is not None
    assert (lock.locked_by, lock.seat, lock.computer, lock.message) == (
        "Anna",
        "seat-Anna",
        "CAM-seat-Anna",
        "new clamp",
    )
    assert (lock.since, lock.token) == (data.clock.now, 1)
    assert await data.file(file.id) == taken.file
    assert await data.store.read(lambda c: held_by_seat(c, anna.person_id, "seat-Anna")) == {file.id}


async def test_a_checkout_is_one_event_at_the_answers_seq_and_one_hint(data: VaultData, anna: Session) -> None:
    file = (await data.add(anna, "a.nc")).file
    outcome = await data.outcome(checkout.check_out, anna, file.id, CheckOut(message="why"))
    assert outcome.hints == (VaultHint(data.vault, outcome.answer.seq),)
    [event] = await data.store.read(lambda c: events_after(c, data.vault, 1, limit=10))
    assert (event.seq, event.type) == (outcome.answer.seq, "file_locked")
    assert (event.data["locked_by"], event.data["message"], event.data["token"]) == ("Anna", "why", 1)


async def test_a_held_file_is_refused_with_its_holder_in_words(data: VaultData, anna: Session, ben: Session) -> None:
    file = (await data.add(anna, "a.nc")).file
    await take(data, anna, file.id, "deburring")
    before = await data.dump()
    with pytest.raises(Locked) as refused:
        await take(data, ben, file.id)
    for word in ("a.nc", "Anna", "CAM-seat-Anna", "2 Mar 2026, 08:00 UTC", "deburring"):
        assert word in refused.value.detail
    assert refused.value.lock is not None
    assert refused.value.lock.locked_by == "Anna"
    assert await data.dump() == before


async def test_the_same_seat_gets_the_same_lock_again(data: VaultData, anna: Session) -> None:
    file = (await data.add(anna, "a.nc")).file
    first = await take(data, anna, file.id)
    before = await data.dump()
    again = await data.outcome(checkout.check_out, anna, file.id, CheckOut(message="other"))
    assert again.answer == first
    assert again.hints == ()
    assert await data.dump() == before


async def test_my_other_seat_is_told_that_it_is_me(data: VaultData, anna: Session) -> None:
    other = await data.person("Anna", seat_id="laptop")
    file = (await data.add(anna, "a.nc")).file
    await take(data, anna, file.id)
    with pytest.raises(Locked, match="checked out by you on CAM-seat-Anna"):
        await take(data, other, file.id)


@pytest.mark.postgres
async def test_tokens_grow_over_undo_and_never_start_again(data: VaultData, anna: Session, ben: Session) -> None:
    file = (await data.add(anna, "a.nc")).file
    tokens = []
    for who in (anna, ben, anna):
        taken = (await take(data, who, file.id)).file.lock
        assert taken is not None
        tokens.append(taken.token)
        await data.do(checkout.undo_check_out, who, file.id, UndoCheckOut(token=taken.token))
    assert tokens == [1, 2, 3]


async def test_undo_needs_the_lock_the_seat_and_the_token(data: VaultData, anna: Session, ben: Session) -> None:
    laptop = await data.person("Anna", seat_id="laptop")
    file = (await data.add(anna, "a.nc")).file
    with pytest.raises(NotYours, match="is not checked out"):
        await data.do(checkout.undo_check_out, anna, file.id, UndoCheckOut(token=1))
    await take(data, anna, file.id)
    before = await data.dump()
    for who, token, words in ((ben, 1, "by Anna"), (laptop, 1, "You have"), (anna, 2, "You have")):
        with pytest.raises(NotYours, match=words) as refused:
            await data.do(checkout.undo_check_out, who, file.id, UndoCheckOut(token=token))
        assert refused.value.lock is not None
    assert await data.dump() == before


async def test_adopting_moves_my_lock_with_a_new_token_and_a_note_to_me(data: VaultData, anna: Session) -> None:
    laptop = await data.person("Anna", seat_id="laptop")
    file = (await data.add(anna, "a.nc")).file
    await take(data, anna, file.id, "why")
    data.clock.forward(minutes=5)
    outcome = await data.outcome(checkout.adopt, laptop, file.id)
    lock = outcome.answer.file.lock
    assert lock is not None
    assert (lock.seat, lock.token, lock.message, lock.since) == ("laptop", 2, "why", data.clock.now)
    assert InboxHint(anna.person_id, 1) in outcome.hints
    inbox = await data.store.read(lambda c: read_inbox(c, anna, since=0))
    assert [(entry.kind, entry.file, entry.computer) for entry in inbox.entries] == [
        ("lock_adopted", file.id, "CAM-laptop")
    ]
    with pytest.raises(NotYours):
        await data.do(checkout.undo_check_out, anna, file.id, UndoCheckOut(token=1))


async def test_only_my_own_lock_can_be_adopted(data: VaultData, anna: Session, ben: Session) -> None:
    file = (await data.add(anna, "a.nc")).file
    with pytest.raises(NotYours):
        await data.do(checkout.adopt, ben, file.id)
    await take(data, anna, file.id)
    with pytest.raises(Locked, match="Anna"):
        await data.do(checkout.adopt, ben, file.id)


async def test_without_a_seat_nothing_is_checked_out(data: VaultData, anna: Session) -> None:
    browser = Session(
        id="b", person_id=anna.person_id, person="Anna", administrator=False, seat=None, expires=anna.expires
    )
    file = (await data.add(browser, "a.nc")).file
    before = await data.dump()
    with pytest.raises(NoSeat, match="PDM Desktop"):
        await take(data, browser, file.id)
    assert await data.dump() == before


async def test_unknown_and_deleted_files_are_said_to_be_so(data: VaultData, anna: Session) -> None:
    file = (await data.add(anna, "a.nc")).file
    await data.do(deleting.delete_file, anna, file.id)
    with pytest.raises(Gone, match=r"a\.nc"):
        await take(data, anna, file.id)
    with pytest.raises(NotFound):
        await take(data, anna, "nothing")


@pytest.mark.postgres
async def test_of_32_who_race_for_one_file_exactly_one_holds_it(data: VaultData, anna: Session) -> None:
    file = (await data.add(anna, "a.nc")).file
    racers = [await data.person(f"Racer {number}", seat_id=f"s{number}") for number in range(32)]
    results = await asyncio.gather(*(take(data, who, file.id) for who in racers), return_exceptions=True)
    winners = [each for each in results if isinstance(each, FileState)]
    losers = [each for each in results if isinstance(each, Locked)]
    assert (len(winners), len(losers)) == (1, 31)
    assert winners[0].file.lock is not None
    assert {each.lock for each in losers} == {winners[0].file.lock}


async def test_seqs_have_no_gaps_and_the_audit_chain_no_fork_after_a_race(data: VaultData, anna: Session) -> None:
    people = [await data.person(f"Racer {number}", seat_id=f"s{number}") for number in range(8)]
    files = [(await data.add(anna, f"{number}.nc")).file for number in range(4)]

    async def work(who: Session) -> None:
        for file in files:
            try:
                taken = (await take(data, who, file.id)).file.lock
            except Locked:
                continue
            assert taken is not None
            await data.do(checkout.undo_check_out, who, file.id, UndoCheckOut(token=taken.token))

    await asyncio.gather(*(work(who) for who in people))
    events = await data.store.read(lambda c: events_after(c, data.vault, 0, limit=1_000))
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert await data.store.read(first_break_in_audit) is None


async def test_a_checkout_takes_eleven_statements(data: VaultData, anna: Session) -> None:
    file = (await data.add(anna, "a.nc")).file
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: Any) -> None:
        statements.append(statement)

    call = Call(person_id=anna.person_id, key="k", fingerprint="f")
    now = data.clock.now

    def use_case(connection: Any) -> object:
        sqlalchemy_event.listen(connection, "before_cursor_execute", note)
        return once(connection, call, lambda: checkout.check_out(connection, anna, file.id, CheckOut(), at=now), at=now)

    await data.store.write(use_case)
    assert len(statements) == 11, "\n".join(statements)
