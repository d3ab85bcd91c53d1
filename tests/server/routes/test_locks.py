"""The list of locks says how the holder is reached, and who waits."""

from typing import Any

from sqlalchemy import Connection, insert, select

from server.protocol.events import Report
from server.storage.tables import person, waiting
from tests.support.web import Seat, Web


def held(who: Seat) -> str:
    """A file that this person holds; its id."""
    file: str = who.add("Parts/a.nc", b"first")["id"]
    assert who.change(f"/files/{file}/checkout", {}).status_code == 200
    return file


def lock_of(who: Seat) -> dict[str, Any]:
    [found] = who.get("/locks").json()["locks"]
    entry: dict[str, Any] = found
    return entry


def test_it_says_when_the_holding_seat_was_here_last(web: Web, anna: Seat, ben: Seat) -> None:
    held(anna)
    [seat] = anna.get("/session/seats").json()["seats"]
    entry = lock_of(ben)
    assert (entry["online"], entry["last_contact"]) == (False, seat["last_contact"])
    web.presence.seats.add(entry["lock"]["seat"])
    assert lock_of(ben)["online"] is True


def test_it_says_how_many_wait(web: Web, anna: Seat, ben: Seat) -> None:
    file = held(anna)
    assert lock_of(ben)["waiting"] == 0

    def wait(connection: Connection) -> None:
        for place, who in enumerate(connection.execute(select(person.c.id).order_by(person.c.name)).scalars().all()):
            connection.execute(insert(waiting).values(file=file, person=who, place=place, since=web.clock()))

    web.run(web.parts.store.write(wait))
    assert lock_of(ben)["waiting"] == len(web.dump()["waiting"]) == 4


def test_it_says_what_its_seat_told_of_it(web: Web, anna: Seat, ben: Seat) -> None:
    file = held(anna)
    assert "open" not in lock_of(ben)
    web.presence.reports[file] = Report(file=file, edited=web.clock(), open=True)
    entry = lock_of(ben)
    assert entry["open"] is True
    assert entry["edited"] is not None
