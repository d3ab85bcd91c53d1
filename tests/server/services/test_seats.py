"""Everybody's seats: the list as an administrator sees it, and the end of one."""

from datetime import timedelta

import pytest

from server.bus.base import ChangedHint, SessionHint
from server.domain.errors import Forbidden, NotFound
from server.domain.session import Session
from server.protocol.calls import SeatInfo, SeatOf
from server.services import people, reading, seats, sessions
from server.services.seats import Connected
from tests.support.vault_data import START, VaultData

MONTH = timedelta(days=30)
NOBODY = Connected(sessions=set(), last={}, away=lambda _: None)


@pytest.fixture
async def ada(data: VaultData) -> Session:
    return await data.person("Ada", administrator=True)


async def listed(data: VaultData, who: Session, connected: Connected = NOBODY) -> list[SeatOf]:
    return await data.store.read(
        lambda c: seats.list_seats_of_all(c, who, connected=connected, now=data.clock.now)
    )  # fmt: skip


async def browser(data: VaultData, name: str) -> Session:
    return await data.do(sessions.sign_in, name, "kept", seat_info=None, lifetime=MONTH, address="10.0.0.9")


async def test_seats_and_browsers_of_everybody_are_listed(data: VaultData, anna: Session, ada: Session) -> None:
    info = SeatInfo(id="laptop", computer="LAPTOP-1", system="Windows 11", version="0.3.0")
    laptop = await data.do(sessions.sign_in, "Anna", "kept", seat_info=info, lifetime=MONTH, address="10.0.0.7")
    page = await browser(data, "Anna")
    later = START + timedelta(minutes=9)
    found = await listed(data, ada, Connected(sessions={laptop.id}, last={"laptop": later}, away={"laptop": later}.get))
    shown = [(each.person, each.computer, each.browser, each.online, each.signed_in, each.address) for each in found]
    assert shown == [
        ("Ada", "CAM-seat-Ada", False, False, True, None),
        ("Anna", "CAM-seat-Anna", False, False, True, None),
        ("Anna", "LAPTOP-1", False, True, True, "10.0.0.7"),
        ("Anna", None, True, False, True, "10.0.0.9"),
    ]
    of_laptop = found[2]
    assert (of_laptop.version, of_laptop.system, of_laptop.since) == ("0.3.0", "Windows 11", START)
    assert (of_laptop.last_contact, of_laptop.away) == (later, later)
    assert found[3].id == page.id


async def test_a_seat_whose_session_is_over_stays_listed_and_a_browser_does_not(
    data: VaultData, anna: Session, ada: Session
) -> None:
    await browser(data, "Anna")
    await data.do(people.disable_person, ada, "Anna")
    assert [(each.person, each.signed_in, each.browser) for each in await listed(data, ada)] == [
        ("Ada", True, False), ("Anna", False, False)
    ]  # fmt: skip


async def test_somebodys_seat_is_ended_and_both_hear_of_it(data: VaultData, anna: Session, ada: Session) -> None:
    outcome = await data.outcome(seats.end_seat_of, ada, "seat-Anna")
    assert outcome.hints == (
        SessionHint(anna.id), ChangedHint("seats", frozenset({anna.person_id, ada.person_id}))
    )  # fmt: skip
    assert await data.store.read(lambda c: reading.session_of(c, anna.id, now=START)) is None
    before = await data.dump()
    assert (await data.outcome(seats.end_seat_of, ada, "seat-Anna")).hints == ()
    assert await data.dump() == before


async def test_one_browser_is_ended_and_no_other(data: VaultData, anna: Session, ada: Session) -> None:
    first, second = await browser(data, "Anna"), await browser(data, "Anna")
    await data.do(seats.end_seat_of, ada, first.id)
    three = (first, second, anna)
    found = await data.store.read(lambda c: [reading.session_of(c, each.id, now=START) for each in three])
    assert [each is not None for each in found] == [False, True, True]


async def test_only_administrators_see_and_end_them(data: VaultData, anna: Session, ada: Session) -> None:
    operator = await data.store.write(lambda c: people.operator(c, at=START, lifetime=MONTH))
    before = await data.dump()
    with pytest.raises(Forbidden):
        await listed(data, anna)
    with pytest.raises(Forbidden):
        await data.do(seats.end_seat_of, anna, "seat-Ada")
    # A seat's session is ended by the seat's own id, and the command line's by nobody.
    for unknown in ("nowhere", anna.id, operator.id):
        with pytest.raises(NotFound):
            await data.do(seats.end_seat_of, ada, unknown)
    assert await data.dump() == before
