"""The audit trail by its calls: who may read what of it, how it is narrowed, taken away, and checked."""

import csv
import io
import json
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, delete, insert, select, update

from server.domain.audit import Entry, Head
from server.domain.errors import Forbidden
from server.domain.session import Session
from server.protocol.limits import PAGE_ITEMS
from server.routes import entitled
from server.routes.parts import Parts
from server.services import trail
from server.services.record import entry_of, write_audit
from server.storage.tables import access, audit, person, vault
from tests.support.web import Seat, Web


def rows(seat: Seat, **query: str) -> list[dict[str, Any]]:
    answer = seat.get("/audit", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["rows"]
    return found


def let_administer(web: Web, name: str) -> None:
    """The person administers the vault that is there."""

    def grant(connection: Connection) -> None:
        who = connection.execute(select(person.c.id).where(person.c.name == name)).scalar_one()
        where = connection.execute(select(vault.c.id).where(vault.c.name == "Production")).scalar_one()
        connection.execute(insert(access).values(vault=where, person=who, role="administrator"))

    web.run(web.parts.store.write(grant))


def fill(web: Web, count: int) -> None:
    """So many rows more, of nothing that matters."""

    def write(connection: Connection) -> None:
        last = connection.execute(select(audit).order_by(audit.c.number.desc())).first()
        assert last is not None
        entry = entry_of(_session_of(connection), "signed_out", at=last.at, about="nothing")
        write_audit(connection, [entry] * count)

    web.run(web.parts.store.write(write))


def _session_of(connection: Connection) -> Any:
    class Somebody:
        person_id = connection.execute(select(person.c.id).where(person.c.name == "Anna")).scalar_one()

    return Somebody()


def test_rows_come_newest_first_with_every_name(ada: Seat, anna: Seat) -> None:
    file = anna.add("Jobs/plate.nc")
    anna.change(f"/files/{file['id']}/checkout", {"message": "why"})
    anna.change(f"/files/{file['id']}/move", {"path": "Jobs/cover.nc"})
    newest, second, third = rows(ada)[:3]
    assert [each["action"] for each in (newest, second, third)] == ["moved", "checked_out", "added"]
    assert newest["number"] == second["number"] + 1
    assert (newest["person"], newest["words"]) == ("Anna", "moved a file")
    assert (newest["vault_name"], newest["path"]) == ("Production", "Jobs/cover.nc")
    assert json.loads(newest["detail"]) == {"path": "Jobs/cover.nc", "came_from": "Jobs/plate.nc"}
    assert (newest["vault"], newest["file"]) == (anna.vault(), file["id"])


def test_each_filter_narrows(web: Web, ada: Seat, anna: Seat, ben: Seat) -> None:
    plate = anna.add("Jobs/Plate.nc")
    web.clock.forward(minutes=1)
    cover = ben.add("Other/cover.nc")
    added = rows(ada, action="added")
    assert [each["file"] for each in added] == [cover["id"], plate["id"]]
    assert {each["person"] for each in rows(ada, person="ANNA")} == {"Anna"}
    assert [each["file"] for each in rows(ada, file=plate["id"])] == [plate["id"]]
    assert [each["file"] for each in rows(ada, file="jobs/plate.nc")] == [plate["id"]]
    assert [each["file"] for each in rows(ada, file="Jobs")] == [plate["id"]]
    assert {each["action"] for each in rows(ada, vault=anna.vault())} == {"added"}
    assert [each["file"] for each in rows(ada, text="COVER")] == [cover["id"]]
    assert {each["action"] for each in rows(ada, text="added a file")} == {"added"}
    assert rows(ada, text="100%_of") == []
    since = added[0]["at"]
    assert [each["file"] for each in rows(ada, since=since, action="added")] == [cover["id"]]
    assert [each["file"] for each in rows(ada, until=since, action="added")] == [plate["id"]]


def test_what_the_server_does_by_itself_is_found_under_its_name(web: Web, ada: Seat) -> None:
    entry = Entry(at=web.clock(), person="server", action="epoch_began")
    web.run(web.parts.store.write(lambda connection: write_audit(connection, [entry])))
    found = rows(ada, person="Server")
    assert {each["action"] for each in found} == {"epoch_began", "person_added"}
    assert {each["person"] for each in found} == {"server"}


def test_pages_follow_each_other_without_a_gap(web: Web, ada: Seat) -> None:
    fill(web, PAGE_ITEMS + 20)
    seen: list[int] = []
    cursor: str | None = None
    while True:
        answer = ada.get("/audit", params={} if cursor is None else {"cursor": cursor}).json()
        seen += [each["number"] for each in answer["rows"]]
        cursor = answer.get("cursor")
        if cursor is None:
            break
        assert len(answer["rows"]) == PAGE_ITEMS
    assert seen == list(range(seen[0], 0, -1))
    assert len(seen) > PAGE_ITEMS


def test_a_long_trail_is_searched_in_several_calls(web: Web, ada: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail, "SEARCHED_AT_ONCE", 50)
    fill(web, 120)
    answer = ada.get("/audit", params={"text": "added a person"}).json()
    calls = 1
    while "cursor" in answer:
        assert answer["rows"] == []
        answer = ada.get("/audit", params={"text": "added a person", "cursor": answer["cursor"]}).json()
        calls += 1
    assert [each["action"] for each in answer["rows"]] == ["person_added"] * 3
    assert calls == 3


def test_who_administers_a_vault_reads_what_happened_there_and_no_more(
    web: Web, ada: Seat, anna: Seat, ben: Seat
) -> None:
    anna.add("Jobs/plate.nc")
    other = ada.change("/vaults", {"name": "Tooling"}).json()["id"]
    assert anna.get("/audit").status_code == 403
    let_administer(web, "Ben")
    assert {each["action"] for each in rows(ben)} == {"added"}
    assert other not in {each["vault"] for each in rows(ben)}
    assert ben.get("/audit", params={"vault": other}).status_code == 403
    assert ben.get("/audit", params={"vault": "nowhere"}).status_code == 404
    assert ben.get("/audit/verify").status_code == 403
    exported = ben.get("/audit/export", params={"format": "jsonl"}).text.splitlines()
    assert {json.loads(line)["action"] for line in exported} == {"added"}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"cursor": "²"}, 422),
        ({"cursor": "-1"}, 422),
        ({"since": "2026-03-02T08:00:00"}, 422),
        ({"since": "yesterday"}, 422),
        ({"vault": "none"}, 404),
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_refused_with_a_reason(ada: Seat, query: dict[str, str], status: int) -> None:
    answer = ada.get("/audit", params=query)
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_an_export_has_every_row_the_oldest_first_and_its_own(web: Web, ada: Seat, anna: Seat) -> None:
    anna.add("Jobs/=plate.nc")
    fill(web, 1_200)  # more than are read at once
    answer = ada.get("/audit/export")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["content-disposition"].startswith('attachment; filename="audit-trail-')
    head, *cells = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    assert [int(each[0]) for each in cells] == list(range(1, len(cells) + 1))
    assert cells[-1][head.index("action")] == "audit_exported"
    assert json.loads(cells[-1][head.index("detail")]) == {"format": "csv", "by": {}}
    assert ada.get("/audit/export", params={"format": "pdf"}).status_code == 422


