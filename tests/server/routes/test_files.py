"""Files over HTTP: the whole way of a file, and every refusal with its status, code and words, changing nothing."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from blake3 import blake3

from server.bus.base import VaultHint
from server.services.record import first_break_in_audit
from tests.support.web import Seat, Web


def check_out(seat: Seat, file: dict[str, Any], **body: str) -> dict[str, Any]:
    answer = seat.change(f"/files/{file['id']}/checkout", body)
    assert answer.status_code == 200, answer.text
    taken: dict[str, Any] = answer.json()["file"]
    return taken


def test_a_file_goes_all_the_way_from_added_to_restored(web: Web, anna: Seat, ben: Seat) -> None:
    file = anna.add("Parts/bracket.nc", b"one")
    taken = check_out(anna, file, message="new clamp")
    assert taken["lock"]["locked_by"] == "Anna"
    seen = ben.get(f"/files/{file['id']}").json()
    assert seen["file"] == taken
    wish = {"base": "1.0", "token": taken["lock"]["token"], **anna.upload(b"two"), "comment": "faster"}
    kept = anna.change(f"/files/{file['id']}/checkin", {**wish, "keep": True}).json()["file"]
    assert (kept["head"]["minor"], kept["lock"]) == (1, taken["lock"])
    wish = {"base": "1.1", "token": taken["lock"]["token"], **anna.upload(b"three"), "major": True}
    done = anna.change(f"/files/{file['id']}/checkin", wish).json()["file"]
    assert (done["head"]["major"], done["head"]["minor"], "lock" in done) == (2, 0, False)
    moved = ben.change(f"/files/{file['id']}/move", {"path": "parts2/Bracket.nc"}).json()["file"]
    assert moved["path"] == "parts2/Bracket.nc"
    deleted = ben.change(f"/files/{file['id']}", method="DELETE").json()
    assert deleted["deleted"] is True
    assert anna.get(f"/files/{file['id']}").json()["deleted"] is True
    [tombstone] = anna.get(f"/vaults/{anna.vault()}/deleted").json()["files"]
    assert (tombstone["id"], tombstone["deleted_by"]) == (file["id"], "Ben")
    back = anna.change(f"/files/{file['id']}/restore", {}).json()
    assert (back["file"]["path"], back["deleted"]) == ("parts2/Bracket.nc", False)
    revisions = anna.get(f"/files/{file['id']}/history").json()["revisions"]
    assert [(each["major"], each["minor"]) for each in revisions] == [
        (2, 0), (1, 1), (1, 0)
    ]  # fmt: skip
    for revision, content in (("1.0", b"one"), ("1.1", b"two"), ("2.0", b"three")):
        answer = ben.get(f"/files/{file['id']}/content", params={"revision": revision})
        assert (answer.content, answer.headers["etag"]) == (content, f'"{blake3(content).hexdigest()}"')
    changes = anna.get(f"/vaults/{anna.vault()}/changes", params={"since": 0}).json()
    assert [each["seq"] for each in changes["changes"]] == list(range(1, changes["seq"] + 1))
    assert [each["type"] for each in changes["changes"]] == [
        "file_added", "file_locked", "file_updated", "file_unlocked", "file_moved", "file_deleted", "file_restored"
    ]  # fmt: skip
    assert web.hints[-1] == VaultHint(anna.vault(), changes["seq"])


def test_a_held_file_names_its_holder_in_words_and_in_data(web: Web, anna: Seat, ben: Seat) -> None:
    file = check_out(anna, anna.add("a.nc"), message="deburring")
    before = web.dump()
    refused = ben.change(f"/files/{file['id']}/checkout", {})
    assert (refused.status_code, refused.headers["content-type"]) == (423, "application/problem+json")
    problem = refused.json()
    assert (problem["code"], problem["path"], problem["lock"]) == ("locked", "a.nc", file["lock"])
    assert "Anna" in problem["detail"]
    assert "CAM-Anna" in problem["detail"]
    for method, path, body in (("DELETE", "", None), ("POST", "/move", {"path": "b.nc"}), ("POST", "/adopt", None)):
        answer = ben.change(f"/files/{file['id']}{path}", body, method=method)
        assert (answer.status_code, answer.json()["code"]) == (423, "locked")
    assert web.dump() == before


def test_a_checkin_is_refused_without_the_lock_from_an_old_base_and_with_other_bytes(web: Web, anna: Seat) -> None:
    file = anna.add("a.nc")
    sent = anna.upload(b"new")
    never = anna.change(f"/files/{file['id']}/checkin", {"base": "1.0", "token": 1, **sent})
    assert (never.status_code, never.json()["code"]) == (409, "not_yours")
    token = check_out(anna, file)["lock"]["token"]
    before = web.dump()
    cases: list[tuple[dict[str, Any], int, str, str]] = [
        ({"token": token + 1}, 409, "not_yours", "a.nc"),
        ({"base": "0.9"}, 409, "old_base", "newest is Rev 1.0 by Anna"),
        ({"hash": "0" * 64}, 422, "wrong_hash", "0" * 64),
        ({"size": 4}, 422, "wrong_hash", "4 bytes, and what arrived has 3 bytes"),
        ({"upload": "unknown"}, 410, "not_arrived", "a.nc"),
    ]
    for wrong, status, code, words in cases:
        answer = anna.change(f"/files/{file['id']}/checkin", {"base": "1.0", "token": token, **sent, **wrong})
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert words in answer.json()["detail"]
    assert {name for name, rows in web.dump().items() if rows != before[name]} == {"audit", "audit_head", "parked"}


def test_somebody_elses_upload_is_not_there(web: Web, anna: Seat, ben: Seat) -> None:
    sent = anna.upload(b"mine")
    answer = ben.change(f"/vaults/{ben.vault()}/files", {"path": "x.nc", **sent})
    assert (answer.status_code, answer.json()["code"]) == (410, "not_arrived")


def test_an_upload_ends_after_its_time(web: Web, anna: Seat) -> None:
    sent = anna.upload(b"late")
    web.clock.forward(hours=24)
    answer = anna.change(f"/vaults/{anna.vault()}/files", {"path": "x.nc", **sent})
    assert (answer.status_code, answer.json()["code"]) == (410, "not_arrived")


@pytest.mark.parametrize("path", ["CON.nc", "a:b.nc", "../up.nc", "x/ y.nc", "a//b", "end.", "x" * 241])
def test_a_forbidden_name_is_named(web: Web, anna: Seat, path: str) -> None:
    sent, vault = anna.upload(b"x"), anna.vault()
    before = web.dump()
    answer = anna.change(f"/vaults/{vault}/files", {"path": path, **sent})
    assert answer.status_code in (400, 422)
    assert answer.status_code == 422 or (answer.json()["code"] == "forbidden_name" and path in answer.json()["detail"])
    assert web.dump() == before


def test_a_taken_name_is_refused_on_every_way_to_it(web: Web, anna: Seat) -> None:
    anna.add("Parts/Straße.nc")
    other = anna.add("other.nc")
    gone = anna.add("gone.nc")
    anna.change(f"/files/{gone['id']}", method="DELETE")
    vault, sent = anna.vault(), anna.upload(b"x")
    before = web.dump()
    for path in ("parts/STRASSE.nc", "Parts", "Parts/Straße.nc/below.nc", "PARTS/new.nc"):
        for answer in (
            anna.change(f"/vaults/{vault}/files", {"path": path, **sent}),
            anna.change(f"/vaults/{vault}/files/set", {"files": [{"path": "ok.nc", **sent}, {"path": path, **sent}]}),
            anna.change(f"/files/{other['id']}/move", {"path": path}),
            anna.change(f"/files/{gone['id']}/restore", {"path": path}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (409, "name_taken"), answer.text
    assert web.dump() == before


def test_the_same_key_has_one_effect_and_the_same_answer(web: Web, anna: Seat) -> None:
    file = anna.add("a.nc")
    first = anna.change(f"/files/{file['id']}/checkout", {"message": "x"}, key="k1")
    before, hints = web.dump(), list(web.hints)
    again = anna.change(f"/files/{file['id']}/checkout", {"message": "x"}, key="k1")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    for path, body in (("checkout", {"message": "y"}), ("undo", {"token": 1})):
        other = anna.change(f"/files/{file['id']}/{path}", body, key="k1")
        assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert web.dump() == before
    assert web.hints == hints


def test_a_key_belongs_to_its_person(web: Web, anna: Seat, ben: Seat) -> None:
    one, two = anna.add("a.nc"), anna.add("b.nc")
    assert anna.change(f"/files/{one['id']}/checkout", {}, key="k").status_code == 200
    assert ben.change(f"/files/{two['id']}/checkout", {}, key="k").status_code == 200


def test_a_refusal_is_not_remembered(web: Web, anna: Seat, ben: Seat) -> None:
    file = check_out(anna, anna.add("a.nc"))
    assert ben.change(f"/files/{file['id']}/checkout", {}, key="k").status_code == 423
    anna.change(f"/files/{file['id']}/undo", {"token": file["lock"]["token"]})
    assert ben.change(f"/files/{file['id']}/checkout", {}, key="k").status_code == 200


@pytest.mark.parametrize("key", ["", "x" * 129, "tab\there"])
def test_a_change_needs_a_key(web: Web, anna: Seat, key: str) -> None:
    file = anna.add("a.nc")
    before = web.dump()
    headers = {"Idempotency-Key": key} if key else {}
    answer = anna.client.post(f"/api/files/{file['id']}/checkout", json={}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert "Idempotency-Key" in answer.json()["detail"]
    assert web.dump() == before


def test_another_seats_header_is_refused(web: Web, anna: Seat) -> None:
    file = anna.add("a.nc")
    before = web.dump()
    answer = anna.change(f"/files/{file['id']}/checkout", {}, **{"X-Seat-Id": "somebody"})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_seat")
    assert web.dump() == before
    assert anna.change(f"/files/{file['id']}/checkout", {}, **{"X-Seat-Id": "seat-Anna"}).status_code == 200


def test_adopting_over_http_leaves_a_message_in_my_inbox(web: Web, anna: Seat) -> None:
    file = check_out(anna, anna.add("a.nc"))
    laptop = web.seat("Anna", seat="laptop")
    adopted = laptop.change(f"/files/{file['id']}/adopt").json()["file"]["lock"]
    assert (adopted["seat"], adopted["token"]) == ("laptop", 2)
    inbox = laptop.get("/inbox").json()
    assert (inbox["number"], inbox["entries"][0]["kind"], inbox["entries"][0]["acknowledged"]) == (
        1, "lock_adopted", False
    )  # fmt: skip
    assert laptop.change("/inbox/acknowledge", {"number": 7}).json()["number"] == 1
    assert laptop.get("/inbox").json()["entries"][0]["acknowledged"] is True
    assert laptop.get("/inbox", params={"since": 1}).json()["entries"] == []
    laptop.client.close()


def test_an_inbox_is_its_persons_alone(web: Web, anna: Seat, ben: Seat) -> None:
    file = anna.add("a.nc")
    anna.change(f"/files/{file['id']}/checkout", {})
    other = web.seat("Anna", seat="seat-2")
    assert other.change(f"/files/{file['id']}/adopt").status_code == 200
    other.client.close()
    assert len(anna.get("/inbox").json()["entries"]) == 1
    assert ben.get("/inbox").json() == {"number": 0, "entries": []}


def test_history_gives_a_range_of_revisions(web: Web, anna: Seat) -> None:
    file = anna.add("a.nc")
    token = check_out(anna, file)["lock"]["token"]
    for base, major in (("1.0", False), ("1.1", True), ("2.0", False), ("2.1", True)):
        wish = {"base": base, "token": token, **anna.upload(base.encode()), "major": major, "keep": True}
        assert anna.change(f"/files/{file['id']}/checkin", wish).status_code == 200
    answer = anna.get(f"/files/{file['id']}/history", params={"from": "1.1", "to": "2.1"}).json()
    assert [f"{each['major']}.{each['minor']}" for each in answer["revisions"]] == ["2.1", "2.0", "1.1"]
    assert answer["total"] == 3
    older = anna.get(f"/files/{file['id']}/history", params={"cursor": "2.0"}).json()
    assert [f"{each['major']}.{each['minor']}" for each in older["revisions"]] == ["1.1", "1.0"]
    wrong = anna.get(f"/files/{file['id']}/history", params={"from": "five"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid")


def test_a_folder_moves_as_one(web: Web, anna: Seat, ben: Seat) -> None:
    vault = anna.vault()
    file = anna.add("old/deep/a.nc")
    anna.add("old/b.nc")
    move = {"path": "OLD", "to": "New/place"}
    answer = anna.change(f"/vaults/{vault}/folders/move", move).json()
    assert (answer["files"], answer["seq"]) == (2, 3)
    assert anna.get(f"/files/{file['id']}").json()["file"]["path"] == "New/place/deep/a.nc"
    check_out(anna, file)
    held = ben.change(f"/vaults/{vault}/folders/move", {"path": "New/place", "to": "x"})
    assert (held.status_code, held.json()["code"], held.json()["path"]) == (423, "locked", "New/place/deep/a.nc")
    missing = ben.change(f"/vaults/{vault}/folders/move", move)
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


def test_locks_say_who_is_online_and_what_the_seat_last_told(web: Web, anna: Seat, ben: Seat) -> None:
    first = check_out(anna, anna.add("a.nc"))
    check_out(ben, anna.add("b.nc"))
    web.presence.seats.add("seat-Anna")
    entries = ben.get("/locks").json()["locks"]
    assert [(each["path"], each["lock"]["locked_by"], each["online"]) for each in entries] == [
        ("a.nc", "Anna", True), ("b.nc", "Ben", False)
    ]  # fmt: skip
    mine = anna.get("/locks", params={"mine": "true", "vault": anna.vault()}).json()["locks"]
    assert [each["file"] for each in mine] == [first["id"]]
    assert anna.get("/locks", params={"vault": "none"}).status_code == 404
    assert anna.get("/locks", params={"cursor": "garbage!"}).json()["code"] == "invalid"


def test_of_32_clients_who_race_for_one_file_one_holds_it_and_31_are_told_who(web: Web, anna: Seat) -> None:
    file = anna.add("a.nc")
    for number in range(32):
        web.add_person(f"Racer {number}")
    racers = [web.seat(f"Racer {number}") for number in range(32)]
    start = threading.Barrier(len(racers))

    def race(seat: Seat) -> httpx.Response:
        start.wait(60)
        return seat.change(f"/files/{file['id']}/checkout", {})

    with ThreadPoolExecutor(len(racers)) as threads:
        answers = list(threads.map(race, racers))
    assert sorted(each.status_code for each in answers) == [200] + [423] * 31
    [winner] = [each.json()["file"]["lock"] for each in answers if each.status_code == 200]
    assert all(each.json()["lock"] == winner for each in answers if each.status_code == 423)
    changes = anna.get(f"/vaults/{anna.vault()}/changes", params={"since": 0}).json()["changes"]
    assert [(each["seq"], each["type"]) for each in changes] == [(1, "file_added"), (2, "file_locked")]
    assert web.run(web.parts.store.read(first_break_in_audit)) is None
    for racer in racers:
        racer.client.close()


def test_the_same_call_twice_at_once_has_one_effect_and_one_answer(web: Web, anna: Seat) -> None:
    vault, sent = anna.vault(), anna.upload(b"x")
    clones = [anna.client] * 8
    start = threading.Barrier(len(clones))

    def send(client: httpx.Client) -> httpx.Response:
        start.wait(60)
        return Seat(client, anna.signed_in).change(f"/vaults/{vault}/files", {"path": "a.nc", **sent}, key="k")

    with ThreadPoolExecutor(len(clones)) as threads:
        answers = list(threads.map(send, clones))
    assert {each.status_code for each in answers} == {201}
    assert len({each.content for each in answers}) == 1
    assert len(web.dump()["event"]) == 1
