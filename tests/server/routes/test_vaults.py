"""Vaults over HTTP: the list, snapshots, changes, new vaults, and what one who may not read them sees."""

import json
from dataclasses import replace

from sqlalchemy import Connection, insert, select

from server.bus.base import AccessHint, ChangedHint
from server.protocol.set_rule import DEFAULT_RULE
from server.protocol.wire import plain
from server.storage.tables import access, person
from tests.support.web import Seat, Web


def test_a_snapshot_has_its_head_first_and_the_files_by_path(web: Web, anna: Seat) -> None:
    vault = anna.vault()
    for path in ("b.nc", "B2.nc", "a/z.nc", "a.nc", "ä.nc"):
        anna.add(path)
    taken = anna.change(f"/files/{anna.add('held.nc')['id']}/checkout", {"message": "x"}).json()["file"]
    for encoding in ("identity", "gzip"):
        answer = anna.get(f"/vaults/{vault}/tree", headers={"Accept-Encoding": encoding})
        assert answer.headers["content-type"].startswith("application/x-ndjson")
        assert ("content-encoding" in answer.headers) == (encoding == "gzip")
        head, *files = [json.loads(line) for line in answer.text.splitlines()]
        assert (head["seq"], head["files"], head["vault"]) == (7, 6, vault)
        assert [each["path"] for each in files] == ["B2.nc", "a.nc", "a/z.nc", "b.nc", "held.nc", "ä.nc"]
        assert files[4] == taken
        assert answer.headers["etag"] == f'"{head["epoch"]}.{vault}.7"'
    again = anna.get(f"/vaults/{vault}/tree", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    anna.add("new.nc")
    assert anna.get(f"/vaults/{vault}/tree", headers={"If-None-Match": answer.headers["etag"]}).status_code == 200


def test_a_deleted_file_is_in_no_snapshot(web: Web, anna: Seat) -> None:
    gone, stays = anna.add("a.nc"), anna.add("b.nc")
    assert anna.change(f"/files/{gone['id']}", method="DELETE").status_code == 200
    head, *files = map(json.loads, anna.get(f"/vaults/{anna.vault()}/tree").text.splitlines())
    assert (head["files"], [each["id"] for each in files]) == (1, [stays["id"]])


def test_an_empty_vault_is_a_head_alone(anna: Seat) -> None:
    lines = anna.get(f"/vaults/{anna.vault()}/tree").text.splitlines()
    assert len(lines) == 1
    assert (json.loads(lines[0])["seq"], json.loads(lines[0])["files"]) == (0, 0)


def test_changes_above_the_head_ask_for_a_snapshot(web: Web, anna: Seat) -> None:
    vault = anna.vault()
    answer = anna.get(f"/vaults/{vault}/changes", params={"since": 1})
    assert (answer.status_code, answer.json()["code"]) == (410, "too_far_behind")
    assert "Production" in answer.json()["detail"]
    for wrong in ("-1", "x"):
        assert anna.get(f"/vaults/{vault}/changes", params={"since": wrong}).json()["code"] == "invalid"


def test_only_administrators_add_vaults_and_people(web: Web, anna: Seat, ada: Seat) -> None:
    before = web.dump()
    for path, body in (("/vaults", {"name": "X"}), ("/people", {"name": "X", "password": "long enough"})):
        answer = anna.change(path, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert web.dump() == before
    made = ada.change("/vaults", {"name": "Fixtures"})
    assert (made.status_code, made.json()["role"], made.json()["seq"]) == (201, "administrator", 0)
    assert AccessHint() in web.hints
    assert [each["name"] for each in anna.get("/vaults").json()["vaults"]] == ["Fixtures", "Production"]
    twin = ada.change("/vaults", {"name": "FIXTURES"})
    assert (twin.status_code, twin.json()["code"]) == (409, "name_taken")
    assert ada.change("/people", {"name": "Cleo", "password": "long enough"}).json() == {
        "name": "Cleo", "administrator": False
    }  # fmt: skip
    assert ada.change("/people", {"name": "anna", "password": "long enough"}).json()["code"] == "name_taken"
    assert ada.change("/people", {"name": "Dan", "password": "short"}).json()["code"] == "invalid"
    # Nobody could be named in an address by these.
    for name in ("Shop/Floor", "..", "."):
        assert ada.change("/people", {"name": name, "password": "long enough"}).json()["code"] == "invalid"


def test_a_password_leaves_no_trace_in_the_stored_answers(web: Web, ada: Seat) -> None:
    ada.change("/people", {"name": "Cleo", "password": "a secret of hers"}, key="k")
    assert "a secret of hers" not in str(web.dump())
    again = ada.change("/people", {"name": "Cleo", "password": "a secret of hers"}, key="k")
    assert (again.status_code, again.json()["name"]) == (201, "Cleo")
    other = ada.change("/people", {"name": "Cleo", "password": "another secret"}, key="k")
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")


def test_a_vault_that_i_may_not_read_does_not_exist_for_me(web: Web, anna: Seat, ben: Seat) -> None:
    vault, file = anna.vault(), anna.add("a.nc")

    def shut_out(connection: Connection, role: str | None) -> None:
        mine = connection.execute(select(person.c.id).where(person.c.name == "Ben")).scalar_one()
        connection.execute(insert(access).values(vault=vault, person=mine, role=role))

    web.run(web.parts.store.write(lambda connection: shut_out(connection, None)))
    before = web.dump()
    assert ben.get("/vaults").json()["vaults"] == []
    answers = [
        ben.get(f"/vaults/{vault}/tree"),
        ben.get(f"/vaults/{vault}/changes?since=0"),
        ben.get(f"/vaults/{vault}/deleted"),
        ben.get(f"/files/{file['id']}"),
        ben.get(f"/files/{file['id']}/history"),
        ben.get(f"/files/{file['id']}/content"),
        ben.change(f"/files/{file['id']}/checkout", {}),
        ben.change(f"/files/{file['id']}", method="DELETE"),
        ben.change(f"/vaults/{vault}/folders/move", {"path": "a", "to": "b"}),
    ]
    unknown = [ben.get("/vaults/none/tree"), ben.get("/files/none")]
    assert {(each.status_code, each.json()["code"]) for each in [*answers, *unknown]} == {(404, "not_found")}
    assert answers[0].text == unknown[0].text
    assert answers[3].text == unknown[1].text
    assert ben.get("/locks").json()["locks"] == []
    assert web.dump() == before


def test_a_reader_reads_and_changes_nothing(web: Web, anna: Seat, ben: Seat) -> None:
    vault, file = anna.vault(), anna.add("a.nc")

    def read_only(connection: Connection) -> None:
        mine = connection.execute(select(person.c.id).where(person.c.name == "Ben")).scalar_one()
        connection.execute(insert(access).values(vault=vault, person=mine, role="reader"))

    web.run(web.parts.store.write(read_only))
    before = web.dump()
    assert ben.get(f"/files/{file['id']}/content").status_code == 200
    for answer in (
        ben.change(f"/files/{file['id']}/checkout", {}),
        ben.change(f"/files/{file['id']}/move", {"path": "b.nc"}),
        ben.change(f"/files/{file['id']}", method="DELETE"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        assert "Production" in answer.json()["detail"]
    assert web.dump() == before


def test_administrators_say_which_files_belong_together_and_everybody_hears_of_it(
    web: Web, anna: Seat, ada: Seat
) -> None:
    vault = anna.vault()
    assert "sets" not in anna.get("/vaults").json()["vaults"][0]
    rule = plain(replace(DEFAULT_RULE, operation="{part}_OP*", sheets=[".pdf"]))
    answer = ada.change(f"/vaults/{vault}/sets", {"rule": rule}, method="PUT", key="k")
    assert (answer.status_code, answer.json()["sets"]) == (200, rule)
    assert anna.get("/vaults").json()["vaults"][0]["sets"] == rule
    assert web.hints[-1] == ChangedHint("rules")
    assert ada.change(f"/vaults/{vault}/sets", {"rule": rule}, method="PUT", key="k").json() == answer.json()
    rows = [row for row in web.dump()["audit"] if "sets_ruled" in row]
    assert len(rows) == 1
    assert "sets" not in ada.change(f"/vaults/{vault}/sets", {}, method="PUT").json()
    assert "sets" not in anna.get("/vaults").json()["vaults"][0]


def test_a_rule_that_cannot_be_changes_nothing(web: Web, anna: Seat, ada: Seat) -> None:
    vault, before = anna.vault(), web.dump()
    sound = plain(DEFAULT_RULE)
    for wrong, words in (
        ({"operation": "(a+)+$"}, "write {part} once"),
        ({"sheet": "{part}*"}, "between {part} and *"),
        ({"sources": [".nc"]}, "named twice"),
        ({"programs": ["nc"]}, "write a dot"),
        ({"sheets": [f".x{number}" for number in range(13)]}, "at most 12"),
        ({"operation": "{part}" + "-" * 40}, "at most 40"),
        ({"sources": [5]}, "valid string"),
        ({"regex": ".*"}, "no field"),
    ):
        answer = ada.change(f"/vaults/{vault}/sets", {"rule": sound | wrong}, method="PUT")
        assert answer.status_code == 422, wrong
        assert answer.json()["code"] == "invalid"
        assert words in answer.json()["detail"]
    assert ada.change("/vaults/none/sets", {}, method="PUT").status_code == 404
    refused = anna.change(f"/vaults/{vault}/sets", {"rule": sound}, method="PUT")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert web.dump() == before
