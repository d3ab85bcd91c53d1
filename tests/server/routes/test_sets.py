"""Sets over HTTP: one key, one answer, and every refusal with its status, code and file, changing nothing."""

from typing import Any

import httpx
import pytest
from sqlalchemy import update

from server.bus.base import ChangedHint
from server.protocol.limits import SET_FILES
from server.services.record import first_break_in_audit
from server.storage.tables import vault
from tests.support.web import Seat, Web


@pytest.fixture
def files(anna: Seat) -> list[dict[str, Any]]:
    return [anna.add(f"Parts/Bracket.{ending}", ending.encode()) for ending in ("mcam", "nc", "pdf")]


def ids(files: list[dict[str, Any]]) -> list[str]:
    return [each["id"] for each in files]


def check_out(who: Seat, files: list[dict[str, Any]], **named: Any) -> httpx.Response:
    return who.change("/files/set/checkout", {"files": ids(files)}, **named)


def brought(who: Seat, files: list[dict[str, Any]], **fields: Any) -> list[dict[str, Any]]:
    return [
        {"file": each["id"], "base": "1.0", "token": 1} | who.upload(f"next of {each['path']}".encode()) | fields
        for each in files
    ]


def test_a_set_goes_all_the_way(web: Web, anna: Seat, ben: Seat, files: list[dict[str, Any]]) -> None:
    taken = check_out(anna, files)
    assert (taken.status_code, [each["lock"]["token"] for each in taken.json()["files"]]) == (200, [1, 1, 1])
    assert taken.json()["vault"] == anna.vault()
    wish = {"files": brought(anna, files), "comment": "faster", "keep": True}
    kept = anna.change("/files/set/checkin", wish).json()
    assert [(each["head"]["minor"], each["lock"]["token"]) for each in kept["files"]] == [(1, 1)] * 3
    assert ben.get(f"/files/{files[1]['id']}/content").content == b"next of Parts/Bracket.nc"
    back = anna.change("/files/set/undo", {"files": [{"file": each, "token": 1} for each in ids(files)]}).json()
    assert [(each["head"]["minor"], "lock" in each) for each in back["files"]] == [(1, False)] * 3
    gone = ben.change("/files/set/delete", {"files": ids(files)})
    assert gone.status_code == 200
    assert ben.get(f"/files/{files[2]['id']}").json()["deleted"] is True
    changes = anna.get(f"/vaults/{anna.vault()}/changes", params={"since": 0}).json()["changes"]
    assert [each["seq"] for each in changes] == list(range(1, 16))
    assert web.run(web.parts.store.read(first_break_in_audit)) is None


def test_one_key_has_one_effect_and_one_answer(web: Web, anna: Seat, files: list[dict[str, Any]]) -> None:
    check_out(anna, files)
    wish = {"files": brought(anna, files)}
    first = anna.change("/files/set/checkin", wish, key="once")
    before, hints = web.dump(), list(web.hints)
    again = anna.change("/files/set/checkin", wish, key="once")
    assert (again.status_code, again.content) == (first.status_code, first.content) == (200, first.content)
    for other in ({"files": wish["files"][:2]}, {"files": wish["files"][::-1]}, wish | {"major": True}):
        answer = anna.change("/files/set/checkin", other, key="once")
        assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")
    assert web.dump() == before
    assert web.hints == hints


def test_a_set_that_is_refused_for_one_file_changes_none(
    web: Web, anna: Seat, ben: Seat, files: list[dict[str, Any]]
) -> None:
    assert check_out(ben, files[2:]).status_code == 200
    before = web.dump()
    answer = check_out(anna, files, key="k")
    assert (answer.status_code, answer.json()["code"], answer.json()["path"]) == (423, "locked", "Parts/Bracket.pdf")
    assert answer.json()["lock"]["locked_by"] == "Ben"
    answer = anna.change("/files/set/delete", {"files": ids(files)})
    assert (answer.status_code, answer.json()["path"]) == (423, "Parts/Bracket.pdf")
    assert web.dump() == before
    ben.change("/files/set/undo", {"files": [{"file": files[2]["id"], "token": 1}]})
    assert check_out(anna, files, key="k").status_code == 200


