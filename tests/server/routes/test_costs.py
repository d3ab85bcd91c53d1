"""What a call costs, counted: statements, commits and trips to a thread. Fsyncs are counted in serving/test_fsyncs.

What begins a change (`BEGIN IMMEDIATE`, on PostgreSQL the turn at the advisory lock) is no statement of it: all else is
the same on both.
"""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi.dependencies.models import Dependant
from sqlalchemy import Connection, Engine, event

from tests.server.routes.test_refusals import all_routes
from tests.support.web import Seat


@dataclass
class Cost:
    """What was asked of the database: the statements that read aside, those of the change itself, and commits."""

    reading: list[str] = field(default_factory=list)
    changing: list[str] = field(default_factory=list)
    commits: int = 0

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many of each."""
        return len(self.reading), len(self.changing), self.commits


@contextmanager
def counted() -> Iterator[Cost]:
    """Everything that any database of this process is asked meanwhile."""
    cost = Cost()
    changing: set[Connection] = set()

    def asked(connection: Connection, _cursor: object, statement: str, *_: Any) -> None:
        if statement == "BEGIN IMMEDIATE" or statement.startswith("SELECT pg_advisory_xact_lock("):
            assert connection not in changing, "a change takes its turn once"
            changing.add(connection)
        elif statement != "BEGIN":
            (cost.changing if connection in changing else cost.reading).append(statement)

    def committed(connection: Connection) -> None:
        cost.commits += connection in changing
        changing.discard(connection)

    def rolled_back(connection: Connection) -> None:
        changing.discard(connection)

    event.listen(Engine, "before_cursor_execute", asked)
    event.listen(Engine, "commit", committed)
    event.listen(Engine, "rollback", rolled_back)
    try:
        yield cost
    finally:
        event.remove(Engine, "before_cursor_execute", asked)
        event.remove(Engine, "commit", committed)
        event.remove(Engine, "rollback", rolled_back)
    assert not changing, "what was begun has ended"


def cost_of(call: Callable[[], httpx.Response]) -> tuple[int, int, int]:
    """Statements before the change, statements of it, and commits, of a call that succeeds."""
    with counted() as cost:
        answer = call()
    assert answer.status_code in (200, 304), answer.text
    print("\n".join([*cost.reading, "---", *cost.changing]))
    return cost.counts


@pytest.mark.postgres
def test_a_check_out_and_its_undo_take_so_many_statements_and_one_commit_each(anna: Seat) -> None:
    file = anna.add("a.nc")["id"]
    assert cost_of(lambda: anna.change(f"/files/{file}/checkout", {})) == (1, 12, 1)
    assert cost_of(lambda: anna.change(f"/files/{file}/undo", {"token": 1})) == (1, 11, 1)


def test_a_check_in_of_what_has_arrived_takes_so_many_statements_and_one_commit(anna: Seat) -> None:
    file = anna.add("a.nc")["id"]
    anna.change(f"/files/{file}/checkout", {})
    sent = anna.upload(b"G1 X1\n")
    wish = {**sent, "token": 1, "base": "1.0", "comment": "First piece"}
    assert cost_of(lambda: anna.change(f"/files/{file}/checkin", wish)) == (2, 15, 1)


def test_a_tree_costs_as_many_statements_whatever_it_holds_and_one_when_nothing_is_new(anna: Seat) -> None:
    path = f"/vaults/{anna.vault()}/tree"
    empty = cost_of(lambda: anna.get(path))
    for number in range(3):
        anna.change(f"/files/{anna.add(f'{number}.nc')['id']}/checkout", {})
    assert cost_of(lambda: anna.get(path)) == empty == (6, 0, 0)
    tag = {"If-None-Match": anna.get(path).headers["etag"]}
    assert cost_of(lambda: anna.get(path, headers=tag)) == (2, 0, 0)


def test_changes_cost_as_many_statements_however_many_they_are(anna: Seat) -> None:
    path = f"/vaults/{anna.vault()}/changes?since=0"
    for number in range(3):
        anna.add(f"{number}.nc")
    assert cost_of(lambda: anna.get(path)) == (3, 0, 0)


def test_nothing_that_a_call_depends_on_goes_to_a_thread() -> None:
    def of(dependant: Dependant) -> Iterator[Callable[..., Any]]:
        for each in dependant.dependencies:
            if each.call is not None:
                yield each.call
            yield from of(each)

    found = {call for route in all_routes() for call in (*of(route.dependant), route.endpoint)}
    assert len(found) > 100
    assert not [call for call in found if not inspect.iscoroutinefunction(call)]
