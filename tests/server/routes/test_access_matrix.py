"""Who may do what: every call of the server, made by everybody, about own, foreign and hidden things (T21).

The calls are taken from the server's own description: one that has no line in `tests/support/access_rows.py` fails.
"""

from collections import Counter
from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from server.routes.api import PREFIX, install
from tests.support.access_rows import PERSONAL, ROWS, Row
from tests.support.access_world import CALLERS, Desk, World, world


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("access")) as made:
        yield made


def _name(row: Row) -> str:
    return f"{row.call} {row.about}".strip().replace("/", "|")


def _described() -> set[str]:
    app = FastAPI()
    install(app, None)
    return {
        f"{method.upper()} {path.removeprefix(PREFIX)}"
        for path, methods in app.openapi()["paths"].items()
        for method in methods
    }


def test_every_call_has_its_line() -> None:
    listed = {row.call for row in ROWS}
    assert sorted(_described() - listed) == [], "add a line to tests/support/access_rows.py"
    assert sorted(listed - _described()) == [], "no such call any more"


def test_every_line_says_something_of_everybody_and_none_stands_twice() -> None:
    assert [row.call for row in ROWS if len(row.statuses.split()) != len(CALLERS)] == []
    assert [name for name, count in Counter(map(_name, ROWS)).items() if count > 1] == []


def test_what_belongs_to_a_person_is_asked_for_by_its_owner_and_by_others() -> None:
    for call in {row.call for row in ROWS if any(mark in row.call for mark in PERSONAL)}:
        assert {"own", "foreign"} <= {row.about for row in ROWS if row.call == call}, call


def test_nobody_does_anything_in_a_vault_without_a_role() -> None:
    for row in ROWS:
        if row.in_hidden is not None:
            assert (row.expected("nobody"), row.expected("stranger") >= 400) == (401, True), row.call


WRITTEN_DOWN = {"GET /audit/export"}
"""Calls that only read, and leave a row in the audit trail all the same."""


def _require(shop: World, row: Row, desk: Desk, expected: int) -> None:
    """The call is answered with that, and has changed nothing if it is refused or only reads."""
    ask = row.ask(desk)
    before = shop.web.dump() if row.call.startswith("GET") or expected >= 400 else None
    answer = desk.make(row.call, ask)
    assert answer.status_code == expected, answer.text
    if expected >= 400:
        assert answer.json()["status"] == expected
        assert answer.json()["detail"]
        if "parked" in answer.json():
            return  # what was sent is kept, by intention
    if before is not None:
        after = shop.web.dump()
        if row.call in WRITTEN_DOWN and expected < 400:
            before, after = ({**each, "audit": [], "audit_head": []} for each in (before, after))
        assert after == before


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("row", ROWS, ids=_name)
def test_a_caller_may_do_what_the_table_says(shop: World, row: Row, caller: str) -> None:
    _require(shop, row, Desk(shop, caller, shop.here), row.expected(caller))


@pytest.mark.parametrize("caller", ["reader", "editor", "keeper"])
@pytest.mark.parametrize("row", [row for row in ROWS if row.in_hidden is not None], ids=_name)
def test_a_vault_that_one_may_not_read_does_not_exist(shop: World, row: Row, caller: str) -> None:
    assert row.in_hidden is not None
    _require(shop, row, Desk(shop, caller, shop.hidden), row.in_hidden)
