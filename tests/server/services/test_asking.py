"""Asking the holder of a file for it: who may, what both are told, and how a request ends."""

import pytest

from server.bus.base import ChangedHint, InboxHint
from server.domain.errors import Forbidden, Gone, NoSeat, NotFound, Otherwise
from server.domain.session import Session
from server.protocol.calls import AskForFile, CheckOut, FileState, KeepFile, Request, UndoCheckOut
from server.services import asking, checkout, deleting, people
from server.services.inbox import read_inbox
from server.services.record import first_break_in_audit
from tests.support.vault_data import VaultData
from tests.support.vault_roles import give_role


async def held(data: VaultData, who: Session, path: str = "a.nc") -> FileState:
    file = (await data.add(who, path)).file
    return await data.do(checkout.check_out, who, file.id, CheckOut(message="new clamp"))


async def ask(data: VaultData, who: Session, file: str, text: str | None = None) -> Request:
    return await data.do(asking.ask_for_file, who, file, AskForFile(text=text))


async def told(data: VaultData, who: Session) -> list[tuple[str, str | None, str | None, str | None]]:
    inbox = await data.store.read(lambda c: read_inbox(c, who, since=0))
    return [(each.kind, each.by, each.text, each.answer) for each in inbox.entries]


async def open_of(data: VaultData, who: Session) -> list[str]:
    found = await data.store.read(lambda c: asking.open_requests(c, who))
    return [each.id for each in found]


async def test_the_holder_is_asked_and_told_from_where_and_why(data: VaultData, anna: Session, ben: Session) -> None:
    state = await held(data, anna)
    outcome = await data.outcome(asking.ask_for_file, ben, state.file.id, AskForFile(text=" the night shift "))
    request = outcome.answer
    assert (request.asker, request.computer, request.holder, request.text, request.path) == (
        "Ben", "CAM-seat-Ben", "Anna", "the night shift", "a.nc"
    )  # fmt: skip
    assert state.file.lock is not None
    assert (request.token, request.answer, request.at) == (state.file.lock.token, None, data.clock.now)
    both = frozenset({anna.person_id, ben.person_id})
    assert set(outcome.hints) == {ChangedHint("requests", both), InboxHint(anna.person_id, 1)}
    assert await told(data, anna) == [("release_requested", "Ben", "the night shift", None)]
    assert await open_of(data, anna) == await open_of(data, ben) == [request.id]
    assert (await data.dump())["audit"][-1][3] == "asked_for"


async def test_a_file_is_asked_for_once_and_only_of_somebody_else(data: VaultData, anna: Session, ben: Session) -> None:
    file = (await data.add(anna, "a.nc")).file.id
    with pytest.raises(Otherwise, match="is free"):
        await ask(data, ben, file)
    state = await data.do(checkout.check_out, anna, file, CheckOut())
    with pytest.raises(Otherwise, match="yourself, on CAM-seat-Anna"):
        await ask(data, await data.person("Anna", seat_id="laptop"), file)
    await ask(data, ben, file)
    before = await data.dump()
    with pytest.raises(Otherwise, match="already"):
        await ask(data, ben, file)
    assert await data.dump() == before
    assert state.file.lock is not None
    await data.do(checkout.undo_check_out, anna, file, UndoCheckOut(token=state.file.lock.token))
    await data.do(deleting.delete_file, anna, file)
    with pytest.raises(Gone):
        await ask(data, ben, file)


async def test_who_may_not_change_or_read_the_file_or_has_no_seat_cannot_ask(
    data: VaultData, anna: Session, ben: Session
) -> None:
    file = (await held(data, anna)).file.id
    browser = Session(
        id="b", person_id=ben.person_id, person="Ben", administrator=False, seat=None, expires=ben.expires
    )
    with pytest.raises(NoSeat):
        await ask(data, browser, file)
    await give_role(data, ben, "reader")
    with pytest.raises(Forbidden):
        await ask(data, ben, file)
    await give_role(data, ben, None)
    with pytest.raises(NotFound):
        await ask(data, ben, file)
    assert (await data.dump())["request"] == []


