"""The office of a session: a list that somebody looks at follows the server, one that nobody looks at costs nothing."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import msgspec

from pdm_desktop.app.office import Office
from pdm_desktop.app.tasks import Tasks
from pdm_desktop.core.office import topics
from pdm_desktop.core.office.requests import Look, LookAway
from pdm_desktop.core.office.vaults import RuleVault, TryRules
from pdm_desktop.net.http import Http
from pdm_desktop.state.changes import TopicRead, TroubleRaised
from pdm_desktop.state.store import Store
from server.protocol.calls import Account, Locks, People
from server.protocol.vault_rules import VaultRules
from server.protocol.wire import plain
from tests.support.sample_keeping import SERVER
from tests.support.seat_parts import until

NOW = datetime(2026, 3, 4, tzinfo=UTC)
ANNA = Account(name="Anna", administrator=False, disabled=False)


@dataclass
class Desk:
    """An office and the server that it asks."""

    office: Office
    store: Store
    answers: dict[str, object]
    asked: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)

    def people(self) -> People | None:
        known = self.store.office.known(topics.PEOPLE)
        return None if known is None else known.value


@asynccontextmanager
async def desk() -> AsyncIterator[Desk]:
    asked: list[str] = []
    answers: dict[str, object] = {"/api/people": People(people=[ANNA]), "/api/locks": Locks(locks=[])}

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.raw_path.decode())
        found = answers[request.url.path]
        if isinstance(found, int):
            return httpx.Response(found)
        return httpx.Response(200, content=msgspec.json.encode(plain(found)))

    http = Http("http://server", tls=ssl.create_default_context(), transport=httpx.MockTransport(answer))
    store = Store(clock=lambda: NOW)
    broke: list[BaseException] = []
    tasks = Tasks(broke.append)
    made = Desk(Office(store, http, tasks, lambda: NOW), store, answers, asked)
    store.subscribe(lambda change: made.read.append(change.topic) if isinstance(change, TopicRead) else None)
    try:
        yield made
    finally:
        await tasks.stop()
        await http.close()
    assert broke == []


async def test_a_list_is_read_when_somebody_looks() -> None:
    async with desk() as it:
        it.office.submit(Look(topic=topics.PEOPLE))
        await until(lambda: it.people() == People(people=[ANNA]))
        assert it.asked == ["/api/people"]


async def test_it_is_read_again_after_a_hint_that_it_hears_and_no_other() -> None:
    async with desk() as it:
        it.office.submit(Look(topic=topics.PEOPLE))
        await until(lambda: it.read == ["people"])
        it.answers["/api/people"] = People(people=[])
        it.office.hinted("backups")
        it.office.locks_changed()
        it.office.hinted("people")
        it.office.people_changed()
        await until(lambda: it.people() == People(people=[]))
        assert it.asked == ["/api/people"] * 2


async def test_nobody_reads_what_nobody_looks_at_any_more() -> None:
    async with desk() as it:
        it.office.submit(Look(topic=topics.PEOPLE))
        it.office.submit(Look(topic=topics.LOCKS))
        await until(lambda: sorted(it.read) == ["locks", "people"])
        it.office.submit(LookAway(topic=topics.PEOPLE))
        it.office.come_back()
        await until(lambda: it.asked.count("/api/locks") == 2)
        assert it.asked.count("/api/people") == 1


async def test_what_costs_the_server_work_is_read_less_often() -> None:
    async with desk() as it:
        it.answers["/api/admin/server"] = SERVER
        it.office.submit(Look(topic=topics.PEOPLE))
        it.office.submit(Look(topic=topics.SERVER))
        await until(lambda: sorted(it.read) == ["people", "server"])
        it.office.hinted("seats")
        await until(lambda: it.read.count("people") == 2)
        assert it.asked.count("/api/admin/server") == 1


async def test_what_was_known_stays_when_it_cannot_be_read_again_and_the_reason_stands_beside_it() -> None:
    async with desk() as it:
        it.office.submit(Look(topic=topics.PEOPLE))
        await until(lambda: it.read == ["people"])
        it.answers["/api/people"] = 503
        it.office.hinted("people")
        await until(lambda: it.read == ["people"] * 2)
        known = it.store.office.known(topics.PEOPLE)
        assert known is not None
        assert known.value == People(people=[ANNA])
        assert known.trouble is not None


async def test_another_query_takes_the_place_of_the_one_before() -> None:
    async with desk() as it:
        it.office.submit(Look(topic=topics.LOCKS))
        it.office.submit(Look(topic=topics.LOCKS, query=(("vault", "v1"),)))
        await until(lambda: it.read != [])
        known = it.store.office.known(topics.LOCKS)
        assert known is not None
        assert known.query == (("vault", "v1"),)
        await asyncio.wait_for(until(lambda: it.asked[-1] == "/api/locks?vault=v1"), 5)


async def test_what_only_tries_something_and_cannot_is_no_trouble_of_anybody() -> None:
    async with desk() as it:
        told: list[TroubleRaised] = []
        it.store.subscribe(lambda change: told.append(change) if isinstance(change, TroubleRaised) else None)
        it.answers["/api/vaults/v/rules/try"] = it.answers["/api/vaults/v/rules"] = 503
        it.office.submit(TryRules(vault="v", rules=VaultRules(), names=()))
        await until(lambda: "/api/vaults/v/rules/try" in it.asked)
        wish = RuleVault(vault="v", rules=VaultRules())
        it.office.submit(wish)
        await until(lambda: told != [])
        assert [each.request for each in told] == [wish]


async def test_what_a_part_of_the_program_does_ends_with_it_and_nothing_else() -> None:
    broke: list[BaseException] = []
    program = Tasks(broke.append)
    part = program.apart()
    seen: list[str] = []

    async def wait(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            seen.append(name)

    async def break_off() -> None:
        raise RuntimeError("broken")

    program.start(wait("program"), name="program")
    part.start(wait("part"), name="part")
    part.start(break_off(), name="broken")
    await until(lambda: broke != [])
    await part.stop()
    assert (seen, [str(each) for each in broke]) == (["part"], ["broken"])
    await program.stop()
    assert seen == ["part", "program"]
