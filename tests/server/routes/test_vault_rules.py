"""The rules of a vault over HTTP: saved, tried, and held to in every call that brings a name, a size or a revision."""

from typing import Any

import httpx
import pytest
from blake3 import blake3

from server.bus.base import ChangedHint
from server.protocol.vault_rules import NO_RULES, VaultRules, tag_of
from tests.support.web import Seat, Web

RULES: dict[str, Any] = {
    "extensions": [".nc", ".mcam"],
    "pattern": r"[0-9]{4}-[a-z-]+\.[a-z]+",
    "good": ["2210-block.nc"],
    "bad": ["block.nc"],
    "max_bytes": 1000,
}


HASH = blake3(b"never sent").hexdigest()
OTHER = b"who looks at this finds another size and hash first"


def rule(ada: Seat, rules: dict[str, Any], **named: Any) -> httpx.Response:
    return ada.change(f"/vaults/{ada.vault()}/rules", rules, method="PUT", **named)


def checked_in(seat: Seat, file: dict[str, Any], content: bytes, **more: Any) -> httpx.Response:
    token = seat.change(f"/files/{file['id']}/checkout", {}).json()["file"]["lock"]["token"]
    base = f"{file['head']['major']}.{file['head']['minor']}"
    return seat.change(f"/files/{file['id']}/checkin", {"base": base, "token": token, **seat.upload(content), **more})


def refused(answer: httpx.Response, *words: str) -> None:
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == "against_rule"
    for word in ("Production", *words):
        assert word in answer.json()["detail"]


def test_everybody_hears_of_new_rules_and_sees_them(web: Web, anna: Seat, ada: Seat) -> None:
    assert "rules" not in anna.get("/vaults").json()["vaults"][0]
    answer = rule(ada, RULES, key="k")
    assert answer.status_code == 200
    assert answer.json()["rules"] == {**RULES, "counting": "minor", "comment": False, "alone": []}
    assert web.hints[-1] == ChangedHint("rules")
    assert anna.get("/vaults").json()["vaults"][0]["rules"] == answer.json()["rules"]
    assert rule(ada, RULES, key="k").json() == answer.json()
    assert len([row for row in web.dump()["audit"] if "vault_ruled" in row]) == 1
    rule(ada, {})
    assert "rules" not in anna.get("/vaults").json()["vaults"][0]


def test_rules_made_from_others_than_those_that_hold_change_nothing_and_say_who(web: Web, ada: Seat) -> None:
    old = tag_of(NO_RULES)
    path = f"/vaults/{ada.vault()}/rules"
    assert ada.change(f"{path}?base={old}", {"comment": True}, method="PUT").status_code == 200
    before = web.dump()
    refused_one = ada.change(f"{path}?base={old}", RULES, method="PUT")
    assert refused_one.status_code == 409, refused_one.text
    assert refused_one.json()["code"] == "otherwise"
    for said in ("Ada changed the rules", f"{web.clock():%H:%M}", "save again"):
        assert said in refused_one.json()["detail"]
    assert web.dump() == before
    by_now = tag_of(VaultRules(comment=True))
    assert ada.change(f"{path}?base={by_now}", RULES, method="PUT").json()["rules"]["extensions"] == RULES["extensions"]


def test_rules_whose_example_does_not_hold_change_nothing_and_name_it(web: Web, ada: Seat) -> None:
    vault, before = ada.vault(), web.dump()
    answer = ada.change(f"/vaults/{vault}/rules", {**RULES, "bad": ["2211-cover.nc"]}, method="PUT")
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == "invalid"
    assert "“2211-cover.nc”" in answer.json()["detail"]
    assert web.dump() == before


@pytest.mark.postgres
def test_names_are_tried_and_nothing_changes(web: Web, ada: Seat) -> None:
    path, before = f"/vaults/{ada.vault()}/rules/try", web.dump()
    names = ["2211-cover.nc", "cover.nc", "2211-cover.pdf", "a:b.nc"]
    tried = ada.change(path, {"rules": {**RULES, "good": ["block"]}, "names": names}).json()
    assert "“block”" in tried["flaw"]
    assert [each["name"] for each in tried["names"] if "flaw" in each] == names[1:]
    broken = ada.change(path, {"rules": {"pattern": "("}, "names": names}).json()
    assert "“(”" in broken["flaw"]
    assert broken["names"] == []
    assert web.dump() == before


