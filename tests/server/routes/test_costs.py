"""What a call costs, counted: statements, commits (one fsync each) and trips to a thread."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
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
    changing: set[int] = set()

    def asked(connection: Connection, _cursor: object, statement: str, *_: Any) -> None:
        if statement.startswith("BEGIN"):
            changing.add(id(connection)) if "IMMEDIATE" in statement else changing.discard(id(connection))
        elif id(connection) in changing:
            cost.changing.append(statement)
        else:
            cost.reading.append(statement)

    def committed(connection: Connection) -> None:
        cost.commits += id(connection) in changing

    event.listen(Engine, "before_cursor_execute", asked)
    event.listen(Engine, "commit", committed)
    try:
        yield cost
    finally:
        event.remove(Engine, "before_cursor_execute", asked)
        event.remove(Engine, "commit", committed)


def cost_of(call: Callable[[], httpx.Response]) -> tuple[int, int, int]:
    """Statements before the change, statements of it, and commits, of a call that succeeds."""
    with counted() as cost:
        answer = call()
    assert answer.status_code in (200, 304), answer.text
    print("\n".join([*cost.reading, "---", *cost.changing]))
    return cost.counts


def test_a_check_out_and_its_undo_take_so_many_statements_and_one_fsync_each(anna: Seat) -> None:
    file = anna.add("a.nc")["id"]
    assert cost_of(lambda: anna.change(f"/files/{file}/checkout", {})) == (1, 12, 1)
    assert cost_of(lambda: anna.change(f"/files/{file}/undo", {"token": 1})) == (1, 11, 1)


def test_a_check_in_of_what_has_arrived_takes_so_many_statements_and_one_fsync(anna: Seat) -> None:
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
