"""The line for a file: in order, one after the other, for those who may have it; it reserves nothing."""

from datetime import timedelta

import pytest

from server.bus.base import InboxHint
from server.domain.errors import Forbidden, Gone, NotFound, Otherwise
from server.domain.session import Session
from server.protocol.calls import AskForFile, CheckOut, FileState, RestoreFile, UndoCheckOut
from server.services import asking, checkout, claims, deleting, people, waiting
from server.services.access import set_usual
from server.services.inbox import read_inbox
from server.services.releasing import LINES_CHANGED
from server.services.telling import due_files, tell_all_due, tell_next_if_due
from tests.support.vault_data import VaultData
from tests.support.vault_roles import give_role

AFTER = timedelta(minutes=5)


@pytest.fixture
async def cleo(data: VaultData) -> Session:
    return await data.person("Cleo")


@pytest.fixture
async def held(data: VaultData, anna: Session) -> FileState:
    """A file that Anna has."""
    file = (await data.add(anna, "a.nc")).file
    return await data.do(checkout.check_out, anna, file.id, CheckOut())


async def undo(data: VaultData, who: Session, state: FileState) -> None:
    assert state.file.lock is not None
    await data.do(checkout.undo_check_out, who, state.file.id, UndoCheckOut(token=state.file.lock.token))


async def wait(data: VaultData, file: str, *people: Session) -> None:
    for who in people:
        await data.do(waiting.wait_for_file, who, file)


async def in_line(data: VaultData, who: Session, file: str) -> list[tuple[str, bool]]:
    line = await data.store.read(lambda c: waiting.line_of(c, who, file))
    return [(each.person, each.told is not None) for each in line.waiters]


async def told(data: VaultData, who: Session) -> list[str]:
    inbox = await data.store.read(lambda c: read_inbox(c, who, since=0))
    return [each.kind for each in inbox.entries]


async def test_who_waits_stands_in_order_and_keeps_the_place(
    data: VaultData, held: FileState, anna: Session, ben: Session, cleo: Session
) -> None:
    file = held.file.id
    outcome = await data.outcome(waiting.wait_for_file, cleo, file)
    assert outcome.hints == (LINES_CHANGED,)
    data.clock.forward(minutes=1)
    await wait(data, file, ben)
    before = await data.dump()
    again = await data.outcome(waiting.wait_for_file, cleo, file)
    assert [each.person for each in again.answer.waiters] == ["Cleo", "Ben"]
    assert (again.hints, await data.dump()) == ((), before)
    lines = await data.store.read(lambda c: waiting.lines(c, anna))
    assert [(each.file, each.path, [w.person for w in each.waiters]) for each in lines.lines] == [
        (file, "a.nc", ["Cleo", "Ben"])
    ]


async def test_my_lines_are_those_in_which_i_am_with_all_who_wait_there(
    data: VaultData, held: FileState, anna: Session, ben: Session, cleo: Session
) -> None:
    other = await data.do(checkout.check_out, anna, (await data.add(anna, "b.nc")).file.id, CheckOut())
    await wait(data, held.file.id, cleo, ben)
    await wait(data, other.file.id, cleo)

    async def paths(who: Session, *, mine: bool) -> list[tuple[str, list[str]]]:
        found = await data.store.read(lambda c: waiting.lines(c, who, mine=mine))
        return [(each.path, [waiter.person for waiter in each.waiters]) for each in found.lines]

    everything = [("a.nc", ["Cleo", "Ben"]), ("b.nc", ["Cleo"])]
    assert await paths(ben, mine=False) == everything
    assert await paths(ben, mine=True) == everything[:1]
    assert await paths(cleo, mine=True) == everything
    assert await paths(anna, mine=True) == []
    await give_role(data, ben, None)
    assert await paths(ben, mine=True) == []