def test_a_new_file_has_a_name_and_a_size_that_fit(web: Web, anna: Seat, ada: Seat) -> None:
    rule(ada, RULES)
    vault = anna.vault()
    good, bad, large = anna.upload(b"1"), anna.upload(b"2"), anna.upload(b"3" * 1001)
    before = web.dump()
    refused(anna.change(f"/vaults/{vault}/files", {"path": "Jobs/block.nc", **bad}), "pattern", "2210-block.nc")
    refused(anna.change(f"/vaults/{vault}/files", {"path": "Jobs/2210-a.pdf", **bad}), "extension", ".nc, .mcam")
    refused(anna.change(f"/vaults/{vault}/files", {"path": "Jobs/2210-a.nc", **large}), "1 kB", "2210-a.nc")
    both = {"files": [{"path": "2210-a.nc", **good}, {"path": "a.nc", **bad}]}
    refused(anna.change(f"/vaults/{vault}/files/set", both), "“a.nc”")
    assert web.dump() == before
    assert anna.change(f"/vaults/{vault}/files", {"path": "Jobs/2210-a.nc", **good}).status_code == 201


def test_what_is_there_stays_and_gets_no_other_bad_name(web: Web, anna: Seat, ada: Seat) -> None:
    file, other = anna.add("Old/block.nc"), anna.add("Old/cover.nc")
    rule(ada, RULES)
    assert anna.change(f"/files/{file['id']}/move", {"path": "Older/block.nc"}).status_code == 200
    assert checked_in(anna, file, b"new").status_code == 200
    before = web.dump()
    refused(anna.change(f"/files/{other['id']}/move", {"path": "Old/lid.nc"}), "“lid.nc”", "2210-block.nc")
    assert web.dump() == before
    assert anna.change(f"/files/{other['id']}/move", {"path": "Old/2211-lid.nc"}).status_code == 200
    assert anna.change(f"/vaults/{anna.vault()}/folders/move", {"path": "Older", "to": "Oldest"}).status_code == 200


def test_a_folder_moves_only_where_its_files_may_be(web: Web, anna: Seat, ada: Seat) -> None:
    anna.add("Jobs/2210/a.nc")
    rule(ada, {"pattern": "Jobs/[0-9]{4}/[^/]+", "good": ["Jobs/2210/a.nc"]})
    before = web.dump()
    move = f"/vaults/{anna.vault()}/folders/move"
    refused(anna.change(move, {"path": "Jobs/2210", "to": "Jobs/new"}), "“Jobs/new/a.nc”", "Jobs/2210/a.nc")
    assert web.dump() == before
    assert anna.change(move, {"path": "Jobs/2210", "to": "Jobs/2211"}).status_code == 200


def test_a_deleted_file_comes_back_under_a_name_that_fits(web: Web, anna: Seat, ada: Seat) -> None:
    file = anna.add("block.nc")
    anna.change(f"/files/{file['id']}", method="DELETE")
    rule(ada, RULES)
    before = web.dump()
    refused(anna.change(f"/files/{file['id']}/restore", {}), "“block.nc”", "2210-block.nc")
    assert web.dump() == before
    assert anna.change(f"/files/{file['id']}/restore", {"path": "2210-block.nc"}).status_code == 200


def test_a_check_in_has_a_size_and_a_comment_that_fit_and_the_lock_stays(web: Web, anna: Seat, ada: Seat) -> None:
    file = anna.add("a.nc")
    token = anna.change(f"/files/{file['id']}/checkout", {}).json()["file"]["lock"]["token"]
    large, small = anna.upload(b"1" * 1001), anna.upload(b"1")
    rule(ada, {"max_bytes": 1000, "comment": True})
    wish = {"base": "1.0", "token": token}
    before = web.dump()
    refused(anna.change(f"/files/{file['id']}/checkin", {**wish, **large, "comment": "x"}), "1 kB")
    refused(anna.change(f"/files/{file['id']}/checkin", {**wish, **small}), "comment", "“a.nc”")
    refused(anna.change("/files/set/checkin", {"files": [{"file": file["id"], **wish, **small}]}), "comment")
    assert web.dump() == before
    done = anna.change(f"/files/{file['id']}/checkin", {**wish, **small, "comment": "new mill"})
    assert (done.status_code, done.json()["file"]["head"]["minor"]) == (200, 1)


def test_a_parked_version_is_checked_in_by_the_same_rules_and_stays_parked(web: Web, anna: Seat, ada: Seat) -> None:
    file = anna.add("a.nc")
    first = anna.change(f"/files/{file['id']}/checkout", {}).json()["file"]["lock"]["token"]
    anna.change(f"/files/{file['id']}/undo", {"token": first})
    late = anna.change(f"/files/{file['id']}/checkin", {"base": "1.0", "token": first, **anna.upload(b"late")})
    token = anna.change(f"/files/{file['id']}/checkout", {}).json()["file"]["lock"]["token"]
    rule(ada, {"comment": True})
    path, before = f"/parked/{late.json()['parked']}/checkin", web.dump()
    refused(anna.change(path, {"base": "1.0", "token": token}), "comment")
    assert web.dump() == before
    assert anna.change(path, {"base": "1.0", "token": token, "comment": "late"}).status_code == 200


