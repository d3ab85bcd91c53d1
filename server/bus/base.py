"""The seam between a commit and the hubs: small frozen hints that say where something is new, never what it is.

A hint may be lost, doubled or overtaken by another; who receives one reads the truth from the store.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from server.protocol.events import ListName


@dataclass(frozen=True, slots=True)
class VaultHint:
    """The vault has events up to this seq."""

    vault: str
    seq: int


@dataclass(frozen=True, slots=True)
class InboxHint:
    """The person's inbox has entries up to this number. `person` is an id."""

    person: str
    number: int


@dataclass(frozen=True, slots=True)
class AccessHint:
    """Somebody's access to some vault is another one now."""


@dataclass(frozen=True, slots=True)
class ChangedHint:
    """A list should be read again, by these people (ids), or by everybody."""

    what: ListName
    people: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class SessionHint:
    """This session has ended."""

    session: str


Hint = VaultHint | InboxHint | AccessHint | ChangedHint | SessionHint
Receive = Callable[[Hint], None]
Unsubscribe = Callable[[], None]


class Bus(Protocol):
    """Publish and subscribe, at most once. Used from the server's event loop only."""

    async def publish(self, hint: Hint) -> None:
        """Tell every subscriber on every node. Never raises for a subscriber's fault."""

    def subscribe(self, receive: Receive) -> Unsubscribe:
        """Call `receive` for each hint from now on, until the answer is called."""

    async def close(self) -> None:
        """Let go of connections. Nothing is delivered afterwards."""