def test_a_set_that_comes_too_late_is_parked_as_a_whole(web: Web, anna: Seat, files: list[dict[str, Any]]) -> None:
    check_out(anna, files)
    anna.change(f"/files/{files[0]['id']}/undo", {"token": 1})
    web.hints.clear()
    wish = {"files": brought(anna, files), "comment": "faster"}
    answers = [anna.change("/files/set/checkin", wish, key=key) for key in ("k", "k", "other")]
    assert [(each.status_code, each.json()["code"], each.json()["path"]) for each in answers] == [
        (409, "not_yours", "Parts/Bracket.mcam")
    ] * 3
    parked = {each["file"]: each for each in anna.get("/parked").json()["parked"]}
    assert {each["reason"] for each in parked.values()} == {"not_yours", "set_refused"}
    assert {each.json()["parked"] for each in answers} == {parked[files[0]["id"]]["id"]}
    for each in files:
        content = anna.get(f"/parked/{parked[each['id']]['id']}/content").content
        assert content == f"next of {each['path']}".encode()
        assert anna.get(f"/files/{each['id']}").json()["file"]["head"] == each["head"]
    # Each to who sent it, and to those who administer the vault.
    assert [each.what for each in web.hints if isinstance(each, ChangedHint)] == ["parked"] * 6


NEXT = {"file": "f", "upload": "u", "base": "1.0", "token": 1, "size": 1, "hash": "0" * 64}


@pytest.mark.parametrize(
    ("call", "body", "status", "words"),
    [
        ("checkout", {}, 422, "“files” is missing"),
        ("checkout", {"files": []}, 422, "Name at least one"),
        ("checkout", {"files": "f"}, 422, "“files”"),
        ("checkout", {"files": [1]}, 422, "“files.0”"),
        ("checkout", {"files": [""]}, 422, "“files.0”"),
        ("checkout", {"files": ["f"] * (SET_FILES + 1)}, 422, f"{SET_FILES} items"),
        ("checkout", {"files": ["f"], "message": "x" * 121}, 422, "“message”"),
        ("checkout", {"files": ["f"], "why": "x"}, 422, "no field “why”"),
        ("checkout", {"files": ["nothing"]}, 404, "no such file"),
        ("checkin", {"files": []}, 422, "Name at least one"),
        ("checkin", {"files": [{}]}, 422, "“files.0.file” is missing"),
        ("checkin", {"files": [NEXT | {"token": "1"}]}, 422, "“files.0.token”"),
        ("checkin", {"files": [NEXT | {"hash": "0"}]}, 422, "“files.0.hash”"),
        ("checkin", {"files": [NEXT | {"comment": "x"}]}, 422, "no field “files.0.comment”"),
        ("checkin", {"files": [NEXT] * (SET_FILES + 1)}, 422, f"{SET_FILES} items"),
        ("checkin", {"files": [NEXT]}, 404, "no such file"),
        ("undo", {"files": []}, 422, "Name at least one"),
        ("undo", {"files": [{"file": "f"}]}, 422, "“files.0.token” is missing"),
        ("undo", {"files": [{"file": "f", "token": -1}]}, 422, "“files.0.token”"),
        ("undo", {"files": [{"file": "f", "token": 1}]}, 404, "no such file"),
        ("delete", {"files": []}, 422, "Name at least one"),
        ("delete", {"files": [None]}, 422, "“files.0”"),
        ("delete", {"files": ["nothing"]}, 404, "no such file"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(
    web: Web, anna: Seat, call: str, body: dict[str, Any], status: int, words: str
) -> None:
    before = web.dump()
    answer = anna.change(f"/files/set/{call}", body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.json()["detail"]
    assert web.dump() == before


def test_what_one_may_not_read_is_unknown_in_a_set_too(
    web: Web, anna: Seat, ada: Seat, files: list[dict[str, Any]]
) -> None:
    made = ada.change("/vaults", {"name": "Prototypes"}).json()
    sent = ada.upload(b"x")
    secret = ada.change(f"/vaults/{made['id']}/files", {"path": "x.nc", **sent}).json()["file"]
    both = {"files": [files[0]["id"], secret["id"]]}
    answer = anna.change("/files/set/checkout", both)
    assert (answer.status_code, answer.json()["path"]) == (422, "x.nc")

    def take_away(connection: Any) -> None:
        connection.execute(update(vault).where(vault.c.id == made["id"]).values(default_role=None))

    web.run(web.parts.store.write(take_away))
    before = web.dump()
    for wish in (both, {"files": both["files"][::-1]}):
        answer = anna.change("/files/set/checkout", wish)
        assert (answer.status_code, answer.json()["code"], "x.nc" in answer.text) == (404, "not_found", False)
    assert web.dump() == before