async def test_nobody_waits_for_a_free_file_or_an_own_one_or_one_to_read(
    data: VaultData, held: FileState, anna: Session, ben: Session
) -> None:
    file = held.file.id
    with pytest.raises(Otherwise, match="yourself"):
        await wait(data, file, anna)
    await give_role(data, ben, "reader")
    with pytest.raises(Forbidden):
        await wait(data, file, ben)
    await give_role(data, ben, None)
    with pytest.raises(NotFound):
        await wait(data, file, ben)
    assert (await data.store.read(lambda c: waiting.lines(c, ben))).lines == []
    await give_role(data, ben, "editor")
    await undo(data, anna, held)
    with pytest.raises(Otherwise, match="is free"):
        await wait(data, file, ben)
    await data.do(deleting.delete_file, anna, file)
    with pytest.raises(Gone):
        await wait(data, file, ben)
    assert (await data.dump())["waiting"] == []


async def test_the_first_is_told_at_once_and_the_next_when_it_is_still_free_later(
    data: VaultData, held: FileState, anna: Session, ben: Session, cleo: Session
) -> None:
    file = held.file.id
    await wait(data, file, ben, cleo)
    assert held.file.lock is not None
    wish = UndoCheckOut(token=held.file.lock.token)
    outcome = await data.outcome(checkout.undo_check_out, anna, file, wish)
    assert {LINES_CHANGED, InboxHint(ben.person_id, 1)} <= set(outcome.hints)
    assert await in_line(data, anna, file) == [("Ben", True), ("Cleo", False)]
    for minutes, cleos in ((4, []), (1, ["file_free"]), (10, ["file_free"])):
        data.clock.forward(minutes=minutes)
        await tell_all_due(data.store, after=AFTER, now=data.clock.now)
        assert (await told(data, ben), await told(data, cleo)) == (["file_free"], cleos)


async def test_who_is_told_has_nothing_reserved_and_the_next_is_told_at_the_next_release(
    data: VaultData, held: FileState, anna: Session, ben: Session, cleo: Session
) -> None:
    file = held.file.id
    await wait(data, file, ben, cleo)
    await undo(data, anna, held)
    state = await data.do(checkout.check_out, anna, file, CheckOut())
    assert await in_line(data, anna, file) == [("Cleo", False)]
    data.clock.forward(minutes=20)
    assert await tell_all_due(data.store, after=AFTER, now=data.clock.now) == []
    await undo(data, anna, state)
    assert (await told(data, ben), await told(data, cleo)) == (["file_free"], ["file_free"])


async def test_whoever_checks_it_out_leaves_the_line(
    data: VaultData, held: FileState, anna: Session, ben: Session, cleo: Session
) -> None:
    file = held.file.id
    await wait(data, file, ben, cleo)
    await undo(data, anna, held)
    outcome = await data.outcome(checkout.check_out, cleo, file, CheckOut())
    assert LINES_CHANGED in outcome.hints
    assert await in_line(data, anna, file) == []


async def test_leaving_the_line_tells_the_next_of_a_free_file_at_once(
    data: VaultData, held: FileState, anna: Session, ben: Session, cleo: Session
) -> None:
    file = held.file.id
    await wait(data, file, ben, cleo)
    await undo(data, anna, held)
    await data.do(waiting.wait_no_longer, ben, file)
    (message,) = (await data.store.read(lambda c: read_inbox(c, cleo, since=0))).entries
    assert (message.kind, message.by) == ("file_free", None), "who leaves the line has released nothing"
    with pytest.raises(NotFound, match="do not wait"):
        await data.do(waiting.wait_no_longer, ben, file)


async def test_leaving_the_line_of_a_held_file_tells_nobody(
    data: VaultData, held: FileState, anna: Session, ben: Session, cleo: Session
) -> None:
    await wait(data, held.file.id, ben, cleo)
    await data.do(waiting.wait_no_longer, ben, held.file.id)
    assert await told(data, cleo) == []
    assert await in_line(data, anna, held.file.id) == [("Cleo", False)]


