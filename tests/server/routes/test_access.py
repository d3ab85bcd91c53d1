"""Who may do what in a vault: read, given, taken back, and never so that nobody is left to administer it."""

from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, select, update

from server.bus.base import AccessHint, ChangedHint
from server.services.reading import readers_of
from server.services.rights import readable_by
from server.storage.tables import person
from tests.support.web import Seat, Web


def role_of(seat: Seat, name: str = "Production") -> str | None:
    return next((each["role"] for each in seat.get("/vaults").json()["vaults"] if each["name"] == name), None)


def give(by: Seat, name: str, role: str, **more: Any) -> httpx.Response:
    return by.change(f"/vaults/{by.vault()}/access/{name}", {"role": role, **more}, method="PUT")


def people(by: Seat) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in by.get(f"/vaults/{by.vault()}/access").json()["people"]}


@pytest.mark.postgres
def test_who_may_change_files_knows_who_else_may(web: Web, anna: Seat, ben: Seat, ada: Seat) -> None:
    path = f"/vaults/{anna.vault()}/editors"
    answer = anna.get(path)
    assert (answer.status_code, answer.json().get("people")) == (200, ["Ada", "Anna", "Ben"])
    give(ada, "ben", "reader")
    assert anna.get(path).json()["people"] == ["Ada", "Anna"]
    assert ben.get(path).status_code == 403
    give(ada, "ben", "none")
    assert ben.get(path).status_code == 404


def test_a_role_holds_at_once_and_is_told(web: Web, anna: Seat, ben: Seat, ada: Seat) -> None:
    assert (role_of(ben), people(ada)["Ben"].get("granted")) == ("editor", None)
    answer = give(ada, "ben", "reader")
    assert answer.json() == {
        "name": "Ben", "role": "reader", "granted": "reader", "usual": True, "administrator": False, "disabled": False
    }  # fmt: skip
    assert web.hints[-2:] == [AccessHint(), ChangedHint("people")]
    assert role_of(ben) == "reader"
    assert give(ada, "Ben", "none").json()["granted"] == "none"
    assert role_of(ben) is None
    back = ada.change(f"/vaults/{ada.vault()}/access/Ben", method="DELETE")
    assert (back.json()["role"], "granted" in back.json(), role_of(ben)) == ("editor", False, "editor")
    actions = [row[3] for row in web.dump()["audit"]]
    assert actions[-3:] == ["role_given", "role_given", "role_taken_back"]


def test_the_default_is_for_everybody_who_is_not_named(web: Web, anna: Seat, ben: Seat, ada: Seat) -> None:
    give(ada, "Ben", "editor")
    answer = ada.change(f"/vaults/{ada.vault()}/default", {"role": "reader"}, method="PUT").json()
    assert answer["default"] == "reader"
    assert {each["name"]: each["role"] for each in answer["people"]} == {
        "Ada": "administrator", "Anna": "reader", "Ben": "editor"
    }  # fmt: skip
    ada.change(f"/vaults/{ada.vault()}/default", {"role": "none"}, method="PUT")
    assert (role_of(anna), role_of(ben), role_of(ada)) == (None, "editor", "administrator")


def test_the_usual_roles_count_for_those_who_have_them(web: Web, anna: Seat, ben: Seat, ada: Seat) -> None:
    vault = ada.vault()
    answer = ada.change("/people/Ben/usual", {"usual": False}, method="PUT")
    assert answer.status_code == 204
    assert AccessHint() in web.hints[-2:]
    assert role_of(ben) is None
    assert not people(ada)["Ben"]["usual"]

    def seen(connection: Connection) -> tuple[bool, int]:
        him = connection.execute(select(person.c.id).where(person.c.name == "Ben")).scalar_one()
        return him in readers_of(connection, vault), len(readable_by(connection, [him])[him])

    assert web.run(web.parts.store.read(seen)) == (False, 0)
    give(ada, "Ben", "reader")
    assert role_of(ben) == "reader"
    assert web.run(web.parts.store.read(seen)) == (True, 1)
    ada.change(f"/vaults/{vault}/access/Ben", method="DELETE")
    ada.change("/people/Ben/usual", {"usual": True}, method="PUT")
    assert role_of(ben) == "editor"


