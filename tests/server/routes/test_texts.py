"""U+0000 in any text of a call is refused in words, on every database, and changes nothing."""

import base64
import json
from typing import Any

import pytest

from tests.support.web import Seat, Web

pytestmark = pytest.mark.postgres

NUL = "a\0b"


def require_refused(answer: Any, where: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), answer.text
    assert f"“{where}”" in answer.json()["detail"]
    assert "U+0000" in answer.json()["detail"]


def test_no_text_of_a_body_has_u_0000_in_it(web: Web, anna: Seat, ada: Seat) -> None:
    vault, file = anna.vault(), anna.add("a.nc")["id"]
    anna.change(f"/files/{file}/checkout", {})
    sent = anna.upload(b"G1 X1\n")
    before = web.dump()
    checkin = {**sent, "token": 1, "base": "1.0", "comment": NUL}
    add = {"path": NUL, **sent}
    everything: list[tuple[Seat, str, Any, str]] = [
        (anna, f"/files/{file}/checkin", checkin, "comment"),
        (anna, f"/files/{file}/checkout", {"message": NUL}, "message"),
        (anna, f"/vaults/{vault}/files", add, "path"),
        (anna, f"/vaults/{vault}/files/set", {"files": [{**add, "path": "b.nc"}, add]}, "files.1.path"),
        (ada, "/people", {"name": NUL, "password": "correct horse"}, "name"),
        (ada, "/vaults", {"name": NUL}, "name"),
        (ada, "/messages", {"to": "Anna", "text": NUL}, "text"),
    ]
    for seat, path, wish, where in everything:
        answer = seat.client.post(f"/api{path}", json=wish, headers={"Idempotency-Key": f"nul {path}"})
        require_refused(answer, where)
    with web.client() as nobody:
        require_refused(nobody.post("/api/session", json={"name": NUL, "password": "x", "browser": True}), "name")
    assert web.dump() == before


def test_nor_has_an_address(web: Web, anna: Seat, ada: Seat) -> None:
    vault = anna.vault()
    before = web.dump()
    require_refused(anna.client.get("/api/vaults/a%00b/tree"), "vault")
    require_refused(ada.client.get("/api/audit?person=a%00b"), "person")
    require_refused(anna.client.get(f"/api/vaults/{vault}/deleted?cursor=%00"), "cursor")
    place = base64.urlsafe_b64encode(json.dumps([NUL, NUL]).encode()).decode()
    hidden = anna.client.get(f"/api/vaults/{vault}/deleted?cursor={place}")
    assert (hidden.status_code, hidden.json()["code"]) == (422, "invalid")
    assert web.dump() == before


def test_a_text_about_it_is_one(anna: Seat) -> None:
    """A backslash and `u0000` behind it are six characters."""
    file = anna.add("a.nc")["id"]
    wish = {"message": r"C:\u0000 \\u0000"}
    assert anna.change(f"/files/{file}/checkout", wish).status_code == 200
    assert json.dumps(wish["message"]) in anna.get("/locks").text
