"""Parked versions: a check-in that comes too late loses no byte, and nobody else sees them."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, insert, select, text

from server.bus.base import ChangedHint
from server.protocol.limits import PAGE_ITEMS
from server.services.collecting import collect
from server.services.counting import count_time
from server.services.parking import forget_old_parked
from server.services.record import first_break_in_audit
from server.storage.tables import access, parked, person
from tests.support.web import Seat, Web

WORK = b"G1 X10 Y10\n" * 50


@pytest.fixture
def file(anna: Seat) -> dict[str, Any]:
    return anna.add("Parts/a.nc", b"first")


def check_out(who: Seat, file: dict[str, Any]) -> dict[str, Any]:
    held: dict[str, Any] = who.change(f"/files/{file['id']}/checkout", {}).json()["file"]
    return held


def check_in(who: Seat, file: dict[str, Any], content: bytes = WORK, **fields: Any) -> httpx.Response:
    key = fields.pop("key", None)
    wish = {"base": "1.0", "token": 1, "comment": "deburred"} | who.upload(content) | fields
    return who.change(f"/files/{file['id']}/checkin", wish, key=key)


def park(who: Seat, file: dict[str, Any], content: bytes = WORK) -> str:
    """A check-in without the lock."""
    answer = check_in(who, file, content, token=99)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_yours")
    parked_id: str = answer.json()["parked"]
    return parked_id


def listed(who: Seat, **params: Any) -> list[dict[str, Any]]:
    answer = who.get("/parked", params=params)
    assert answer.status_code == 200, answer.text
    versions: list[dict[str, Any]] = answer.json()["parked"]
    return versions


def actions(web: Web) -> list[str]:
    return [row[3] for row in web.dump()["audit"]]


def told(web: Web) -> list[set[str]]:
    """The names of those who were told to read the list again, hint by hint."""
    names = {row[0]: row[1] for row in web.dump()["person"]}
    hints = [each.people for each in web.hints if isinstance(each, ChangedHint) and each.what == "parked"]
    return [{names[each] for each in people or ()} for people in hints]


def administrators(web: Web) -> set[str]:
    """Everybody who administers the vault: in these tests, the server's administrators."""
    return {row[1] for row in web.dump()["person"] if row[4]}


@pytest.mark.parametrize("reason", ["not_yours", "old_base", "gone"])
def test_a_check_in_that_comes_too_late_is_parked_and_says_so(
    web: Web, anna: Seat, file: dict[str, Any], reason: str
) -> None:
    token = check_out(anna, file)["lock"]["token"]
    match reason:
        case "not_yours":
            laptop = web.seat("Anna", seat="laptop")
            assert laptop.change(f"/files/{file['id']}/adopt").status_code == 200
            laptop.client.close()
        case "old_base":
            assert check_in(anna, file, b"second", token=token, keep=True).status_code == 200
        case _:
            assert anna.change(f"/files/{file['id']}", method="DELETE").status_code == 200
    web.hints.clear()
    answer = check_in(anna, file, token=token)
    problem = answer.json()
    assert (answer.headers["content-type"], problem["code"], problem["path"]) == (
        "application/problem+json", reason, "Parts/a.nc"
    )  # fmt: skip
    assert "parked version" in problem["detail"]
    [version] = listed(anna)
    assert version == anna.get(f"/parked/{problem['parked']}").json()
    assert (version["id"], version["file"], version["path"], version["person"], version["computer"]) == (
        problem["parked"], file["id"], "Parts/a.nc", "Anna", "CAM-Anna"
    )  # fmt: skip
    assert (version["base"], version["size"], version["reason"], version["comment"]) == (
        "1.0", len(WORK), reason, "deburred"
    )  # fmt: skip
    assert anna.get(f"/parked/{version['id']}/content").content == WORK
    assert told(web) == [{"Anna"}, administrators(web)]
    assert actions(web)[-1] == "parked"
    assert web.run(web.parts.store.read(first_break_in_audit)) is None