def test_an_administrator_of_a_vault_leaves_it_only_knowingly(web: Web, anna: Seat, ada: Seat) -> None:
    give(ada, "Anna", "administrator")
    vault, before = anna.vault(), web.dump()
    for answer in (
        give(anna, "Anna", "editor"),
        give(anna, "Anna", "none"),
        anna.change(f"/vaults/{vault}/access/Anna", method="DELETE"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
        assert "could not take that back yourself" in answer.json()["detail"]
    assert web.dump() == before
    assert give(anna, "Anna", "editor", give_up=True).json()["role"] == "editor"
    assert give(anna, "Anna", "administrator").status_code == 403


def test_a_default_that_takes_the_own_role_away_needs_the_same_word(web: Web, anna: Seat, ada: Seat) -> None:
    vault = ada.vault()
    ada.change(f"/vaults/{vault}/default", {"role": "administrator"}, method="PUT")
    before = web.dump()
    assert anna.change(f"/vaults/{vault}/default", {"role": "editor"}, method="PUT").status_code == 422
    assert web.dump() == before
    answer = anna.change(f"/vaults/{vault}/default", {"role": "editor", "give_up": True}, method="PUT")
    assert (answer.status_code, role_of(anna)) == (200, "editor")


def test_somebody_is_always_left_to_administer(web: Web, anna: Seat, ada: Seat) -> None:
    give(ada, "Anna", "administrator")
    web.run(
        web.parts.store.write(
            lambda connection: connection.execute(
                update(person).where(person.c.name == "Ada").values(disabled=web.clock())
            )
        )
    )
    before = web.dump()
    answer = give(anna, "Anna", "editor", give_up=True)
    assert answer.status_code == 422, answer.text
    assert "Nobody could administer" in answer.json()["detail"]
    assert web.dump() == before


def test_the_administrator_of_one_vault_is_none_of_another(web: Web, anna: Seat, ada: Seat) -> None:
    give(ada, "Anna", "administrator")
    other = ada.change("/vaults", {"name": "Tooling"}).json()["id"]
    assert anna.change(f"/vaults/{other}/default", {"role": "reader"}, method="PUT").status_code == 403
    assert [each["vault"] for each in anna.get("/administered").json()["vaults"]] == [anna.vault()]
    assert len(ada.get("/administered").json()["vaults"]) == 2


@pytest.mark.parametrize(("given", "role"), [("none", None), ("reader", "reader"), (None, "editor")])
def test_a_new_vault_has_the_default_that_is_given(anna: Seat, ada: Seat, given: str | None, role: str | None) -> None:
    body = {"name": "Tooling"} if given is None else {"name": "Tooling", "default": given}
    assert ada.change("/vaults", body).status_code == 201
    assert role_of(anna, "Tooling") == role


def test_a_vault_gets_another_name_that_is_free(web: Web, anna: Seat, ada: Seat) -> None:
    vault = ada.vault()
    ada.change("/vaults", {"name": "Tooling"})
    taken = ada.change(f"/vaults/{vault}/name", {"name": "TOOLING"}, method="PUT")
    assert (taken.status_code, taken.json()["code"]) == (409, "name_taken")
    assert ada.change(f"/vaults/{vault}/name", {"name": "PRODUCTION"}, method="PUT").json()["name"] == "PRODUCTION"
    assert web.hints[-1] == ChangedHint("rules")
    assert role_of(anna, "PRODUCTION") == "editor"


def test_it_is_told_how_large_a_vault_is_and_for_how_many_it_is_there(anna: Seat, ada: Seat) -> None:
    gone = anna.add("gone.nc", b"12345")
    anna.add("a.nc", b"123")
    anna.change(f"/files/{gone['id']}", method="DELETE")
    give(ada, "Ben", "reader")
    give(ada, "Anna", "none")
    assert ada.get("/administered").json()["vaults"] == [
        {"vault": ada.vault(), "files": 1, "size": 3, "default": "editor", "named": 1}
    ]
    assert anna.get("/administered").json()["vaults"] == []


def test_whom_there_is_not_gets_no_role(web: Web, ada: Seat) -> None:
    before = web.dump()
    for name in ("Nobody", "server"):
        assert give(ada, name, "reader").status_code == 404
    assert ada.change("/people/Nobody/usual", {"usual": True}, method="PUT").status_code == 404
    assert give(ada, "Anna", "owner").json()["code"] == "invalid"
    assert web.dump() == before