async def test_keeping_it_answers_the_asker_with_the_reply_and_once(
    data: VaultData, anna: Session, ben: Session
) -> None:
    request = await ask(data, ben, (await held(data, anna)).file.id)
    outcome = await data.outcome(asking.keep_file, anna, request.id, KeepFile(reply="until four"))
    assert (outcome.answer.answer, outcome.answer.reply) == ("kept", "until four")
    assert InboxHint(ben.person_id, 1) in outcome.hints
    assert await told(data, ben) == [("release_answered", "Anna", "until four", "kept")]
    assert await told(data, anna) == [("release_requested", "Ben", None, "kept")]
    assert await open_of(data, anna) == []
    before = await data.dump()
    with pytest.raises(Otherwise, match="is over"):
        await data.do(asking.keep_file, anna, request.id, KeepFile())
    assert await data.dump() == before
    assert (await ask(data, ben, request.file)).id != request.id


async def test_only_the_holder_answers_and_only_the_asker_withdraws(
    data: VaultData, anna: Session, ben: Session
) -> None:
    request = await ask(data, ben, (await held(data, anna)).file.id)
    eva = await data.person("Eva", administrator=True)
    for who in (ben, eva):
        with pytest.raises(NotFound):
            await data.do(asking.keep_file, who, request.id, KeepFile())
    for who in (anna, eva):
        with pytest.raises(NotFound):
            await data.do(asking.withdraw_request, who, request.id)
    assert await open_of(data, eva) == []
    await data.do(asking.withdraw_request, ben, request.id)
    assert await open_of(data, anna) == []
    assert await told(data, anna) == [("release_requested", "Ben", None, "withdrawn")]
    with pytest.raises(Otherwise, match="is over"):
        await data.do(asking.withdraw_request, ben, request.id)


async def test_an_undo_answers_everybody_who_asked_that_it_is_free(
    data: VaultData, anna: Session, ben: Session
) -> None:
    cleo = await data.person("Cleo")
    state = await held(data, anna)
    for who in (ben, cleo):
        await ask(data, who, state.file.id)
    assert state.file.lock is not None
    wish = UndoCheckOut(token=state.file.lock.token)
    outcome = await data.outcome(checkout.undo_check_out, anna, state.file.id, wish)
    assert {InboxHint(ben.person_id, 1), InboxHint(cleo.person_id, 1)} <= set(outcome.hints)
    for who in (ben, cleo):
        assert await told(data, who) == [("release_answered", "Anna", None, "released")]
        assert await open_of(data, who) == []
    assert await data.store.read(first_break_in_audit) is None


async def test_a_deleted_file_is_not_called_free(data: VaultData, anna: Session, ben: Session) -> None:
    file = (await held(data, anna)).file.id
    await ask(data, ben, file)
    await data.do(deleting.delete_file, anna, file)
    assert await told(data, ben) == [("release_answered", "Anna", None, "over")]


async def test_what_was_asked_of_a_person_goes_on_where_that_person_takes_the_file_over(
    data: VaultData, anna: Session, ben: Session
) -> None:
    file = (await held(data, anna)).file.id
    request = await ask(data, ben, file)
    laptop = await data.person("Anna", seat_id="laptop")
    await data.do(checkout.adopt, laptop, file)
    found = await data.store.read(lambda c: asking.open_requests(c, laptop))
    assert [(each.id, each.token) for each in found] == [(request.id, request.token + 1)]


async def test_who_is_disabled_asks_for_nothing_any_more(data: VaultData, anna: Session, ben: Session) -> None:
    await ask(data, ben, (await held(data, anna)).file.id)
    eva = await data.person("Eva", administrator=True)
    outcome = await data.outcome(people.disable_person, eva, "Ben")
    assert ChangedHint("requests") in outcome.hints
    assert await open_of(data, anna) == []
    assert await told(data, anna) == [("release_requested", "Ben", None, "over")]
