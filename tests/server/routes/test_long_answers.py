"""Answers that are streamed keep a connection to the database: one person has a few at a time, and no more."""

from collections.abc import Generator

import pytest
from sqlalchemy import Connection, select

from server.storage.store import STREAMS_EACH
from server.storage.tables import person
from server.storage.waiting import SharedRoom
from tests.support.web import Seat, Web

pytestmark = pytest.mark.postgres


def endless(_: Connection) -> Generator[int]:
    yield from range(1_000_000)


def test_one_person_does_not_take_all(web: Web, anna: Seat, ada: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    store = web.parts.store
    me = web.run(store.read(lambda c: c.execute(select(person.c.id).where(person.c.name == "Anna")).scalar_one()))
    monkeypatch.setattr(store, "_streams", SharedRoom(STREAMS_EACH + 1, 0.1, each=STREAMS_EACH))
    tree = f"/vaults/{anna.vault()}/tree"
    slow = [store.stream(endless, whose=me) for _ in range(STREAMS_EACH)]
    for each in slow:
        assert web.run(anext(each)) == 0
    refused = anna.client.get(f"/api{tree}")
    assert (refused.status_code, refused.json()["code"]) == (503, "not_ready")
    assert "long answers" in refused.json()["detail"]
    assert refused.headers["retry-after"]
    assert ada.get(tree).status_code == 200
    assert ada.get("/audit/export").status_code == 200
    web.run(slow[0].aclose())
    assert anna.get(tree).status_code == 200
    for each in slow:
        web.run(each.aclose())


def test_an_export_says_so_before_it_begins(web: Web, ada: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    store = web.parts.store
    monkeypatch.setattr(store, "_streams", SharedRoom(1, 0.1, each=1))
    other = store.stream(endless)
    assert web.run(anext(other)) == 0
    refused = ada.client.get("/api/audit/export")
    assert (refused.status_code, refused.json()["code"]) == (503, "not_ready")
    web.run(other.aclose())
    assert ada.get("/audit/export").text.count("\n") > 1
