"""Messages: who gets one, what stands in the inbox, who has acknowledged it, and who may send."""

from typing import Any

import pytest
from sqlalchemy import update

from server.bus.base import ChangedHint, InboxHint
from server.domain.errors import Forbidden, Invalid, NotFound
from server.domain.session import Session
from server.protocol.calls import SendMessage, SentMessages
from server.services import inbox, messages, people
from server.storage import tables
from tests.support.vault_data import START, VaultData

TO_ALL = SendMessage(text="Server stops at 17:00\r\nfor 10 minutes.", everybody=True)


@pytest.fixture
async def ada(data: VaultData) -> Session:
    return await data.person("Ada", administrator=True)


async def sent(data: VaultData, who: Session, cursor: str | None = None) -> SentMessages:
    return await data.store.read(lambda c: messages.list_messages(c, who, cursor=cursor))


async def acknowledge(data: VaultData, whose: Session) -> None:
    mine = tables.inbox.c.person == whose.person_id
    await data.store.write(lambda c: c.execute(update(tables.inbox).where(mine).values(acknowledged=START)))


async def test_everybody_else_who_may_sign_in_gets_it(
    data: VaultData, anna: Session, ben: Session, ada: Session
) -> None:
    await data.person("Cleo")
    await data.do(people.disable_person, ada, "Cleo")
    outcome = await data.outcome(messages.send_message, ada, TO_ALL)
    assert (outcome.answer.receivers, outcome.answer.everybody, outcome.answer.to) == (2, True, None)
    assert set(outcome.hints) == {
        InboxHint(anna.person_id, 1), InboxHint(ben.person_id, 1), ChangedHint("messages", frozenset({ada.person_id}))
    }  # fmt: skip
    [entry] = (await data.store.read(lambda c: inbox.read_inbox(c, ben, since=0))).entries
    assert (entry.kind, entry.by, entry.text, entry.message) == (
        "message", "Ada", "Server stops at 17:00\nfor 10 minutes.", outcome.answer.id
    )  # fmt: skip
    assert not entry.acknowledged


async def test_one_person_gets_it_and_nobody_else(data: VaultData, anna: Session, ben: Session, ada: Session) -> None:
    told = await data.do(messages.send_message, ada, SendMessage(text="Please check in op20.", to="ANNA"))
    assert (told.to, told.receivers) == ("Anna", 1)
    assert (await data.store.read(lambda c: inbox.read_inbox(c, ben, since=0))).entries == []
    [listed] = (await sent(data, ada)).messages
    assert listed == told


async def test_the_list_says_who_has_acknowledged_it(
    data: VaultData, anna: Session, ben: Session, ada: Session
) -> None:
    told = await data.do(messages.send_message, ada, TO_ALL)
    await acknowledge(data, anna)
    [listed] = (await sent(data, ada)).messages
    assert (listed.receivers, listed.acknowledged) == (2, 1)
    found = await data.store.read(lambda c: messages.receipts_of(c, ada, told.id))
    assert [(each.person, each.acknowledged) for each in found.receipts] == [("Ben", None), ("Anna", START)]


async def test_the_newest_are_first_and_a_page_leads_to_the_next(
    data: VaultData, anna: Session, ada: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "PAGE_ITEMS", 2)
    for number in range(3):
        data.clock.forward(minutes=1)
        await data.do(messages.send_message, ada, SendMessage(text=f"Number {number}", to="Anna"))
    first = await sent(data, ada)
    assert [each.text for each in first.messages] == ["Number 2", "Number 1"]
    rest = await sent(data, ada, first.cursor)
    assert ([each.text for each in rest.messages], rest.cursor) == (["Number 0"], None)


@pytest.mark.parametrize(
    ("wish", "error", "why"),
    [
        (SendMessage(text=" \n ", everybody=True), Invalid, "empty"),
        (SendMessage(text="Hello"), Invalid, "to one person or to everybody"),
        (SendMessage(text="Hello", to="Anna", everybody=True), Invalid, "to one person or to everybody"),
        (SendMessage(text="Hello", to="Nobody"), NotFound, "Nobody"),
        (SendMessage(text="Hello", to="server"), NotFound, "server"),
        (SendMessage(text="Hello", to="Cleo"), Invalid, "Enable Cleo first"),
        (SendMessage(text="Hello \x07", to="Anna"), Invalid, "control characters"),
    ],
    ids=["blank", "to-nobody", "to-both", "unknown", "operator", "disabled", "bell"],
)
async def test_what_is_refused_reaches_nobody(
    data: VaultData, anna: Session, ada: Session, wish: SendMessage, error: type[Exception], why: str
) -> None:
    await data.person("Cleo")
    await data.do(people.disable_person, ada, "Cleo")
    before = await data.dump()
    with pytest.raises(error, match=why):
        await data.do(messages.send_message, ada, wish)
    assert await data.dump() == before


async def test_alone_there_is_nobody_to_tell(data: VaultData, ada: Session) -> None:
    with pytest.raises(Invalid, match="nobody else"):
        await data.do(messages.send_message, ada, TO_ALL)


async def test_only_administrators_send_and_see_them(data: VaultData, anna: Session, ada: Session) -> None:
    told = await data.do(messages.send_message, ada, SendMessage(text="Hello", to="Anna"))
    reads: list[Any] = [
        lambda c: messages.list_messages(c, anna, cursor=None),
        lambda c: messages.receipts_of(c, anna, told.id),
    ]
    for read in reads:
        with pytest.raises(Forbidden):
            await data.store.read(read)
    with pytest.raises(Forbidden):
        await data.do(messages.send_message, anna, SendMessage(text="Hello", to="Ada"))
    with pytest.raises(NotFound):
        await data.store.read(lambda c: messages.receipts_of(c, ada, "nowhere"))
