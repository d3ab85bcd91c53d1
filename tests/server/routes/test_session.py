"""Sign-in and its end over HTTP: seats, browsers, wrong passwords, and that an ended session is dead at once."""

import socket
from urllib.parse import urlsplit

import httpx
import jwt
import pytest
from blake3 import blake3

from server.bus.base import SessionHint
from server.protocol.limits import TOKEN_CHARACTERS
from tests.support.waiting import wait_for
from tests.support.web import PASSWORD, Seat, Web

SEAT = {"id": "seat-1", "computer": "CAM-1", "system": "Windows 11", "version": "0.1.0"}


def sign_in(web: Web, headers: dict[str, str] | None = None, **body: object) -> httpx.Response:
    with web.client() as client:
        return client.post("/api/session", json=body, headers=headers)


def test_the_server_says_what_it_is_to_everybody(web: Web) -> None:
    with web.client() as client:
        answer = client.get("/api/server")
    assert (answer.status_code, answer.json()["name"]) == (200, "Test server")


def test_the_servers_id_is_the_same_before_and_after_the_sign_in(web: Web, anna: Seat) -> None:
    with web.client() as client:
        told = client.get("/api/server").json()["id"]
    assert len(told) == 36
    assert {anna.signed_in["server"], anna.get("/session").json()["server"]} == {told}


def test_a_seat_signs_in_and_knows_who_it_is(web: Web) -> None:
    answer = sign_in(web, name="anna", password=PASSWORD, seat=SEAT)
    assert (answer.status_code, answer.json()["person"], answer.json()["seat"]) == (201, "Anna", "seat-1")
    token = answer.json()["token"]
    assert len(token) < TOKEN_CHARACTERS
    with web.client(authorization=f"Bearer {token}") as client:
        me = client.get("/api/session").json()
    assert (me["person"], me["seat"], me["administrator"]) == ("Anna", "seat-1", False)
    assert "set-cookie" not in answer.headers


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(web: Web) -> None:
    before = web.dump()
    answers = [sign_in(web, name=name, password="wrong password") for name in ("Anna", "Nobody", "server")]
    assert {(each.status_code, each.text) for each in answers} == {(401, answers[0].text)}
    assert answers[0].json()["code"] == "wrong_password"
    assert web.dump() == before


def test_too_many_tries_must_wait_and_say_how_long(web: Web) -> None:
    for name in ("Anna", "Nobody"):
        answers = [sign_in(web, name=name, password="wrong password") for _ in range(6)]
        assert [each.status_code for each in answers] == [401] * 5 + [429]
        assert answers[-1].json()["code"] == "too_many"
        assert int(answers[-1].headers["retry-after"]) >= 1
    assert sign_in(web, name="Anna", password=PASSWORD).status_code == 429
    assert sign_in(web, name="Ben", password=PASSWORD).status_code == 201
    web.clock.forward(seconds=60)
    assert sign_in(web, name="Anna", password=PASSWORD).status_code == 201


def test_a_dead_or_foreign_token_is_401(web: Web, anna: Seat) -> None:
    foreign = jwt.encode({"sid": "x", "exp": 9_999_999_999}, b"another key of at least 32 bytes!", algorithm="HS256")
    unsigned = jwt.encode({"sid": "x", "exp": 9_999_999_999}, "", algorithm="none")
    before = web.dump()
    for token in ("garbage", foreign, unsigned):
        with web.client(authorization=f"Bearer {token}") as client:
            answer = client.get("/api/vaults")
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
        assert answer.headers["www-authenticate"] == "Bearer"
    assert web.dump() == before


def test_signing_out_ends_the_session_at_once(web: Web, anna: Seat) -> None:
    assert anna.client.delete("/api/session").status_code == 204
    assert anna.get("/vaults").status_code == 401
    assert any(isinstance(hint, SessionHint) for hint in web.hints)


def test_a_session_ends_by_itself_after_its_days(web: Web, anna: Seat) -> None:
    web.clock.forward(days=31)
    assert anna.get("/vaults").status_code == 401


