"""The dashboard over HTTP: the store's numbers joined with who is connected."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from server.hub.roster import Connected
from server.protocol.events import Report
from server.routes.dashboard import here
from server.services.dashboard import SeatHolds
from server.storage.tables import waiting
from tests.support.vault_data import START
from tests.support.web import Seat, Web


def check_out(seat: Seat, path: str) -> str:
    file: str = seat.add(path)["id"]
    assert seat.change(f"/files/{file}/checkout", {}).status_code == 200
    return file


def online(web: Web, name: str) -> None:
    web.presence.seats.add(f"seat-{name}")
    web.presence.people[f"seat-{name}"] = (name, web.clock())


def test_numbers_say_who_is_here_and_what_is_held_by_somebody_who_is_not(web: Web, anna: Seat, ben: Seat) -> None:
    check_out(anna, "a.nc")
    for path in ("b.nc", "c.nc"):
        check_out(ben, path)
    online(web, "Anna")
    board = anna.get("/dashboard").json()
    assert {each: board[each] for each in ("people", "online", "check_outs", "held_offline")} == {
        "people": 3, "online": 1, "check_outs": 3, "held_offline": 2
    }  # fmt: skip
    assert [(each["person"], each["computer"], each["online"], each["check_outs"]) for each in board["here"]] == [
        ("Anna", "CAM-Anna", True, 1), ("Ben", "CAM-Ben", False, 2)
    ]  # fmt: skip
    assert {each["path"] for each in board["active"]} == {"a.nc", "b.nc", "c.nc"}


def test_a_lock_says_what_its_seat_told_when_that_was_here_and_how_many_wait(web: Web, anna: Seat, ben: Seat) -> None:
    file, other = check_out(anna, "a.nc"), check_out(ben, "b.nc")
    edited = web.clock() - timedelta(minutes=4)
    web.presence.reports[file] = Report(file=file, edited=edited, open=True)

    def stand_in_line(connection: Any) -> None:
        person = connection.exec_driver_sql("SELECT id FROM person WHERE name = 'Ben'").scalar_one()
        connection.execute(insert(waiting).values(file=file, person=person, place=1, since=web.clock()))

    web.run(web.parts.store.write(stand_in_line))
    told = [ben.get("/locks", params={"file": each}).json()["locks"] for each in (file, other)]
    assert [[(lock["open"], lock["waiting"]) for lock in each if "open" in lock] for each in told] == [[(True, 1)], []]
    assert all("last_contact" in lock for each in told for lock in each)
    assert [lock["path"] for each in told for lock in each] == ["a.nc", "b.nc"]
    assert ben.get("/locks", params={"file": "none"}).json()["locks"] == []


def test_each_person_is_here_once_and_the_absent_come_last() -> None:
    def seat(person: str, seat: str, minutes: int) -> Connected:
        return Connected(person=person, seat=seat, since=START + timedelta(minutes=minutes))

    def holds(person: str, seat: str, days: int, check_outs: int) -> SeatHolds:
        contact = START - timedelta(days=days)
        return SeatHolds(seat=seat, person=person, computer=seat.upper(), last_contact=contact, check_outs=check_outs)

    shown = here(
        [seat("Mei", "m2", 5), seat("anna", "a1", 9), seat("Mei", "m1", 2)],
        [holds("Jan", "j1", 3, 1), holds("Jan", "j2", 2, 4), holds("Mei", "m1", 0, 2), holds("Luca", "l1", 1, 1)],
        {"m1": "CAM-01", "a1": "CAD-04"},
    )
    assert [(each.person, each.computer, each.online, each.check_outs) for each in shown] == [
        ("anna", "CAD-04", True, 0), ("Mei", "CAM-01", True, 2), ("Luca", "L1", False, 1), ("Jan", "J2", False, 5)
    ]  # fmt: skip
    assert shown[-1].since == START - timedelta(days=2)


def test_who_has_left_the_seat_is_away_and_so_is_the_lock_there(web: Web, anna: Seat, ben: Seat) -> None:
    check_out(anna, "a.nc")
    check_out(ben, "b.nc")
    for name in ("Anna", "Ben"):
        online(web, name)
    left = web.clock() - timedelta(minutes=25)
    web.presence.left["seat-Anna"] = left
    board = ben.get("/dashboard").json()
    assert {each["person"]: each.get("away") for each in board["here"]} == {"Anna": rfc(left), "Ben": None}
    held = {each["path"]: each.get("away") for each in ben.get("/locks").json()["locks"]}
    assert held == {"a.nc": rfc(left), "b.nc": None}
    assert {each["path"]: each.get("away") for each in board["oldest"]} == held


def rfc(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def test_somebody_is_away_who_is_at_none_of_the_seats() -> None:
    def seat(seat: str, since: int, left: int | None) -> Connected:
        away = None if left is None else START + timedelta(minutes=left)
        return Connected(person="Mei", seat=seat, since=START + timedelta(minutes=since), away=away)

    computers = {"m1": "CAM-01", "m2": "CAM-02"}
    (there,) = here([seat("m1", 1, 20), seat("m2", 5, None)], [], computers)
    assert (there.computer, there.away) == ("CAM-02", None)
    (away,) = here([seat("m1", 1, 20), seat("m2", 5, 30)], [], computers)
    assert (away.computer, away.away) == ("CAM-01", START + timedelta(minutes=30))


def test_nobody_reads_it_who_is_not_signed_in(web: Web) -> None:
    with web.client() as client:
        assert client.get("/api/dashboard").status_code == 401
