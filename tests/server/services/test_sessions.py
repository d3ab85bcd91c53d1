"""Sessions in the store: what a sign-in needs at the moment of its commit, and what the end of one tells."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from server.bus.base import ChangedHint, SessionHint
from server.domain.errors import Forbidden, NameTaken, NotFound, SeatTaken, WrongPassword
from server.domain.session import Session
from server.protocol.calls import SeatInfo
from server.services import directory, people, sessions
from server.services.directory import Present
from server.services.outcome import Outcome
from server.storage.tables import person, session
from tests.support.vault_data import START, VaultData

SEAT = SeatInfo(id="new", computer="CAM-9", system="Windows 11", version="0.1.0")
MONTH = timedelta(days=30)
NOBODY = Present(people=set(), away={}, last={})


async def test_a_password_that_changed_meanwhile_lets_nobody_in(data: VaultData, anna: Session) -> None:
    before = await data.dump()
    with pytest.raises(WrongPassword):
        await data.do(sessions.sign_in, "Anna", "an older one", seat_info=None, lifetime=MONTH)
    assert await data.dump() == before


async def test_a_disabled_person_cannot_sign_in_until_given_a_password(data: VaultData, anna: Session) -> None:
    ada = await data.person("Ada", administrator=True)
    ended = await data.outcome(people.disable_person, ada, "anna")
    assert SessionHint(anna.id) in ended.hints
    assert await data.store.read(lambda c: sessions.kept_password(c, "Anna")) is None
    with pytest.raises(WrongPassword):
        await data.do(sessions.sign_in, "Anna", "kept", seat_info=None, lifetime=MONTH)
    await data.do(people.set_password, ada, "Anna", password="new")
    begun = await data.do(sessions.sign_in, "anna", "new", seat_info=SEAT, lifetime=MONTH)
    assert (begun.person, begun.seat, begun.computer, begun.expires) == ("Anna", "new", "CAM-9", START + MONTH)


async def test_a_seat_has_one_session_and_one_person(data: VaultData, anna: Session, ben: Session) -> None:
    first = await data.do(sessions.sign_in, "Anna", "kept", seat_info=SEAT, lifetime=MONTH)
    again = await data.outcome(sessions.sign_in, "Anna", "kept", seat_info=SEAT, lifetime=MONTH)
    assert again.hints == (SessionHint(first.id), ChangedHint("seats", frozenset({anna.person_id})))
    before = await data.dump()
    with pytest.raises(SeatTaken):
        await data.do(sessions.sign_in, "Ben", "kept", seat_info=SEAT, lifetime=MONTH)
    assert await data.dump() == before


async def test_a_changed_password_is_news_for_administrators_too(data: VaultData, anna: Session) -> None:
    ada = await data.person("Ada", administrator=True)
    changed = await data.outcome(sessions.change_password, anna, kept="kept", new="another")
    assert changed.hints == (ChangedHint("seats", frozenset({ada.person_id, anna.person_id})),)


async def test_contact_moves_forward_only(data: VaultData, anna: Session) -> None:
    later = START + timedelta(minutes=5)
    for at in (later, START):
        await data.store.write(lambda c, at=at: sessions.was_here(c, anna.person_id, "seat-Anna", at=at))  # type: ignore[misc] # bound in the loop
    [seat] = await data.store.read(lambda c: sessions.list_seats(c, anna))
    assert seat.last_contact == later
    query = select(person.c.last_seen).where(person.c.name == "Anna")
    assert await data.store.read(lambda c: c.execute(query).scalar()) == later


async def test_only_administrators_manage_people(data: VaultData, anna: Session) -> None:
    ada = await data.person("Ada", administrator=True)
    before = await data.dump()
    with pytest.raises(Forbidden):
        await data.do(people.add_person, anna, "Ben", password="x", administrator=False)
    with pytest.raises(Forbidden):
        await data.do(people.set_password, anna, "Anna", password="x")
    with pytest.raises(Forbidden):
        await data.do(people.disable_person, anna, "Anna")
    with pytest.raises(Forbidden):
        await data.store.read(lambda c: directory.list_people(c, anna, present=NOBODY, now=START))
    assert await data.dump() == before
    changes: list[tuple[Callable[..., Outcome[Any]], dict[str, str]]] = [
        (people.set_password, {"password": "x"}),
        (people.disable_person, {}),
    ]
    for use_case, named in changes:
        with pytest.raises(NotFound, match="Nobody"):
            await data.do(use_case, ada, "Nobody", **named)
        with pytest.raises(NotFound, match="server"):
            await data.do(use_case, ada, "server", **named)
    with pytest.raises(NameTaken):
        await data.do(people.add_person, ada, " ANNA ", password="x", administrator=False)
    listed = await data.store.read(lambda c: directory.list_people(c, ada, present=NOBODY, now=START))
    assert [(each.name, each.administrator, each.disabled) for each in listed.people] == [
        ("Ada", True, False), ("Anna", False, False)
    ]  # fmt: skip


async def test_the_operator_is_made_once_and_has_no_password(data: VaultData) -> None:
    first, second = [await data.store.write(lambda c: people.operator(c, at=START, lifetime=MONTH)) for _ in range(2)]
    assert first.person_id == second.person_id
    assert first.id != second.id
    assert first.administrator
    assert await data.store.read(lambda c: sessions.kept_password(c, "server")) is None


async def test_dead_sessions_are_forgotten_after_90_days_and_living_ones_never(data: VaultData, anna: Session) -> None:
    ben = await data.person("Ben")

    def end_bens(connection: Connection) -> None:
        sessions.end_sessions(connection, session.c.id == ben.id, at=data.clock.now)

    async def forgotten() -> set[str]:
        await data.store.write(lambda c: sessions.forget_old_sessions(c, now=data.clock.now))
        left = await data.store.read(lambda c: set(c.execute(select(session.c.id)).scalars()))
        return {anna.id, ben.id} - left

    await data.store.write(end_bens)
    data.clock.forward(days=89)
    assert await forgotten() == set()
    data.clock.forward(days=2)
    assert await forgotten() == {ben.id}
    data.clock.forward(days=28)
    assert await forgotten() == {ben.id}, "hers was over 30 days after her sign-in"
    data.clock.forward(days=2)
    assert await forgotten() == {anna.id, ben.id}
