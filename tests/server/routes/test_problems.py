"""What cannot be read, found or done is a problem with a code and words, never a traceback, and changes nothing."""

import logging
from typing import Any

import pytest
import sqlalchemy.exc
from fastapi import FastAPI

from server.domain import errors
from server.protocol.problems import Code
from server.routes.api import install
from server.routes.bodies import JSON_BYTES
from server.services import change
from tests.support.waiting import wait_for
from tests.support.web import Seat, Web


def post(seat: Seat, content: bytes, media_type: str = "application/json", path: str = "") -> Any:
    headers = {"Content-Type": media_type, "Idempotency-Key": "k"}
    return seat.client.post(path or f"/api/vaults/{seat.vault()}/files", content=content, headers=headers)


@pytest.mark.parametrize(
    ("content", "status", "code", "words"),
    [
        (b"", 400, "bad_request", "no JSON"),
        (b"{", 400, "bad_request", "no JSON"),
        (b"[" * 5_000, 400, "bad_request", "recursion"),
        (b'{"path": "\xff"}', 400, "bad_request", "no JSON"),
        (b"[]", 422, "invalid", "the body"),
        (b'{"upload": "u", "size": 1, "hash": "%s"}' % (b"0" * 64), 422, "invalid", "“path” is missing"),
        (b'{"path": "a", "upload": "u", "size": "1", "hash": "%s"}' % (b"0" * 64), 422, "invalid", "“size”"),
        (b'{"path": "a", "upload": "u", "size": 1.5, "hash": "%s"}' % (b"0" * 64), 422, "invalid", "“size”"),
        (b'{"path": "a", "upload": "u", "size": 1, "hash": "0"}', 422, "invalid", "“hash”"),
        (
            b'{"path": "a", "upload": "u", "size": 1, "hash": "%s", "x": 1}' % (b"0" * 64),
            422,
            "invalid",
            "no field “x”",
        ),
        (b'{"path": "%s"}' % (b"a" * JSON_BYTES), 413, "too_large", str(JSON_BYTES)),
    ],
)
def test_a_body_that_does_not_fit_says_where(
    web: Web, anna: Seat, content: bytes, status: int, code: str, words: str
) -> None:
    anna.vault()
    before = web.dump()
    answer = post(anna, content)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.json()["detail"]
    assert web.dump() == before


def test_another_media_type_is_415(web: Web, anna: Seat) -> None:
    answer = post(anna, b"{}", "text/plain")
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported")


def test_an_unknown_address_and_a_wrong_method_are_problems_too(web: Web, anna: Seat) -> None:
    unknown = anna.client.get("/api/nothing")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    assert "/api/nothing" in unknown.json()["detail"]
    wrong = anna.client.put("/api/vaults")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    assert "allow" in wrong.headers


def test_text_with_control_characters_is_refused(web: Web, anna: Seat) -> None:
    file = anna.add("a.nc")
    before = web.dump()
    answer = anna.change(f"/files/{file['id']}/checkout", {"message": "two\nlines"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert "message" in answer.json()["detail"]
    assert web.dump() == before


def test_a_fault_of_the_server_tells_nothing_and_logs_all(
    web: Web, anna: Seat, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    file = anna.add("a.nc")
    before = web.dump()

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the secret reason")

    monkeypatch.setattr(change, "record", broken)
    with caplog.at_level(logging.ERROR):
        answer = anna.change(f"/files/{file['id']}/checkout", {})
        wait_for(lambda: "the secret reason" in caplog.text)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret" not in answer.text
    assert web.dump() == before


@pytest.mark.sqlite
def test_a_full_disk_under_the_database_changes_nothing(web: Web, anna: Seat) -> None:
    file = anna.add("a.nc")
    content = anna.upload(b"x" * 10)

    def bound(connection: Any) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    web.run(web.parts.store.write(bound))
    before = web.dump()
    statuses = set()
    for number in range(60):
        wish = {"files": [{"path": f"{number}/{'x' * 200}{each}.nc", **content} for each in range(20)]}
        answer = anna.change(f"/vaults/{anna.vault()}/files/set", wish)
        statuses.add(answer.status_code)
        if answer.status_code != 201:
            break
        before = web.dump()
    assert statuses <= {201, 507}
    assert answer.json()["code"] == "full"
    assert "full" in answer.json()["detail"]
    assert web.dump() == before
    web.run(web.parts.store.write(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 1000000")))
    assert anna.change(f"/files/{file['id']}/checkout", {}).status_code == 200


WITH_BODY = ("post", "put")
WITHOUT_BODY = {
    "post /api/backups",
    "post /api/files/{file}/adopt",
    "post /api/files/{file}/purge",
    "post /api/inbox/{number}/acknowledge",
    "post /api/people/{name}/code",
    "post /api/people/{name}/enable",
    "post /api/people/{name}/seen",
    "put /api/files/{file}/waiting",
    "put /api/people/{name}/administrator",
}
"""What is meant is all in the address."""


def test_every_route_stands_in_the_api_page(web: Web) -> None:
    app = FastAPI()
    install(app, web.parts)
    paths = app.openapi()["paths"]
    assert len(paths) >= 24
    changing = {
        f"{method} {path}": call
        for path, calls in paths.items()
        for method, call in calls.items()
        if method in WITH_BODY
    }
    assert {name for name, call in changing.items() if "requestBody" not in call} == WITHOUT_BODY


def test_codes_and_errors_are_one_tree() -> None:
    def leaves(kind: type[errors.ProblemError]) -> set[Code]:
        return {kind.code}.union(*(leaves(each) for each in kind.__subclasses__())) if hasattr(kind, "code") else set()

    known = set().union(*(leaves(each) for each in errors.ProblemError.__subclasses__()))
    assert set(Code) == known


def test_ready_while_serving_and_not_while_stopping(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    with web.client() as client:
        assert [client.get(path).status_code for path in ("/healthz", "/readyz")] == [200, 200]
        web.stopping[0] = True
        stopping = client.get("/readyz")
        assert (stopping.status_code, stopping.json()["code"]) == (503, "not_ready")
        assert stopping.headers["retry-after"] == "5"
        web.stopping[0] = False

        async def broken(*_: Any) -> None:
            raise sqlalchemy.exc.OperationalError("select", {}, Exception("gone"))

        monkeypatch.setattr(web.parts.store, "read", broken)
        assert client.get("/readyz").status_code == 503
        assert client.get("/healthz").status_code == 200
