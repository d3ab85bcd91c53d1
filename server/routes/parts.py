"""What the routes are built from: the parts of one running server."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from server.auth.gitlab import Gitlab
from server.auth.guard import Guard
from server.auth.passwords import Passwords
from server.auth.throttle import Throttle
from server.auth.tokens import Tokens
from server.bus.base import Bus
from server.hub.contacts import Contacts
from server.hub.roster import Connected
from server.protocol.events import Report
from server.routes.exposition import Exposition
from server.services.backing_up import BackingUp
from server.services.readiness import Readiness
from server.services.surroundings import Surroundings
from server.services.upkeep import Upkeep
from server.storage.blobs import Blobs
from server.storage.gate import Gate
from server.storage.premises import Premises
from server.storage.releases import Releases
from server.storage.store import Store
from server.storage.turns import Turns
from server.storage.whole_reads import WholeReads


class Settings(Protocol):
    """What the routes need of the configuration."""

    @property
    def name(self) -> str:
        """How the server calls itself."""

    @property
    def max_file_bytes(self) -> int:
        """The largest content of one file."""

    @property
    def session_days(self) -> int:
        """Days for which a session works after its sign-in."""

    @property
    def password_least(self) -> int:
        """Characters that a new password has at least."""

    @property
    def code_hours(self) -> int:
        """Hours for which a one-time code works."""

    @property
    def gitlab_role(self) -> Literal["", "reader", "editor"]:
        """What a person may do in every vault who comes in by GitLab."""

    @property
    def gitlab_required(self) -> bool:
        """Whether each sign-in of those whom GitLab knows takes a token."""

    @property
    def upload_hours(self) -> int:
        """Hours for which an upload may be used."""

    @property
    def open_uploads(self) -> int:
        """Uploads in parts that one person may have open."""

    @property
    def open_upload_hours(self) -> int:
        """Hours after its last byte until an open upload is given up."""

    @property
    def parked_days(self) -> int:
        """Days for which a parked version is kept."""

    @property
    def purge_days(self) -> int:
        """Days from the wish to purge a deleted file until it goes."""

    @property
    def metrics_token(self) -> str:
        """What lets a program elsewhere read the figures; empty: none may."""

    @property
    def trusted_proxies(self) -> str:
        """Proxies whose word counts; where there are some, a call from this computer may be anybody's."""


class Presence(Protocol):
    """Which seats are connected, and what they last told of their check-outs."""

    def online(self, seat: str) -> bool:
        """Whether a seat with that id is connected now."""

    def connected(self) -> list[Connected]:
        """Every seat that is connected now, with its person."""

    def people_online(self) -> Collection[str]:
        """The ids of the people who are connected now."""

    def sessions_online(self) -> Collection[str]:
        """The ids of the sessions that are connected now."""

    def away(self, seat: str) -> datetime | None:
        """Since when nobody has touched that seat; None: somebody is at it, that is not known, or it is offline."""

    def people_away(self) -> Mapping[str, datetime]:
        """The ids of those who are connected and at none of their seats, and since when."""

    def reported(self, file: str) -> Report | None:
        """What the holding seat last told of a file; None when it told nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """One server, taken apart."""

    settings: Settings
    store: Store
    blobs: Blobs
    whole_reads: WholeReads
    """Where contents are read from their beginning to their end."""
    gate: Gate
    """Between the arrival of content and its row; collection closes it."""
    turns: Turns
    """At uploads in parts, by their ids."""
    releases: Releases
    backing_up: BackingUp
    premises: Premises
    upkeep: Upkeep
    bus: Bus
    presence: Presence
    contacts: Contacts
    """Who came and went in the last second."""
    clock: Callable[[], datetime]
    """Now, in UTC."""
    passwords: Passwords
    tokens: Tokens
    throttle: Throttle
    guard: Guard
    stopping: Callable[[], bool]
    """Whether the server is about to stop, and no new work should be sent here."""
    readiness: Readiness
    surroundings: Surroundings
    """Disks, backups and the like, as the figures show them."""
    exposition: Exposition
    """The figures as text."""
    gitlab: Gitlab | None = None
    """Who is asked whose a token is, where there is somebody to ask."""
