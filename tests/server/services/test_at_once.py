"""Many change the same files at once, by two servers on one PostgreSQL: as if one had come after the other."""

import asyncio
import random
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Connection, func, select

from server.domain.errors import ProblemError
from server.domain.session import Session
from server.protocol.calls import CheckIn, CheckOut, FileState, MoveFile, UndoCheckOut
from server.services import adding, checkin, checkout, moving
from server.services.idempotency import Call, once
from server.services.outcome import Outcome
from server.services.record import first_break_in_audit
from server.storage.store import Store
from server.storage.tables import audit, event, file, lock, vault
from tests.support.databases import new_database
from tests.support.postgres import Postgres
from tests.support.vault_data import START, VaultData

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Debian's PostgreSQL runs on Linux")

WRITERS = 8
STEPS = 6
PLACES = ("a.nc", "b.nc", "c.nc", "d.nc", "e.nc")
"""One more than there are files, so that moves collide and find room."""


UseCase = Callable[[Connection], Outcome[FileState]]


@dataclass
class Servers:
    """Two servers on one database, and who works with them."""

    stores: tuple[Store, Store]
    data: VaultData
    people: list[Session]

    async def call(self, who: Session, key: str, use_case: UseCase) -> FileState | None:
        """A call that comes twice, once to each server, at the same moment. None: it was refused, both times."""
        call = Call(person_id=who.person_id, key=key, fingerprint=key)

        async def send(store: Store) -> bytes | None:
            def work(connection: Connection) -> bytes:
                return once(connection, call, lambda: use_case(connection), at=START).body

            try:
                return await store.write(work)
            except ProblemError:
                return None

        bodies = {each for each in await asyncio.gather(*map(send, self.stores)) if each is not None}
        assert len(bodies) < 2  # one that is refused may be done right after
        return msgspec.json.decode(bodies.pop(), type=FileState) if bodies else None


@pytest.fixture
async def servers(postgres: Postgres, tmp_path: Path) -> AsyncIterator[Servers]:
    url = new_database(postgres)
    data = await VaultData.open(tmp_path, database=url)
    other = await Store.open(url)
    people = [await data.person(f"Person {number}") for number in range(WRITERS)]
    yield Servers((data.store, other), data, people)
    await other.close()
    await data.store.close()
    postgres.drop(url)


async def test_of_all_who_check_a_file_out_at_once_one_holds_it(servers: Servers) -> None:
    added = await servers.data.add(servers.people[0], "a.nc")

    def take(who: Session) -> UseCase:
        return lambda c: checkout.check_out(c, who, added.file.id, CheckOut(), at=START)

    answers = await asyncio.gather(*(servers.call(who, f"k {who.person}", take(who)) for who in servers.people))
    [held] = [each for each in answers if each is not None]
    now = await servers.data.file(added.file.id)
    assert now.lock == held.file.lock
    assert (await lines(servers))[added.file.id] == ["added", "checked_out"]


async def test_of_all_who_want_one_path_one_has_it(servers: Servers) -> None:
    async def add(who: Session) -> FileState | None:
        wish = await servers.data.new_file(who, "Jobs/a.nc")
        return await servers.call(who, "k", lambda c: adding.add_file(c, who, servers.data.vault, wish, at=START))

    answers = await asyncio.gather(*map(add, servers.people))
    assert sum(each is not None for each in answers) == 1
    assert await servers.data.store.read(lambda c: c.execute(select(func.count()).select_from(file)).scalar_one()) == 1


async def test_whatever_they_do_it_is_as_if_one_had_come_after_the_other(servers: Servers) -> None:
    files = [(await servers.data.add(servers.people[0], path)).file.id for path in PLACES[:-1]]

    async def work(number: int, who: Session) -> None:
        chance = random.Random(number)
        for step in range(STEPS):
            file_id = await held_by(servers, who) or chance.choice(files)
            await servers.call(who, f"{number}.{step}", await something(servers, who, file_id, chance))

    await asyncio.gather(*(work(number, who) for number, who in enumerate(servers.people)))
    store = servers.data.store
    assert await store.read(first_break_in_audit) is None
    head = await store.read(lambda c: c.execute(select(vault.c.seq)).scalar_one())
    seqs = await store.read(lambda c: list(c.execute(select(event.c.seq).order_by(event.c.seq)).scalars()))
    assert seqs == list(range(1, head + 1))
    assert head > len(files) + WRITERS
    for file_id, happened in (await lines(servers)).items():
        holders = [action for action in happened if action in ("checked_out", "checked_in", "undone")]
        assert all(each == "checked_out" for each in holders[::2]), happened
        assert "checked_out" not in holders[1::2], happened
        now = await servers.data.file(file_id)
        assert now.head.minor == happened.count("checked_in")
        assert (now.lock is not None) == (len(holders) % 2 == 1)


async def held_by(servers: Servers, who: Session) -> str | None:
    """A file that somebody holds."""
    mine = select(lock.c.file).where(lock.c.seat == who.seat)
    return await servers.data.store.read(lambda c: c.execute(mine).scalars().first())


async def something(servers: Servers, who: Session, file_id: str, chance: random.Random) -> UseCase:
    """What somebody wants who looks at a file: its holder gives it back, and others take it, or move it."""
    now = await servers.data.file(file_id)
    if now.lock is not None and now.lock.seat == who.seat:
        token = now.lock.token
        if chance.random() < 0.3:
            return lambda c: checkout.undo_check_out(c, who, file_id, UndoCheckOut(token=token), at=START)
        sent = await servers.data.upload(who, chance.randbytes(8))
        wish = CheckIn(upload=sent.id, base=now.head.number, token=token, size=sent.size, hash=sent.hash)
        return lambda c: checkin.check_in(c, who, file_id, wish, at=START)
    if chance.random() < 0.3:
        place = chance.choice(PLACES)
        return lambda c: moving.move_file(c, who, file_id, MoveFile(path=place), at=START)
    return lambda c: checkout.check_out(c, who, file_id, CheckOut(), at=START)


async def lines(servers: Servers) -> dict[str, list[str]]:
    """What the audit trail says of each file, in its order."""
    query = select(audit.c.file, audit.c.action).where(audit.c.file.is_not(None)).order_by(audit.c.number)
    found: dict[str, list[str]] = {}
    for file_id, action in await servers.data.store.read(lambda c: c.execute(query).all()):
        found.setdefault(file_id, []).append(action)
    return found
