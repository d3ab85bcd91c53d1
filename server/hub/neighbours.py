"""The nodes beside this one: what it tells them of its seats, and what they tell of theirs.

Each node tells who came and went in numbered hints, and once a second that it is at work, with the number of its last
one. Who finds a number missing asks for all. So nothing has to be kept anywhere but in the nodes themselves: what one
knew goes with it, and a Redis that starts empty has lost nothing.
"""

import asyncio
import secrets
from collections.abc import Callable

import structlog

from server.bus.base import AliveHint, AskHint, Bus, SeatSeen, SeatsHint
from server.hub.connection import Connection
from server.hub.portions import portions
from server.hub.roster import Roster
from server.protocol.closing import REPLACED, CloseCode

log = structlog.get_logger(__name__)

GATHERING_SECONDS = 0.05
"""Arrivals and departures are told together: well below the window in which people are announced."""
BEAT_SECONDS = 1.0
SILENT_SECONDS = 6.0
"""So long after its last word a node counts as ended. Seats come back within 5 s after a restart: nobody flickers."""
DEAF_SECONDS = 60.0
"""So long is believed what was known when the bus went away; afterwards a node shows its own seats."""


class Neighbours:
    """What this node and the others know of each other's seats. Used from the server's event loop only."""

    def __init__(self, roster: Roster, bus: Bus, *, moved: Callable[[], None]) -> None:
        self.node = secrets.token_hex(8)
        """Which node this is, from its start to its end."""
        self._roster = roster
        self._bus = bus
        self._moved = moved
        """Called when somebody elsewhere came, went, or is away or back."""
        self._number = 0
        self._stirred: set[str] = set()
        self._all = False
        """All seats are to be told."""
        self._ask: set[str | None] = {None}
        """Whom to ask for all of theirs; None: everybody."""
        self.news = asyncio.Event()
        """Something is to be told or asked."""
        self.news.set()
        self._last_beat = 0.0
        self._leaving = False

    def stirred(self, seat: str) -> None:
        """A seat of this node came, went, or stands otherwise."""
        self._stirred.add(seat)
        self.news.set()

    def leave(self) -> None:
        """This node stops, and its seats come to another one: nobody is told that they went, which would flicker."""
        self._leaving = True

    def missed(self) -> None:
        """Hints were missed, here and elsewhere: tell everything, and ask for everything."""
        self._roster.elsewhere.be_patient(at=_seconds())
        self.tell_all()

    def tell_all(self) -> None:
        """Something may have been lost on the way to the others or from them: tell all, and ask for all."""
        self._all = True
        self._want(None)

    def hear(self, hint: SeatsHint | AliveHint | AskHint) -> None:
        """What another node says."""
        match hint:
            case AskHint(None | self.node):
                self._all = True
                self.news.set()
            case SeatsHint() if hint.node != self.node:
                if self._roster.elsewhere.hear(hint, at=_seconds()):
                    self._want(hint.node)
                for seen in hint.came:
                    self._give_way(seen, hint.node)
                self._moved()
            case AliveHint(node) if node != self.node:
                if self._roster.elsewhere.is_alive(hint, at=_seconds()):
                    self._want(node)

    async def tell(self) -> None:
        """Tell what has stirred here since the last time, or everything, and ask for what is missing."""
        await self.news.wait()
        await asyncio.sleep(GATHERING_SECONDS)
        self.news.clear()
        asked, self._ask = self._ask, set()
        for node in {None} if None in asked else asked:
            await self._bus.publish(AskHint(node))
        if self._leaving or not (self._all or self._stirred):
            return
        stirred, self._stirred = self._stirred, set()
        whole, self._all = self._all, False
        here = list(self._roster) if whole else [each for seat in stirred if (each := self._roster.at(seat))]
        went = () if whole else tuple(stirred.difference(each.seat for each in here))
        told = list(portions([seen_at(each) for each in here]))
        for part, came in enumerate(told, start=1):
            self._number += 1
            await self._bus.publish(
                SeatsHint(
                    node=self.node,
                    number=self._number,
                    came=came,
                    went=went if part == 1 else (),
                    whole=whole,
                    part=part,
                    parts=len(told),
                )
            )
            await asyncio.sleep(0)

    async def beat(self) -> None:
        """Say that this node is at work, and forget those that are not."""
        now = _seconds()
        if now - self._last_beat > 2 * BEAT_SECONDS:  # this node has slept; the others' words lie unread
            self._roster.elsewhere.be_patient(at=now)
        self._last_beat = now
        await self._bus.publish(AliveHint(self.node, self._number))
        patience = SILENT_SECONDS if self._bus.hears else DEAF_SECONDS
        silent = self._roster.elsewhere.forget_silent(before=now - patience)
        if silent:
            log.info("nodes_silent", nodes=silent)
            self._moved()
        await asyncio.sleep(BEAT_SECONDS)

    def _want(self, node: str | None) -> None:
        self._ask.add(node)
        self.news.set()

    def _give_way(self, seen: SeatSeen, node: str) -> None:
        """A seat has one connection: one that began at another node later takes the place of ours."""
        ours = self._roster.at(seen.seat)
        if ours is not None and (ours.since, self.node) < (seen.since, node):
            self._roster.leave(ours)
            ours.end(CloseCode.NORMAL, REPLACED)


def seen_at(connection: Connection) -> SeatSeen:
    """A connection as other nodes see it."""
    return SeatSeen(
        seat=connection.seat,
        session=connection.session,
        person_id=connection.person_id,
        person=connection.person,
        since=connection.since,
        away=connection.away,
    )


def _seconds() -> float:
    return asyncio.get_running_loop().time()