def test_a_new_password_ends_my_other_sessions_and_no_others(web: Web, anna: Seat, ben: Seat) -> None:
    laptop = web.seat("Anna", seat="laptop")
    wrong = anna.client.put("/api/session/password", json={"old": "not that one", "new": "another horse"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "wrong_password")
    assert laptop.get("/vaults").status_code == 200
    answer = anna.client.put("/api/session/password", json={"old": PASSWORD, "new": "another horse"})
    assert answer.status_code == 204
    assert [each.get("/vaults").status_code for each in (anna, laptop, ben)] == [200, 401, 200]
    assert sign_in(web, name="Anna", password=PASSWORD).status_code == 401
    assert sign_in(web, name="Anna", password="another horse").status_code == 201
    laptop.client.close()


def test_signing_in_again_on_a_seat_ends_its_former_session(web: Web, anna: Seat) -> None:
    again = web.seat("Anna")
    assert (anna.get("/vaults").status_code, again.get("/vaults").status_code) == (401, 200)
    again.client.close()


def test_a_seat_id_of_somebody_else_is_refused(web: Web, anna: Seat) -> None:
    before = web.dump()
    answer = sign_in(web, name="Ben", password=PASSWORD, seat={**SEAT, "id": "seat-Anna"})
    assert (answer.status_code, answer.json()["code"]) == (409, "seat_taken")
    assert "another person" in answer.json()["detail"]
    assert web.dump() == before


def test_my_seats_are_listed_and_can_be_ended(web: Web, anna: Seat, ben: Seat) -> None:
    web.clock.forward(minutes=1)
    laptop = web.seat("Anna", seat="laptop")
    web.presence.seats.add("laptop")
    seats = anna.get("/session/seats").json()["seats"]
    assert [(each["id"], each["online"]) for each in seats] == [("laptop", True), ("seat-Anna", False)]
    assert ben.change("/session/seats/laptop", method="DELETE").status_code == 404
    assert anna.change("/session/seats/laptop", method="DELETE").status_code == 204
    assert laptop.get("/vaults").status_code == 401
    laptop.client.close()


def test_a_browser_gets_a_cookie_that_scripts_cannot_read_and_no_token(web: Web) -> None:
    answer = sign_in(web, name="Anna", password=PASSWORD, browser=True)
    assert "token" not in answer.json()
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("auth_token=")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie


def test_away_from_this_computer_the_cookie_needs_tls(web: Web) -> None:
    answer = sign_in(web, {"Host": "pdm.example"}, name="Anna", password=PASSWORD, browser=True)
    assert "Secure" in answer.headers["set-cookie"]


def test_a_browser_changes_something_only_from_this_servers_own_page(web: Web, anna: Seat) -> None:
    vault, file = anna.vault(), anna.add("a.nc")
    token = sign_in(web, name="Anna", password=PASSWORD, browser=True).cookies["auth_token"]
    move = f"/api/files/{file['id']}/move"
    with web.client(cookie=f"auth_token={token}") as browser:
        assert browser.get(f"/api/vaults/{vault}/changes?since=0").status_code == 200
        before = web.dump()
        for origin in ({}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
            answer = browser.post(move, json={"path": "b.nc"}, headers={"Idempotency-Key": "1", **origin})
            assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
        assert web.dump() == before
        own = {"Idempotency-Key": "1", "Origin": web.url}
        assert browser.post(move, json={"path": "b.nc"}, headers=own).status_code == 200
        taken = browser.post(f"/api/files/{file['id']}/checkout", json={}, headers={**own, "Idempotency-Key": "2"})
    assert (taken.status_code, taken.json()["code"]) == (403, "forbidden")
    assert "PDM Desktop" in taken.json()["detail"]


def test_a_page_of_another_site_cannot_sign_a_browser_in(web: Web) -> None:
    answer = sign_in(web, {"Origin": "http://evil.example"}, name="Anna", password=PASSWORD, browser=True)
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")


def test_a_browser_has_no_seat(web: Web) -> None:
    answer = sign_in(web, name="Anna", password=PASSWORD, browser=True, seat=SEAT)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize(
    ("method", "path", "media_type", "body"),
    [
        ("POST", "/api/files/{file}/checkout", "application/json", b'{"message": "too late"}'),
        ("PUT", "/api/session/password", "application/json", b'{"old": "correct horse", "new": "a new password"}'),
        ("PUT", "/api/people/Ben/password", "application/json", b'{"password": "a new password"}'),
        ("POST", "/api/uploads", "application/octet-stream", b"G0 X0 too late"),
    ],
)
def test_a_body_that_arrives_after_the_session_has_ended_changes_nothing(
    web: Web, ada: Seat, method: str, path: str, media_type: str, body: bytes
) -> None:
    file = ada.add("a.nc")["id"]
    address, token = urlsplit(web.url), ada.client.headers["authorization"]
    head = (
        f"{method} {path.format(file=file)} HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\nIdempotency-Key: late\r\n"
        f"Content-Type: {media_type}\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    )
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        connection.sendall(head.encode())
        assert b" 100 " in connection.recv(1_000)  # the session was looked up, and the body is waited for
        assert ada.client.delete("/api/session").status_code == 204
        before, stored = web.dump(), web.stored_files()
        connection.sendall(body)
        assert b" 401 " in connection.recv(1_000)
    assert web.dump() == before
    wait_for(lambda: {each for each in web.stored_files() if each.endswith(".part")} == set())
    assert web.stored_files() - stored <= {blake3(body).hexdigest()}  # collected after a day, as nothing refers to it
