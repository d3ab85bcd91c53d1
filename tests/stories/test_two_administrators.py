"""Two administrators at their seats, a real server, real sockets: each sees at once what the other does."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from pdm_desktop.app import online, telling
from pdm_desktop.app.leaving import watch_leaving
from pdm_desktop.core.office import topics
from pdm_desktop.core.office.accounts import LinkGitlab, MakeCode
from pdm_desktop.core.office.deleted import KeepDeleted, PurgeFile
from pdm_desktop.core.office.locks import ForceRelease
from pdm_desktop.core.office.messages import TellPeople
from pdm_desktop.core.office.people import (
    AddPerson,
    DisablePerson,
    EnablePerson,
    LookAtPerson,
    MakeAdministrator,
)
from pdm_desktop.core.office.requests import Look
from pdm_desktop.core.office.seats import EndSeat
from pdm_desktop.core.office.topics import Topic
from pdm_desktop.core.office.vaults import CallVault, GrantRole, MakeVault, RuleVault, SetDefaultRole
from pdm_desktop.state.account import Phase
from server.protocol import calls
from server.protocol.vault_rules import VaultRules
from tests.support.client import PASSWORD, Client, signed_in
from tests.support.quiet_seat import QuietSeat, quiet_seat
from tests.support.seat_parts import until
from tests.support.server import RealServer, real_server

T = TypeVar("T")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    with real_server(tmp_path_factory.mktemp("server")) as started:
        for name in ("Eva", "Olga"):
            started.add_person(name, PASSWORD, administrator=True)
        yield started


@asynccontextmanager
async def seat_of(server: RealServer, name: str, folder: Path) -> AsyncIterator[tuple[QuietSeat, Client]]:
    """Somebody's seat, in step, and the session in which it is."""
    async with signed_in(server.address, name) as client, quiet_seat(folder / name, client, server.address) as seat:
        await seat.in_step()
        yield seat, client


def shown(seat: QuietSeat, topic: Topic[T]) -> T | None:
    """What the seat shows of a list."""
    known = seat.store.office.known(topic)
    return None if known is None else known.value


def account(seat: QuietSeat, name: str) -> calls.Account | None:
    """How the seat shows somebody."""
    people = shown(seat, topics.PEOPLE)
    return None if people is None else next((each for each in people.people if each.name == name), None)


async def test_somebody_new_is_on_both_screens_until_one_has_looked(server: RealServer, tmp_path: Path) -> None:
    async with seat_of(server, "Eva", tmp_path) as (eva, _), seat_of(server, "Olga", tmp_path) as (olga, _):
        for seat in (eva, olga):
            seat.ask(Look(topic=topics.PEOPLE))
        await until(lambda: account(olga, "Eva") is not None and account(eva, "Olga") is not None)
        eva.ask(AddPerson(name="Nina", password=PASSWORD))
        await until(lambda: (found := account(olga, "Nina")) is not None and found.new)
        olga.ask(LookAtPerson(name="Nina"))
        await until(lambda: (found := account(eva, "Nina")) is not None and not found.new)
        assert eva.troubles == olga.troubles == []


async def test_a_person_who_is_disabled_is_out_and_everybody_sees_it(server: RealServer, tmp_path: Path) -> None:
    server.add_person("Paul", PASSWORD)
    async with seat_of(server, "Eva", tmp_path) as (eva, _), seat_of(server, "Olga", tmp_path) as (olga, _):
        olga.ask(Look(topic=topics.PEOPLE))
        async with seat_of(server, "Paul", tmp_path) as (paul, client):
            file = (await client.add(await client.vault(), "Jobs/paul.nc")).file.id
            await client.check_out(file)
            await until(
                lambda: (found := account(olga, "Paul")) is not None and found.online and found.checked_out == 1
            )
            eva.ask(DisablePerson(name="Paul"))
            await until(lambda: paul.store.connection.phase is Phase.SIGNED_OUT)
            await until(lambda: (found := account(olga, "Paul")) is not None and found.disabled and not found.online)
        found = account(olga, "Paul")
        assert found is not None
        assert (found.checked_out, found.seats) == (1, 0)
        olga.ask(EnablePerson(name="Paul"))
        await until(lambda: (again := account(olga, "Paul")) is not None and not again.disabled)
        async with signed_in(server.address, "Paul") as back:
            assert (await back.file(file)).file.lock is not None


async def test_who_is_made_an_administrator_is_one_at_once_and_no_longer_when_it_is_taken_away(
    server: RealServer, tmp_path: Path
) -> None:
    server.add_person("Rita", PASSWORD)
    async with seat_of(server, "Eva", tmp_path) as (eva, _), seat_of(server, "Rita", tmp_path) as (rita, client):
        assert not rita.store.administers
        eva.ask(MakeAdministrator(name="Rita", administrator=True))
        await until(lambda: rita.store.account is not None and rita.store.account.administrator)
        assert (await client.get("/people", calls.People)).people
        eva.ask(MakeAdministrator(name="Rita", administrator=False))
        await until(lambda: not rita.store.administers)


