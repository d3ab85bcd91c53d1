"""What the hub asks of the store: few questions, each answered from one moment, and one thing to write down."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from server.protocol.events import Troubles
from server.protocol.vault import Vault


class StoredEvent(Protocol):
    """One numbered change of a vault, its data as plain JSON."""

    @property
    def vault(self) -> str:
        """Id of the vault."""

    @property
    def seq(self) -> int:
        """Its number in the vault."""

    @property
    def type(self) -> str:
        """The message's type."""

    @property
    def at(self) -> datetime:
        """When it was committed."""

    @property
    def data(self) -> Mapping[str, Any]:
        """The message's data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What somebody who connects is told first. `access` is the version of everybody's access that it is true for."""

    access: int
    vaults: Sequence[Vault]
    inbox: int


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Events of vaults, each vault's in order."""

    access: int
    events: Mapping[str, Sequence[StoredEvent]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What no hint needs to tell: sessions that have ended, and the version of everybody's access."""

    access: int
    ended: Collection[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The vaults that each of some people may read."""

    access: int
    vaults: Mapping[str, Sequence[Vault]]


class Source(Protocol):
    """The store, as the hub asks it. Every question may raise what the store raises; the hub asks again later."""

    async def identity(self) -> str:
        """The server's id, which never changes."""

    async def epoch(self) -> str:
        """The server's epoch; it does not change while the server runs."""

    async def arrivals(self, people: Collection[str]) -> Mapping[str, Arrival]:
        """For each of these people (ids), who connect."""

    async def news(self, after: Mapping[str, int], *, limit: int) -> News:
        """Up to `limit` events of each vault after the seq given for it."""

    async def look(self, sessions: Collection[str]) -> Look:
        """Which of these sessions have ended."""

    async def access(self, people: Collection[str]) -> Access:
        """What these people (ids) may read."""

    async def inboxes(self, people: Collection[str]) -> Mapping[str, int]:
        """The number of the newest message of each of these people (ids) who has any."""

    async def held(self, person_id: str, seat: str) -> Collection[str]:
        """Ids of the files that the person holds on that seat."""

    async def keep_troubles(self, seat: str, troubles: Troubles) -> bool:
        """Write down what needs the person at a seat; whether that is something else than before."""