def test_a_narrowed_export_has_what_the_list_has(ada: Seat, anna: Seat) -> None:
    anna.add("Jobs/plate.nc")
    lines = ada.get("/audit/export", params={"format": "jsonl", "action": "added"}).text.splitlines()
    assert [json.loads(line) for line in lines] == rows(ada, action="added")
    assert json.loads(rows(ada, action="audit_exported")[0]["detail"])["by"] == {"action": "added"}


def test_a_refused_export_stands_nowhere(web: Web, anna: Seat) -> None:
    before = len(web.dump()["audit"])
    assert anna.get("/audit/export").status_code == 403
    assert len(web.dump()["audit"]) == before


def test_the_chain_is_checked_in_pieces(web: Web, ada: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail, "CHECKED_AT_ONCE", 10)
    fill(web, 40)
    newest = rows(ada)[0]
    answer = ada.get("/audit/verify")
    assert answer.content.startswith(b"    "), "each piece shows that somebody is at work"
    assert answer.json() == {"rows": newest["number"], "head": newest["hash"]}


def test_a_broken_chain_is_told_where_it_breaks(web: Web, ada: Seat) -> None:
    fill(web, 5)
    web.run(
        web.parts.store.write(
            lambda connection: connection.execute(
                update(audit).where(audit.c.number == 3).values(detail='{"about":"something"}')
            )
        )
    )
    found = ada.get("/audit/verify").json()
    assert (found["first_break"], found["rows"]) == (3, 2)


def test_a_trail_whose_end_was_cut_off_is_not_sound(web: Web, ada: Seat) -> None:
    fill(web, 5)
    last = rows(ada)[0]["number"]
    web.run(web.parts.store.write(lambda connection: connection.execute(audit.delete().where(audit.c.number == last))))
    assert ada.get("/audit/verify").json().get("first_break") == last


@pytest.mark.parametrize(
    ("name", "path"),
    [("Ada", "/audit/export"), ("Ada", "/audit/verify"), ("Ben", "/audit/export")],
    ids=["export", "verify", "export of a vault"],
)
def test_a_long_answer_breaks_off_when_its_reader_administers_no_more(
    web: Web, ada: Seat, ben: Seat, monkeypatch: pytest.MonkeyPatch, name: str, path: str
) -> None:
    let_administer(web, "Ben")
    ada.change("/vaults", {"name": "Tooling"})
    ada.change(f"/vaults/{ben.vault()}/name", {"name": "Milling"}, method="PUT")
    who, asked = {"Ada": ada, "Ben": ben}[name], entitled.require_entitled
    assert who.get(path).content

    def take_away(connection: Connection) -> None:
        connection.execute(delete(access))
        connection.execute(update(person).values(administrator=False))

    async def without_the_right(parts: Parts, session: Session, may_read: entitled.MayRead) -> None:
        await parts.store.write(take_away)
        await asked(parts, session, may_read)

    monkeypatch.setattr(entitled, "ASK_SECONDS", 0.0)
    monkeypatch.setattr(entitled, "require_entitled", without_the_right)
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        who.get(path)


def test_who_administers_one_vault_of_two_no_more_reads_neither_on(web: Web, ben: Seat) -> None:
    """What is under way has rows of both."""

    def ask(connection: Connection) -> None:
        who = connection.execute(select(person.c.id).where(person.c.name == "Ben")).scalar_one()
        known = Session(id="s", person_id=who, person="Ben", administrator=False, seat=None, expires=web.clock())
        one = trail.seen_by(connection, known, None)
        assert one == frozenset({vault_id})
        trail.require_seen(connection, known, None, one)
        for more in ({"another", *one}, None):
            with pytest.raises(Forbidden):
                trail.require_seen(connection, known, None, more if more is None else frozenset(more))

    let_administer(web, "Ben")
    vault_id = ben.vault()
    assert vault_id, "it is there"
    web.run(web.parts.store.read(ask))


def test_a_walk_begins_at_nothing() -> None:
    assert trail.Walk().reached == Head(0, "0" * 64)
