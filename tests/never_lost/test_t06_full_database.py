"""T6 for the server's database: it has no room at any statement that writes, nor for any commit, of any call.

Which calls there are is read from the contract: one that no act here makes fails. Each is made with room for nothing,
then for one statement more, and so on, until it gets by. Every time that it does not it is answered with 507 `full`,
and no row of the database is another one (N14); with room the end is the same as if there always had been some.
"""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import cache, partial
from unittest.mock import patch

import pytest
from blake3 import blake3
from fastapi import FastAPI
from sqlalchemy import Connection

from server.auth import passwords
from server.protocol.problems import Code
from server.protocol.vault import File
from server.routes.api import PREFIX, install
from server.services.record import first_break_in_audit
from server.storage.tables import arrival, metadata
from tests.support.client import Refusal
from tests.support.every_call import ACTS, Call, Day
from tests.support.full_database import FullDatabase
from tests.support.sim import World, simulate
from tests.support.sim_shop import SimShop, sim_shop

pytestmark = pytest.mark.never_lost("T6")
MOST = 40
"""More statements than any call makes."""
READING = {
    ("POST", "/files/states"),
    ("POST", "/files/contents"),
    ("POST", "/files/{file}/pieces"),
    ("POST", "/session/token/owner"),
    ("POST", "/vaults/{vault}/rules/try"),
}
"""They ask with a body, and change nothing."""

Rows = dict[str, list[tuple[object, ...]]]


@dataclass
class End:
    """How a day ended."""

    made: list[tuple[Call, list[str]]]
    """Every call, and what it asked of the database that needs room, once it got by."""
    state: object


def test_there_is_an_act_for_every_call_of_the_contract() -> None:
    made = with_room().made
    assert {(call.method, call.path) for call, _ in made} == of_the_contract()
    assert {(call.method, call.path) for call, needs in made if not needs} == READING


def of_the_contract() -> set[tuple[str, str]]:
    """Method and path of every call that may change something."""
    described = FastAPI()
    install(described, None)
    paths = described.openapi()["paths"]
    return {(each.upper(), path.removeprefix(PREFIX)) for path in paths for each in paths[path] if each != "get"}


def test_a_call_that_finds_no_room_in_the_database_has_not_happened() -> None:
    assert simulate(1, partial(a_day, is_full=True)).state == with_room().state


@cache
def with_room() -> End:
    """The day as it is when there is room for all of it."""
    return simulate(1, partial(a_day, is_full=False))


async def a_day(world: World, *, is_full: bool) -> End:
    """Every act, one after the other; each call with no room at first, where the database is to be full."""
    with (  # what is kept of a password is slow to compute, and is not what this is about
        patch.object(passwords, "hashed", lambda password: password),
        patch.object(passwords, "_fits", lambda password, kept: password == kept),
        patch.object(passwords, "_marked", lambda password, purpose: password + purpose),
        FullDatabase() as full,
    ):
        async with sim_shop(world) as shop, AsyncExitStack() as clients:
            day = Day(shop, clients)
            made = []
            for act in ACTS:
                call = await act(day)
                made.append((call, await until_it_gets_by(shop, full, call, is_full=is_full)))
            assert await shop.server.read(first_break_in_audit) is None
            nothing_is_left(shop, await shop.server.read(rows))
            await shop.assert_nothing_lost()
            files = sorted(map(seen, (await day.tomas.tree(day.vault)).files.values()))
            parked = [blake3(await day.tomas.parked_content(each.id)).hexdigest() for each in await day.tomas.parked()]
            return End(made, (files, parked, numbers(await shop.server.read(rows))))


async def until_it_gets_by(shop: SimShop, full: FullDatabase, call: Call, *, is_full: bool) -> list[str]:
    """Make it with room for nothing, for one statement, for two. Returns what of it needs room."""
    before = await shop.server.read(rows)
    for first in range(1, MOST) if is_full else (MOST,):
        full.fill(first)
        code = await answer_to(call)
        reached = [*full.reached]
        full.free()
        if len(reached) < first:
            assert code == (call.answer and call.answer.word), f"{call.method} {call.path} is answered with {code}"
            return reached
        where = f"{call.method} {call.path} with a full database from {first}, {reached[-1]}"
        assert code == Code.FULL.word, f"{where}: {code}"
        assert await shop.server.read(rows) == before, f"{where}: something of it has happened"
    raise AssertionError(f"{call.method} {call.path} never got by")


async def answer_to(call: Call) -> str | None:
    """The code of the problem that it is answered with; None: it is done."""
    try:
        await call.make()
    except Refusal as refusal:
        problem = refusal.problem
        assert problem.detail, "it says what to do"
        assert (problem.code == Code.FULL.word) == (problem.status == Code.FULL.status)
        return problem.code
    except Exception as error:
        raise AssertionError(f"{call.method} {call.path} broke: {error!r}") from error
    return None


def rows(connection: Connection) -> Rows:
    """All that the database has, but whether what has arrived was checked: that is written down by the way."""
    found: Rows = {}
    for table in metadata.tables.values():
        columns = ", ".join(f'"{each.name}"' for each in table.c if each is not arrival.c.checked)
        # As SQLite has it: to make values of all rows would take longer than the calls themselves.
        sql = f"SELECT {columns} FROM {table.name}"  # noqa: S608 - names of the tables
        found[table.name] = sorted(map(tuple, connection.exec_driver_sql(sql)), key=repr)
    return found


def numbers(found: Rows) -> dict[str, int]:
    """How many rows each table has: ids are others in each run."""
    return {name: len(each) for name, each in found.items()}


def seen(file: File) -> tuple[str, str, str, str | None]:
    """What people see of a file."""
    return file.path, file.head.number, file.head.hash, None if file.lock is None else file.lock.seat


def nothing_is_left(shop: SimShop, found: Rows) -> None:
    """Nothing lies there that arrives, but what goes on with its next part."""
    blobs = shop.server.folder / "blobs"
    assert not [*(blobs / "incoming").iterdir()]
    growing = {each.name for each in (blobs / "growing").iterdir()}
    assert growing <= {each[0] for each in found["arrival"]}
