"""The seam between a commit and the hubs: small frozen hints that say where something is new, never what it is.

A hint may be lost, doubled or overtaken by another; who receives one reads the truth from the store. What no store
has, who is connected where, the nodes tell each other by hints that are numbered: who has missed one asks for all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from server.protocol.events import ListName, Report


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


@dataclass(frozen=True, slots=True)
class MissedHint:
    """Hints of other nodes may have been missed until now; from now on they arrive. A bus says it to its own node."""


@dataclass(frozen=True, slots=True)
class LostHint:
    """Hints that nobody says again were lost on their way from a node to the others. Its bus says it to theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatSeen:
    """A person on a seat that is connected to some node."""

    seat: str
    session: str
    person_id: str
    person: str
    since: datetime
    away: datetime | None = None
    """Since when nobody has touched the computer; None: somebody is at it, or that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatsHint:
    """Which seats came to a node, or stand otherwise there, and which went."""

    node: str
    """That node's life, from its start to its end: after a restart it is another one."""
    number: int
    """Counts these hints of the node. What is not greater than one that was heard is old, and says nothing."""
    came: tuple[SeatSeen, ...] = ()
    went: tuple[str, ...] = ()
    whole: bool = False
    """`came` is everybody who is there, or that part of them."""
    part: int = 1
    """Of `parts` that are told one right after the other."""
    parts: int = 1


@dataclass(frozen=True, slots=True)
class AliveHint:
    """A node is at work, and has sent so many hints of its seats."""

    node: str
    number: int


@dataclass(frozen=True, slots=True)
class AskHint:
    """That node, or every node, should tell all its seats, and what they have reported."""

    node: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardReport:
    """What a seat told of a check-out, and when a node heard it."""

    report: Report
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsHint:
    """What seats have told of themselves; it concerns who reads one of these vaults."""

    vaults: frozenset[str]
    reports: tuple[HeardReport, ...] = ()


@dataclass(frozen=True, slots=True)
class TurnHint:
    """A node wants the turn at something of that name: who has it elsewhere should come to an end."""

    name: str
    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TryHint:
    """Somebody tries to sign in at a node, or was `right` there. `token`: by one of GitLab, perhaps beside a name."""

    node: str
    name: str | None
    address: str
    token: bool = False
    right: bool = False


Hint = (
    VaultHint
    | InboxHint
    | AccessHint
    | ChangedHint
    | SessionHint
    | MissedHint
    | LostHint
    | SeatsHint
    | AliveHint
    | AskHint
    | ReportsHint
    | TurnHint
    | TryHint
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BusFigures:
    """What a bus has done since its start, beyond its own node, in plain numbers."""

    sent: int = 0
    """Hints that other nodes could hear."""
    received: int = 0
    """Hints of other nodes."""
    lost: int = 0
    """Hints of this node that no other node could hear."""
    found_again: int = 0
    """How often hints arrived again after they did not."""
    away: bool = False
    """No hints of other nodes arrive now."""


Receive = Callable[[Hint], None]
Unsubscribe = Callable[[], None]


class Bus(Protocol):
    """Publish and subscribe, at most once. Used from the server's event loop only."""

    @property
    def hears(self) -> bool:
        """Whether hints of other nodes arrive now."""

    def figures(self) -> BusFigures:
        """What it counts of itself."""

    async def publish(self, hint: Hint) -> None:
        """Tell every subscriber on every node. Those of this node have heard it when this returns.

        Never raises, neither for a subscriber's fault nor where other nodes cannot be reached, and waits for nobody.
        """

    def subscribe(self, receive: Receive) -> Unsubscribe:
        """Call `receive` for each hint from now on, until the answer is called."""

    async def close(self) -> None:
        """Let go of connections. Nothing is delivered afterwards."""
