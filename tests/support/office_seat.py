"""A seat in the office: what its person asks of the server's lists, and what it comes to show of them by itself.

    async with office_seat(server, "Eva", folder) as eva:
        eva.looks_at(topics.LOCKS)
        eva.asks(ForceRelease(…))
        await eva.sees(topics.LOCKS, lambda known: known.locks == [])

Nothing is read again but by the server's hints: what is seen was brought there live.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from pdm_desktop.core import requests
from pdm_desktop.core.office import topics
from pdm_desktop.core.office.requests import Look, OfficeRequest
from pdm_desktop.core.office.topics import Topic
from pdm_desktop.core.requests import FileRequest
from pdm_desktop.core.results import Outcome
from server.protocol.vault import Lock, Vault
from server.protocol.vault_rules import VaultRules
from tests.support.client import Client, signed_in
from tests.support.quiet_seat import QuietSeat, quiet_seat
from tests.support.seat_parts import until
from tests.support.server import RealServer

T = TypeVar("T")


class OfficeSeat:
    """Somebody's seat, in step, and the session in which it is."""

    def __init__(self, seat: QuietSeat, client: Client, vault: str = "") -> None:
        self.seat = seat
        self.client = client
        self.vault = vault

    def looks_at(self, topic: Topic[T], **query: str) -> None:
        """Show a list from now on."""
        self.seat.ask(Look(topic=topic, query=tuple(query.items())))

    def asks(self, request: OfficeRequest) -> None:
        """Ask for something; it is seen when it is done."""
        self.seat.ask(request)

    async def does(self, request: FileRequest) -> None:
        """A command on files, which succeeds."""
        results = await self.seat.do(request)
        assert [each.outcome for each in results] == [Outcome.DONE], results

    def shown(self, topic: Topic[T]) -> T | None:
        """A list as this seat shows it; None: it has not come yet."""
        known = self.seat.store.office.known(topic)
        return None if known is None else known.value

    async def sees(self, topic: Topic[T], holds: Callable[[T], bool]) -> T:
        """A list that it looks at comes to be so; what it is then."""
        await until(lambda: (value := self.shown(topic)) is not None and holds(value))
        value = self.shown(topic)
        assert value is not None
        return value

    async def reads_in_audit(self, *actions: str, by: str, path: str | None = None) -> None:
        """The audit trail on this screen comes to begin with what somebody did, the newest first."""
        wanted = [(each, by, path) for each in actions]
        await self.sees(
            topics.AUDIT,
            lambda page: [
                (each.action, each.person, each.path) for each in page.rows if each.action in actions
            ][: len(wanted)] == wanted,
        )  # fmt: skip

    async def hears(self, words: str) -> None:
        """Its person is told."""
        await until(lambda: any(words in each for each in self.seat.said))

    async def vault_is(self, holds: Callable[[Vault | None], bool]) -> None:
        """The vault comes to be so on this seat; None: it does not exist there."""
        await until(lambda: holds(self.seat.store.vaults.get(self.vault)))

    def named(self, vault: str) -> tuple[str, VaultRules | None] | None:
        """The name of a vault and its rules, as this seat knows them; None: it is not there."""
        known = self.seat.store.vaults.get(vault)
        return None if known is None else (known.name, known.rules)

    async def checks_out(self, path: str) -> Lock:
        """A new file of this person, which the seat has checked out."""
        file = (await self.client.add(self.vault, path)).file.id
        await self.does(requests.CheckOut(files=(file,)))
        lock = (await self.client.file(file)).file.lock
        assert lock is not None
        return lock


@asynccontextmanager
async def office_seat(server: RealServer, name: str, folder: Path) -> AsyncIterator[OfficeSeat]:
    """The seat of somebody who has an account, over a folder of its own."""
    async with signed_in(server.address, name) as client, seat_of(client, folder / name) as seat:
        seat.vault = await client.vault()
        yield seat


@asynccontextmanager
async def seat_of(client: Client, folder: Path) -> AsyncIterator[OfficeSeat]:
    """The seat of a session that has begun, also of somebody who may see no vault."""
    async with quiet_seat(folder, client, client.address) as seat:
        await seat.in_step()
        yield OfficeSeat(seat, client)