async def test_who_may_not_have_it_any_more_is_passed_over(
    data: VaultData, held: FileState, anna: Session, ben: Session, cleo: Session
) -> None:
    await wait(data, held.file.id, ben, cleo)
    await give_role(data, ben, "reader")
    await undo(data, anna, held)
    assert (await told(data, ben), await told(data, cleo)) == ([], ["file_free"])
    assert await in_line(data, anna, held.file.id) == [("Cleo", True)]


async def test_changed_access_and_a_disabled_person_empty_their_places(
    data: VaultData, held: FileState, anna: Session, ben: Session, cleo: Session
) -> None:
    file = held.file.id
    eva = await data.person("Eva", administrator=True)
    await wait(data, file, ben, cleo, eva)
    await give_role(data, ben, None)
    hints = await data.store.write(lambda c: claims.drop_lost_claims(c, data.vault, at=data.clock.now))
    assert hints == (LINES_CHANGED,)
    assert await in_line(data, anna, file) == [("Cleo", False), ("Eva", False)]
    await data.do(people.disable_person, eva, "Cleo")
    assert await in_line(data, anna, file) == [("Eva", False)]
    assert await data.store.write(lambda c: claims.drop_lost_claims(c, data.vault, at=data.clock.now)) == ()


@pytest.mark.parametrize("lost", ["usual roles", "administration"])
async def test_who_loses_a_vault_by_what_the_server_says_asks_and_waits_no_longer(
    data: VaultData, held: FileState, anna: Session, ben: Session, lost: str
) -> None:
    """Neither names the vault, so that all in which the person has asked for something are looked at."""
    file = held.file.id
    eva, olga = await data.person("Eva", administrator=True), await data.person("Olga", administrator=True)
    for who in (ben, olga):
        await data.do(asking.ask_for_file, who, file, AskForFile())
    await wait(data, file, ben, olga)

    async def asked() -> set[str]:
        found = await data.store.read(lambda c: asking.open_requests(c, anna))
        return {each.asker for each in found}

    if lost == "usual roles":
        await data.do(set_usual, eva, "Olga", usual=False)
        assert await asked() == {"Ben", "Olga"}, "an administrator reads the vault all the same"
        outcome = await data.outcome(set_usual, eva, "Ben", usual=False)
        stays = "Olga"
    else:
        await give_role(data, olga, None)
        outcome = await data.outcome(people.make_administrator, eva, "Olga", administrator=False)
        stays = "Ben"
    assert LINES_CHANGED in outcome.hints
    assert await in_line(data, anna, file) == [(stays, False)]
    assert await asked() == {stays}


async def test_the_line_of_a_deleted_file_stands_still_until_it_is_back(
    data: VaultData, held: FileState, anna: Session, ben: Session
) -> None:
    file = held.file.id
    await wait(data, file, ben)
    await data.do(deleting.delete_file, anna, file)
    assert await told(data, ben) == []
    assert await data.store.read(lambda c: due_files(c, before=data.clock.now)) == []
    assert (await data.store.read(lambda c: waiting.lines(c, anna))).lines == []
    await data.do(deleting.restore_file, anna, file, RestoreFile())
    assert await told(data, ben) == ["file_free"]


async def test_somebody_who_was_faster_than_the_timer_is_not_overlooked(
    data: VaultData, held: FileState, anna: Session, ben: Session, cleo: Session
) -> None:
    """Between the look at all lines and the word to the next one the file may be taken."""
    file = held.file.id
    await wait(data, file, ben, cleo)
    await undo(data, anna, held)
    data.clock.forward(minutes=6)
    now = data.clock.now
    assert await data.store.read(lambda c: due_files(c, before=now - AFTER)) == [file]
    await data.do(checkout.check_out, anna, file, CheckOut())
    assert await data.store.write(lambda c: tell_next_if_due(c, file, before=now - AFTER, at=now)) == ()
    assert await told(data, cleo) == []
