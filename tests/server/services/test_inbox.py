"""Messages of administrators, which are acknowledged one by one."""

import pytest
from sqlalchemy import Connection, insert, select

from server.bus.base import ChangedHint, InboxHint
from server.domain.errors import Invalid, NotFound
from server.domain.session import Session
from server.protocol.calls import Acknowledge, InboxEntry
from server.services import inbox
from server.services.inbox import Message
from server.storage.tables import audit, message
from tests.support.vault_data import START, VaultData

STOPS = "Server stops at 17:00 for 10 minutes."


async def told(data: VaultData, who: Session, ada: Session) -> None:
    """Ada has told that person something; a lock was adopted before."""
    row = {"id": "m1", "sender": ada.person_id, "everybody": False, "text": STOPS, "at": START}
    await data.store.write(lambda c: c.execute(insert(message).values(row)))

    def send(connection: Connection) -> None:
        for one in (Message(kind="lock_adopted"), Message(kind="message", by="Ada", text=STOPS, message="m1")):
            inbox.send(connection, who.person_id, one, at=START)

    await data.store.write(send)


async def waiting(data: VaultData, who: Session) -> list[InboxEntry]:
    return await data.store.read(lambda c: inbox.open_messages(c, who))


async def test_a_message_waits_until_it_is_acknowledged_itself(data: VaultData, anna: Session, ben: Session) -> None:
    ada = await data.person("Ada", administrator=True)
    await told(data, anna, ada)
    await data.store.write(lambda c: inbox.acknowledge(c, anna, Acknowledge(number=2)))
    assert [(each.number, each.text, each.acknowledged) for each in await waiting(data, anna)] == [(2, STOPS, False)]
    assert await waiting(data, ben) == []
    done = await data.outcome(inbox.acknowledge_message, anna, 2)
    assert done.answer.acknowledged
    mine, administrators = done.hints
    assert mine == InboxHint(anna.person_id, 2)
    assert isinstance(administrators, ChangedHint)
    assert administrators.what == "messages"
    assert administrators.people is not None
    assert {anna.person_id, ada.person_id} <= administrators.people
    assert ben.person_id not in administrators.people
    assert await waiting(data, anna) == []
    [entry] = (await data.store.read(lambda c: inbox.read_inbox(c, anna, since=1))).entries
    assert entry.acknowledged


async def test_it_is_acknowledged_once(data: VaultData, anna: Session) -> None:
    ada = await data.person("Ada", administrator=True)
    await told(data, anna, ada)
    await data.do(inbox.acknowledge_message, anna, 2)
    again = await data.outcome(inbox.acknowledge_message, anna, 2)
    assert again.answer.acknowledged
    assert again.hints == ()
    rows = await data.store.read(lambda c: c.execute(select(audit.c.action)).scalars().all())
    assert rows.count("message_acknowledged") == 1


async def test_only_messages_of_administrators_and_only_mine(data: VaultData, anna: Session, ben: Session) -> None:
    await told(data, anna, await data.person("Ada", administrator=True))
    with pytest.raises(Invalid):
        await data.do(inbox.acknowledge_message, anna, 1)
    for who, number in ((anna, 3), (ben, 2)):
        with pytest.raises(NotFound):
            await data.do(inbox.acknowledge_message, who, number)
