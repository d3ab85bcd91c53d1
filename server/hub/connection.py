"""One socket, as the hub knows it: whose it is, what it may read, and its way out."""

import asyncio
import contextlib
from datetime import datetime

import structlog

from server.hub.encoded import Encoded
from server.hub.outbox import Outbox
from server.protocol.closing import CloseCode
from server.protocol.vault import Vault

log = structlog.get_logger(__name__)


class Connection:
    """A person on a seat. Written to without waiting; a reader that leaves too much waiting is closed."""

    __slots__ = (
        "_bound",
        "_outbox",
        "access",
        "away",
        "bad",
        "ended",
        "ended_with",
        "marks",
        "person",
        "person_id",
        "resumed",
        "seat",
        "session",
        "since",
        "started",
        "starting",
        "unknown",
        "vaults",
    )

    def __init__(
        self,
        *,
        session: str,
        person_id: str,
        person: str,
        seat: str,
        since: datetime,
        outbox: Outbox,
        bound: int,
    ) -> None:
        self.session = session
        self.person_id = person_id
        self.person = person
        self.seat = seat
        self.since = since
        """When it began."""
        self.away: datetime | None = None
        """Since when nobody has touched the computer there, as it told last."""
        self.access = -1
        """The version of everybody's access that `vaults` is true for; -1 until it is greeted."""
        self.vaults: dict[str, Vault] = {}
        """What the person may read."""
        self.marks: dict[str, int] = {}
        """For each vault the seq that the seat has for certain: from `hello`, `resume` or `ack`."""
        self.resumed = False
        """It has said `resume`, or waited too long with it."""
        self.starting: asyncio.TimerHandle | asyncio.Task[None] | None = None
        """What will let it begin, or brings it to where it is live."""
        self.started = False
        """Where each vault begins is decided: what is new from now on goes out."""
        self.ended = False
        self.ended_with: CloseCode | None = None
        """Why the server ended it, if it was the server."""
        self.bad = 0
        """Messages that could not be read."""
        self.unknown = 0
        """Messages of types that this server does not know."""
        self._outbox = outbox
        self._bound = bound

    @property
    def administers(self) -> bool:
        """Whether the person administers a vault; an administrator of the server administers all."""
        return any(vault.role == "administrator" for vault in self.vaults.values())

    def write(self, message: Encoded) -> None:
        """Send soon, in order. Ends the connection when too much waits for it. Raises nothing: others are told next."""
        try:
            if not self.ended and self._outbox.write(message) > self._bound:
                self.end(CloseCode.TOO_SLOW, "too much waits unread")
        except Exception:  # whatever it was, it ends this socket, and no other
            log.exception("connection_broke", person=self.person, seat=self.seat)
            with contextlib.suppress(Exception):
                self.end(CloseCode.INTERNAL, "the server made a mistake")

    def waiting(self) -> int:
        """Bytes that its socket has not taken yet."""
        return self._outbox.waiting()

    async def drained(self) -> None:
        """Wait until little waits."""
        await self._outbox.drained()

    def end(self, code: CloseCode, reason: str = "") -> None:
        """Close, without waiting. The first call counts."""
        if not self.ended:
            self.ended = True
            self.ended_with = code
            self._outbox.end(code, reason)