def test_the_same_refused_check_in_is_parked_once(web: Web, anna: Seat, file: dict[str, Any]) -> None:
    sent = anna.upload(WORK)
    wish = {"base": "1.0", "token": 7, **sent}
    answers = [anna.change(f"/files/{file['id']}/checkin", wish, key=key).json() for key in ("k", "k", "other")]
    assert len({each["parked"] for each in answers}) == 1
    assert park(anna, file) == answers[0]["parked"]
    assert len(listed(anna)) == 1
    assert actions(web).count("parked") == 1
    assert park(anna, file, b"other work") != answers[0]["parked"]


def test_what_was_not_sent_or_is_a_revision_already_is_not_parked(web: Web, anna: Seat, file: dict[str, Any]) -> None:
    before = web.dump()["audit"]
    refused = [
        check_in(anna, file, token=99, upload="unknown"),
        check_in(anna, file, token=99, hash="0" * 64),
        check_in(anna, file, b"first", token=99),
    ]
    assert [(each.json()["code"], "parked" in each.json()) for each in refused] == [("not_yours", False)] * 3
    assert listed(anna) == []
    assert web.dump()["audit"] == before


def test_it_is_checked_in_by_the_rules_of_every_check_in(web: Web, anna: Seat, file: dict[str, Any]) -> None:
    parked_id = park(anna, file)
    before = web.dump()
    for wish, code in (({"base": "1.0", "token": 1}, "not_yours"), ({"base": "0.9", "token": 1}, "old_base")):
        if code == "old_base":
            check_out(anna, file)
            before = web.dump()
        answer = anna.change(f"/parked/{parked_id}/checkin", wish)
        assert (answer.json()["code"], answer.json()["parked"]) == (code, parked_id)
        assert web.dump() == before
    wish = {"base": "1.0", "token": 1, "comment": "now it fits", "major": True}
    done = anna.change(f"/parked/{parked_id}/checkin", wish, key="once")
    assert (done.json()["file"]["head"]["major"], done.json()["file"]["head"]["comment"]) == (2, "now it fits")
    assert "lock" not in done.json()["file"]
    assert anna.change(f"/parked/{parked_id}/checkin", wish, key="once").json() == done.json()
    assert anna.get(f"/files/{file['id']}/content").content == WORK
    assert listed(anna) == []
    assert anna.get(f"/parked/{parked_id}").status_code == 404
    assert parked_id in web.dump()["audit"][-1][6]


def test_what_its_person_has_checked_in_to_the_byte_is_parked_no_more(
    web: Web, anna: Seat, ben: Seat, file: dict[str, Any]
) -> None:
    same, other, others = park(anna, file), park(anna, file, b"other work"), park(ben, file)
    elsewhere = park(anna, anna.add("Parts/b.nc", b"first of b"))
    token = check_out(anna, file)["lock"]["token"]
    assert check_in(anna, file, b"not that", token=token, keep=True).status_code == 200
    assert {each["id"] for each in listed(anna)} == {same, other, elsewhere}
    web.hints.clear()
    assert check_in(anna, file, base="1.1", token=token).status_code == 200
    assert {each["id"] for each in listed(anna)} == {other, elsewhere}
    assert [each["id"] for each in listed(ben)] == [others], "somebody else's is his to drop"
    assert anna.get(f"/files/{file['id']}/content").content == WORK
    assert anna.get(f"/parked/{other}/content").content == b"other work"
    assert told(web) == [{"Anna"}, administrators(web)]
    assert actions(web)[-1] == "checked_in"
    assert same in web.dump()["audit"][-1][6]
    assert web.run(web.parts.store.read(first_break_in_audit)) is None


