"""What I watch and what I want to hear of, over HTTP; messages that are acknowledged by themselves."""

from typing import Any

import pytest
from sqlalchemy import select

from server.services import inbox
from server.storage.tables import person
from tests.support.vault_data import START
from tests.support.web import Seat, Web


def test_watches_over_http(web: Web, anna: Seat, ben: Seat) -> None:
    file = anna.add("Jobs/a.nc")
    vault = anna.get("/vaults").json()["vaults"][0]["id"]
    made = anna.change("/watches", {"vault": vault, "file": file["id"]}, method="PUT")
    assert (made.status_code, made.json()["path"]) == (200, "Jobs/a.nc")
    assert [each["id"] for each in anna.get("/session/mine").json()["watches"]] == [made.json()["id"]]
    assert ben.change(f"/watches/{made.json()['id']}", method="DELETE").status_code == 404
    assert anna.change(f"/watches/{made.json()['id']}", method="DELETE").status_code == 204
    assert anna.get("/session/mine").json()["watches"] == []


@pytest.mark.parametrize(
    "wish",
    [
        {"rule": "some"},
        {"rule": "all", "quiet": [{"day": 7, "start": 0, "end": 1}]},
        {"rule": "all", "quiet": [{"day": 0, "start": 1440, "end": 1}]},
        {"rule": "all", "quiet": [{"day": 0, "start": 0, "end": 1}] * 15},
        {"rule": "all", "quiet": [{"day": "0", "start": 0, "end": 1}]},
    ],
    ids=["rule", "day", "minute", "too many", "text for a number"],
)
def test_what_no_hearing_can_be_is_refused_and_changes_nothing(web: Web, anna: Seat, wish: dict[str, Any]) -> None:
    before = web.dump()
    assert anna.change("/session/hearing", wish, method="PUT").status_code == 422
    assert web.dump() == before


def test_hearing_follows_the_person(web: Web, anna: Seat) -> None:
    assert anna.get("/session/mine").json()["hearing"] == {"rule": "all", "quiet": []}
    nights = [{"day": 4, "start": 1080, "end": 360}]
    assert anna.change("/session/hearing", {"rule": "local", "quiet": nights}, method="PUT").status_code == 200
    other = web.seat("Anna", seat="seat-2")
    told = other.get("/session/mine").json()["hearing"]
    other.client.close()
    assert (told["rule"], told["quiet"]) == ("local", nights)


def test_a_message_is_acknowledged_by_itself(web: Web, anna: Seat, ben: Seat) -> None:
    def tell(connection: Any) -> None:
        [whose] = connection.execute(select(person.c.id).where(person.c.name == "Anna")).scalars()
        inbox.send(connection, whose, inbox.Message(kind="message", by="Ada", text="Tea!", message="m1"), at=START)

    web.run(web.parts.store.write(tell))
    assert [each["text"] for each in anna.get("/session/mine").json()["messages"]] == ["Tea!"]
    assert ben.change("/inbox/1/acknowledge").status_code == 404
    assert anna.change("/inbox/1/acknowledge").json()["acknowledged"] is True
    assert anna.get("/session/mine").json()["messages"] == []