@pytest.mark.parametrize(
    ("counting", "major", "number"),
    [("minor", False, "1.1"), ("minor", True, "2.0"), ("major", False, "2.0"), ("administrators", False, "1.1")],
)
def test_revisions_count_as_the_rules_say(anna: Seat, ada: Seat, counting: str, major: bool, number: str) -> None:
    file = anna.add("a.nc")
    rule(ada, {"counting": counting})
    head = checked_in(anna, file, b"next", major=major).json()["file"]["head"]
    assert f"{head['major']}.{head['minor']}" == number


def test_only_an_administrator_makes_a_major_revision_where_that_is_the_rule(anna: Seat, ada: Seat) -> None:
    file, other = anna.add("a.nc"), anna.add("b.nc")
    rule(ada, {"counting": "administrators"})
    refused(checked_in(anna, file, b"next", major=True), "administrator", "“a.nc”")
    assert checked_in(ada, other, b"next", major=True).json()["file"]["head"]["major"] == 2


def test_no_pattern_makes_the_server_wait(anna: Seat, ada: Seat) -> None:
    rule(ada, {"pattern": "(a+)+$", "good": ["aa"]})
    refused(anna.change(f"/vaults/{anna.vault()}/files", {"path": "a" * 100 + "!", **anna.upload(b"1")}), "pattern")


@pytest.mark.parametrize(
    ("name", "size", "words"),
    [
        ("block.nc", 10, "“block.nc” does not fit this vault's pattern"),
        ("2210-block.pdf", 10, "“2210-block.pdf” has another extension"),
        ("2210-block.nc", 1001, "“2210-block.nc” has 1 kB, and files of this vault have 1 kB at most"),
    ],
    ids=["name", "extension", "size"],
)
def test_what_a_new_file_would_be_refused_for_is_refused_before_its_bytes_come(
    web: Web, anna: Seat, ada: Seat, name: str, size: int, words: str
) -> None:
    rule(ada, RULES)
    before, to = web.dump(), {"vault": anna.vault(), "path": name}
    begun = anna.change("/uploads/begin", {"size": size, "hash": HASH, "to": to})
    refused(begun, words)
    taken = anna.client.post("/api/uploads", params={"size": size, "hash": HASH, **to}, content=OTHER)
    refused(taken, words)
    added = anna.change(f"/vaults/{to['vault']}/files", {"path": name, "upload": "u", "size": size, "hash": HASH})
    assert taken.json()["detail"] == begun.json()["detail"] == added.json()["detail"]
    assert web.dump() == before


def test_a_check_in_that_is_too_large_is_refused_before_its_bytes_come_whoever_has_the_lock(
    web: Web, anna: Seat, ada: Seat
) -> None:
    file = anna.add("block.nc")
    rule(ada, RULES)
    before, to = web.dump(), {"file": file["id"]}
    refused(anna.change("/uploads/begin", {"size": 1001, "hash": HASH, "to": to}), "1 kB at most")
    params = {"size": 1001, "hash": HASH, **to}
    refused(anna.client.post("/api/uploads", params=params, content=OTHER), "1 kB at most")
    assert web.dump() == before
    assert anna.change("/uploads/begin", {"size": 1000, "hash": HASH, "to": to}).status_code == 201, (
        "its old name stays"
    )
    assert anna.change("/uploads/begin", {"size": 1001, "hash": HASH}).status_code == 201, "as work that is parked"


@pytest.mark.parametrize(
    "to",
    [{}, {"vault": "v"}, {"path": "a.nc"}, {"file": "f", "vault": "v", "path": "a.nc"}],
    ids=["nothing", "no path", "no vault", "both"],
)
def test_content_is_for_one_thing(web: Web, anna: Seat, to: dict[str, str]) -> None:
    before = web.dump()
    answer = anna.change("/uploads/begin", {"size": 1, "hash": HASH, "to": to})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert web.dump() == before


def test_what_content_is_for_tells_nothing_of_what_one_may_not_read(web: Web, anna: Seat, ada: Seat) -> None:
    file, vault = anna.add("block.nc"), anna.vault()
    assert ada.change("/vaults", {"name": "Where Anna sends"}).status_code == 201
    for role, status in (("none", 404), ("reader", 403)):
        ada.change(f"/vaults/{vault}/access/Anna", {"role": role}, method="PUT")
        new = anna.change("/uploads/begin", {"size": 1, "hash": HASH, "to": {"vault": vault, "path": "a.nc"}})
        assert new.status_code == status
    ada.change(f"/vaults/{vault}/access/Anna", {"role": "none"}, method="PUT")
    asked = [{"size": 1, "hash": HASH, "to": {"file": each}} for each in (file["id"], "no-such-file")]
    assert [anna.change("/uploads/begin", each).status_code for each in asked] == [404, 404]