async def test_who_leaves_the_computer_is_away_on_every_screen_until_back(
    server: RealServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both sit at this computer, so both leave it."""
    untouched = [timedelta(minutes=11)]
    monkeypatch.setattr(telling, "EVERY", 0.1)
    monkeypatch.setattr(online, "idle_time", lambda: untouched[-1])
    monkeypatch.setattr(online, "watch_leaving", partial(watch_leaving, look_every=0.05))
    async with seat_of(server, "Eva", tmp_path) as (_, client), seat_of(server, "Olga", tmp_path) as (olga, _):
        file = (await client.add(await client.vault(), "Jobs/left.nc")).file.id
        await client.check_out(file)
        for topic in (topics.PEOPLE, topics.LOCKS, topics.DASHBOARD):
            olga.ask(Look(topic=topic))

        def away() -> list[bool]:
            """How Olga's seat shows Eva: in step with the server, and in each list."""
            people, locks, board = shown(olga, topics.PEOPLE), shown(olga, topics.LOCKS), shown(olga, topics.DASHBOARD)
            found = [each.away for each in (people.people if people else []) if each.name == "Eva"]
            found += [each.away for each in (locks.locks if locks else []) if each.file == file]
            found += [each.away for each in (board.here if board else []) if each.person == "Eva"]
            return [each is not None for each in (olga.store.presence.away_since("Eva"), *found)]

        await until(lambda: away() == [True] * 4)
        assert olga.store.presence.is_online("Eva")
        untouched.append(timedelta())
        await until(lambda: away() == [False] * 4)


async def test_a_seat_that_is_ended_signs_out_and_stands_there_so(server: RealServer, tmp_path: Path) -> None:
    server.add_person("Sven", PASSWORD)

    def of_sven(seat: QuietSeat) -> calls.SeatOf | None:
        seats = shown(seat, topics.SEATS)
        return None if seats is None else next((each for each in seats.seats if each.person == "Sven"), None)

    async with seat_of(server, "Eva", tmp_path) as (eva, _), seat_of(server, "Olga", tmp_path) as (olga, _):
        olga.ask(Look(topic=topics.SEATS))
        async with seat_of(server, "Sven", tmp_path) as (sven, client):
            await until(lambda: (found := of_sven(olga)) is not None and found.online)
            found = of_sven(olga)
            assert found is not None
            assert (found.signed_in, found.address, found.id) == (True, "127.0.0.1", client.seat)
            eva.ask(EndSeat(seat=client.seat, whose="Sven"))
            await until(lambda: sven.store.connection.phase is Phase.SIGNED_OUT)
            await until(lambda: (after := of_sven(olga)) is not None and not after.signed_in and not after.online)


async def test_a_message_is_in_the_inbox_and_its_acknowledgement_on_both_screens(
    server: RealServer, tmp_path: Path
) -> None:
    server.add_person("Tom", PASSWORD)

    def acknowledged(seat: QuietSeat) -> list[tuple[str, int]]:
        sent = shown(seat, topics.MESSAGES)
        return [] if sent is None else [(each.text, each.acknowledged) for each in sent.messages]

    async with (
        seat_of(server, "Eva", tmp_path) as (eva, _),
        seat_of(server, "Olga", tmp_path) as (olga, _),
        signed_in(server.address, "Tom") as tom,
    ):
        for seat in (eva, olga):
            seat.ask(Look(topic=topics.MESSAGES))
        eva.ask(TellPeople(text="Please check in.", to="Tom"))
        await until(lambda: acknowledged(olga) == [("Please check in.", 0)])
        [entry] = (await tom.get("/inbox", calls.Inbox)).entries
        assert (entry.kind, entry.by, entry.text) == ("message", "Eva", "Please check in.")
        await tom.change("POST", f"/inbox/{entry.number}/acknowledge")
        await until(lambda: acknowledged(eva) == acknowledged(olga) == [("Please check in.", 1)])


async def test_a_check_out_that_one_takes_away_leaves_the_list_of_the_other_and_stands_in_the_trail(
    server: RealServer, tmp_path: Path
) -> None:
    server.add_person("Lara", PASSWORD)
    async with (
        seat_of(server, "Eva", tmp_path) as (eva, _),
        seat_of(server, "Olga", tmp_path) as (olga, _),
        signed_in(server.address, "Lara") as lara,
    ):
        olga.ask(Look(topic=topics.LOCKS))
        olga.ask(Look(topic=topics.AUDIT))
        file = (await lara.add(await lara.vault(), "Jobs/lara.nc")).file
        held = (await lara.check_out(file.id)).file.lock
        assert held is not None

        def holders() -> list[str]:
            locks = shown(olga, topics.LOCKS)
            return [each.lock.locked_by for each in locks.locks if each.file == file.id] if locks else []

        await until(lambda: holders() == ["Lara"])
        reason = "The plate is needed for the 14:00 setup."
        eva.ask(ForceRelease(file=file.id, path=file.path, holder="Lara", token=held.token, reason=reason))
        await until(lambda: holders() == [])

        def newest() -> tuple[str, str | None] | None:
            trail = shown(olga, topics.AUDIT)
            return None if trail is None or not trail.rows else (trail.rows[0].action, trail.rows[0].person)

        await until(lambda: newest() == ("forced", "Eva"))
        assert eva.troubles == []


async def test_a_deleted_file_its_purge_and_its_return_are_on_both_screens(server: RealServer, tmp_path: Path) -> None:
    async with seat_of(server, "Eva", tmp_path) as (eva, client), seat_of(server, "Olga", tmp_path) as (olga, _):
        vault = await client.vault()
        file = (await client.add(vault, "Jobs/gone.nc")).file
        olga.ask(Look(topic=topics.DELETED, query=(("vault", vault),)))

        def stone() -> calls.DeletedFile | None:
            files = shown(olga, topics.DELETED)
            return None if files is None else next((each.file for each in files.files if each.file.id == file.id), None)

        await client.delete(file.id)
        await until(lambda: (found := stone()) is not None and found.purge is None)
        eva.ask(PurgeFile(file=file.id, path=file.path))
        await until(lambda: (found := stone()) is not None and found.purge is not None)
        eva.ask(KeepDeleted(file=file.id, path=file.path))
        await until(lambda: (found := stone()) is not None and found.purge is None)
        await client.restore(file.id)
        await until(lambda: shown(olga, topics.DELETED) is not None and stone() is None)
        assert eva.troubles == []


async def test_a_vault_its_name_its_rules_and_its_roles_are_on_both_screens(server: RealServer, tmp_path: Path) -> None:
    server.add_person("Mia", PASSWORD)
    async with seat_of(server, "Eva", tmp_path) as (eva, _), seat_of(server, "Olga", tmp_path) as (olga, _):
        olga.ask(Look(topic=topics.VAULT_USES))

        def vault_called(name: str) -> str | None:
            """The id of the vault that is called so, once the list has it as well."""
            uses = shown(olga, topics.VAULT_USES)
            listed = [] if uses is None else [each.vault for each in uses.vaults]
            return next(
                (each.id for each in olga.store.vaults.values() if each.name == name and each.id in listed), None
            )

        eva.ask(MakeVault(name="Fixtures", default="reader"))
        await until(lambda: vault_called("Fixtures") is not None)
        vault = vault_called("Fixtures")
        assert vault is not None
        eva.ask(CallVault(vault=vault, name="Vises"))
        await until(lambda: vault_called("Vises") == vault)
        eva.ask(RuleVault(vault=vault, rules=VaultRules(comment=True)))
        await until(lambda: olga.store.vaults[vault].file_rules.comment)

        def role_of(person: str) -> str | None:
            access = shown(olga, topics.VAULT_ACCESS)
            people = [] if access is None else access.people
            return next((each.role for each in people if each.name == person), None)

        olga.ask(Look(topic=topics.VAULT_ACCESS, query=(("vault", vault),)))
        await until(lambda: role_of("Mia") == "reader")
        eva.ask(GrantRole(vault=vault, person="Mia", role="editor"))
        await until(lambda: role_of("Mia") == "editor")
        eva.ask(SetDefaultRole(vault=vault, role="none"))
        await until(lambda: (access := shown(olga, topics.VAULT_ACCESS)) is not None and access.default is None)
        assert eva.troubles == []


async def test_how_somebody_gets_in_is_on_both_screens(server: RealServer, tmp_path: Path) -> None:
    server.add_person("Nils", PASSWORD)
    async with seat_of(server, "Eva", tmp_path) as (eva, _), seat_of(server, "Olga", tmp_path) as (olga, _):
        olga.ask(Look(topic=topics.PEOPLE))
        await until(lambda: account(olga, "Nils") is not None)
        eva.ask(MakeCode(name="Nils"))
        await until(lambda: (found := account(olga, "Nils")) is not None and found.code_until is not None)
        eva.ask(LinkGitlab(name="Nils", gitlab=4711))
        await until(lambda: (found := account(olga, "Nils")) is not None and found.gitlab == 4711)
        assert eva.troubles == []