def test_it_is_its_owners_and_administrators_may_read_it(
    anna: Seat, ben: Seat, ada: Seat, file: dict[str, Any]
) -> None:
    parked_id = park(anna, file)
    wish = {"base": "1.0", "token": 1}
    for answer in (
        ben.get(f"/parked/{parked_id}"),
        ben.get(f"/parked/{parked_id}/content"),
        ben.change(f"/parked/{parked_id}/checkin", wish),
        ben.change(f"/parked/{parked_id}", method="DELETE"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (listed(ben), listed(ada)) == ([], [])
    assert ben.get("/parked", params={"all": "true"}).status_code == 403
    assert [each["id"] for each in listed(ada, all="true")] == [parked_id]
    assert ada.get(f"/parked/{parked_id}/content", headers={"range": "bytes=3-5"}).content == WORK[3:6]
    dropped = ada.change(f"/parked/{parked_id}", method="DELETE")
    assert (dropped.status_code, "Anna" in dropped.json()["detail"]) == (403, True)
    held = check_out(ada, file)
    done = ada.change(f"/parked/{parked_id}/checkin", {"base": "1.0", "token": held["lock"]["token"]})
    assert done.json()["file"]["head"]["author"] == "Ada"
    assert listed(anna) == []


def test_who_administers_a_vault_sees_what_is_parked_in_it_and_nothing_else(
    web: Web, anna: Seat, ben: Seat, ada: Seat, file: dict[str, Any]
) -> None:
    other = ada.change("/vaults", {"name": "Fixtures"}).json()["id"]
    elsewhere = anna.change(f"/vaults/{other}/files", {"path": "b.nc", **anna.upload(b"b")}).json()["file"]
    here, there = park(anna, file), park(anna, elsewhere, b"work on b")

    def grant(connection: Connection) -> None:
        whom = connection.execute(select(person.c.id).where(person.c.name == "Ben")).scalar_one()
        connection.execute(insert(access).values(vault=other, person=whom, role="administrator"))

    web.run(web.parts.store.write(grant))
    assert [each["id"] for each in listed(ben, all="true")] == [there]
    assert ben.get(f"/parked/{there}/content").content == b"work on b"
    assert ben.get(f"/parked/{here}").status_code == 404
    dropped = ben.change(f"/parked/{there}", method="DELETE")
    assert (dropped.status_code, "Anna" in dropped.json()["detail"]) == (403, True)
    assert {each["id"] for each in listed(anna)} == {here, there}
    web.hints.clear()
    assert anna.change(f"/parked/{there}", method="DELETE").status_code == 204
    assert told(web) == [{"Anna"}, administrators(web) | {"Ben"}]


def left(who: Seat, file: dict[str, Any], content: bytes = WORK, **fields: Any) -> httpx.Response:
    """What a check-out that is over has left on its seat."""
    key = fields.pop("key", None)
    return who.change(f"/files/{file['id']}/park", {"base": "1.0", "token": 1} | who.upload(content) | fields, key=key)


def test_work_that_was_left_is_parked_once_and_never_checked_in(web: Web, anna: Seat, file: dict[str, Any]) -> None:
    """Not even by the lock's own token, as after a restore: who has it checks in."""
    held = check_out(anna, file)
    web.hints.clear()
    token = held["lock"]["token"]
    answers = [left(anna, file, token=token, comment="deburred", key=key) for key in ("k", "other")]
    assert [each.status_code for each in answers] == [200, 200]
    [version] = listed(anna)
    assert [each.json() for each in answers] == [{"parked": version["id"], "known": known} for known in (False, True)]
    assert (version["base"], version["reason"], version["comment"], version["computer"]) == (
        "1.0", "not_yours", "deburred", "CAM-Anna"
    )  # fmt: skip
    assert anna.get(f"/parked/{version['id']}/content").content == WORK
    assert {each.people for each in web.hints if isinstance(each, ChangedHint) and each.what == "parked"}
    assert actions(web).count("parked") == 1
    assert f'"token":{token}' in web.dump()["audit"][-1][6].replace(" ", ""), "from which check-out it comes"
    now = anna.get(f"/files/{file['id']}").json()["file"]
    assert (now["lock"], now["head"]) == (held["lock"], file["head"])
    assert web.run(web.parts.store.read(first_break_in_audit)) is None


def test_the_same_content_is_parked_once_whatever_brought_it(web: Web, anna: Seat, file: dict[str, Any]) -> None:
    parked_id = park(anna, file)
    assert left(anna, file, base="1.1").json() == {"parked": parked_id, "known": True}
    assert [each["base"] for each in listed(anna)] == ["1.0"]


def test_what_was_parked_and_dropped_is_not_parked_by_the_same_call_again(
    web: Web, anna: Seat, file: dict[str, Any]
) -> None:
    wish = {"base": "1.0", "token": 1} | anna.upload(WORK)
    first = anna.change(f"/files/{file['id']}/park", wish, key="once")
    anna.change(f"/parked/{first.json()['parked']}", method="DELETE")
    assert anna.change(f"/files/{file['id']}/park", wish, key="once").json() == first.json()
    assert listed(anna) == []


def test_left_work_that_is_a_revision_or_has_not_arrived_is_not_parked(
    web: Web, anna: Seat, ben: Seat, file: dict[str, Any]
) -> None:
    held = check_out(anna, file)
    assert check_in(anna, file, b"second", token=held["lock"]["token"]).status_code == 200
    for content in (b"first", b"second"):
        answer = left(anna, file, content)
        assert (answer.status_code, answer.json()) == (200, {"known": False})
    refused = [left(anna, file, upload=ben.upload(WORK)["upload"]), left(anna, file, size=1)]
    assert [each.json()["code"] for each in refused] == ["not_arrived", "wrong_hash"]
    assert listed(anna) == []


def test_the_work_that_was_left_of_a_deleted_file_is_parked(anna: Seat, file: dict[str, Any]) -> None:
    assert anna.change(f"/files/{file['id']}", method="DELETE").status_code == 200
    assert left(anna, file).status_code == 200
    assert [each["reason"] for each in listed(anna)] == ["gone"]


def test_its_owner_may_drop_it(web: Web, anna: Seat, file: dict[str, Any]) -> None:
    parked_id = park(anna, file)
    for _ in range(2):
        assert anna.change(f"/parked/{parked_id}", method="DELETE", key="once").status_code == 204
    assert listed(anna) == []
    assert actions(web).count("parked_dropped") == 1
    assert anna.change(f"/parked/{parked_id}", method="DELETE").status_code == 404


def test_its_content_is_spared_until_its_time_is_over(web: Web, anna: Seat, file: dict[str, Any]) -> None:
    begun = web.clock()

    def count_until(hours: int) -> None:
        def count(connection: Connection) -> None:
            for hour in range(hours + 1):
                count_time(connection, now=begun + timedelta(hours=hour))
                forget_old_parked(connection)

        web.run(web.parts.store.write(count))
        now = begun + timedelta(hours=hours, days=2)
        web.run(collect(web.parts.store, blobs=web.parts.blobs, gate=web.parts.gate, now=now))

    parked_id = park(anna, file)
    count_until(89 * 24)
    assert anna.get(f"/parked/{parked_id}/content").content == WORK
    count_until(24)
    assert anna.get(f"/parked/{parked_id}").status_code == 404
    assert web.stored_files() == {file["head"]["hash"]}


def test_another_try_begins_its_time_anew(web: Web, anna: Seat, file: dict[str, Any]) -> None:
    park(anna, file)
    first = listed(anna)[0]
    web.clock.forward(days=10)
    park(anna, file)
    second = listed(anna)[0]
    assert second["id"] == first["id"]
    assert second["expires"] > first["expires"]


def test_what_i_parked_needs_no_bytes_again(web: Web, anna: Seat, ben: Seat, file: dict[str, Any]) -> None:
    parked_id = park(anna, file)
    web.clock.forward(hours=web.parts.settings.upload_hours)
    announced = {"size": len(WORK), "hash": listed(anna)[0]["hash"]}
    assert anna.change("/uploads/begin", announced).json()["complete"]
    assert not ben.change("/uploads/begin", announced).json()["complete"]
    assert anna.get(f"/parked/{parked_id}").status_code == 200


def test_a_long_list_is_paged(web: Web, anna: Seat, file: dict[str, Any]) -> None:
    park(anna, file)
    columns = [column.name for column in parked.columns]
    one = dict(zip(columns, web.dump()["parked"][0], strict=True))
    rows = [one | {"id": f"0{number:05}", "base": str(number)} for number in range(PAGE_ITEMS)]
    as_stored = text(f"INSERT INTO parked VALUES ({', '.join(f':{name}' for name in columns)})")  # noqa: S608 - our own names

    def write(connection: Any) -> None:
        connection.execute(as_stored, rows)

    web.run(web.parts.store.write(write))
    first = anna.get("/parked").json()
    second = anna.get("/parked", params={"cursor": first["cursor"]}).json()
    assert [len(first["parked"]), len(second["parked"])] == [PAGE_ITEMS, 1]
    assert "cursor" not in second
    ids = [each["id"] for page in (first, second) for each in page["parked"]]
    assert ids == sorted(ids, reverse=True)
