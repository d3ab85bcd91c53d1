"""What hints would have told, where they were missed: read again by everybody once they arrive again.

Events need none of it: the hub looks for those by their seq each second, and so for ended sessions and changed access.
"""

import asyncio
from itertools import islice
from typing import get_args

from server.bus.base import Bus
from server.hub.encoded import encode_now
from server.hub.roster import Roster
from server.hub.source import Source
from server.protocol import events
from server.protocol.events import ListName

DEAF_LOOK_SECONDS = 5.0
"""Where no hints of other nodes arrive, inboxes are looked at so often."""
AT_ONCE = 100
"""Seats that are told to read everything again in the same moment."""
PAUSE_SECONDS = 0.1
REST_SECONDS = 30.0
"""Every seat asks for all its lists then: what goes wrong again and again must not have them ask all the time."""


class CatchingUp:
    """One step after the other, for the hub to do again and again."""

    def __init__(self, roster: Roster, source: Source, bus: Bus) -> None:
        self._roster = roster
        self._source = source
        self._bus = bus
        self._missed = asyncio.Event()
        self._known: dict[str, int] = {}
        """Numbers of inboxes that were told since hints do not arrive."""
        self._owes_lists = False
        self._rests_until = 0.0

    def missed(self) -> None:
        """Hints may have been missed, or something went wrong here; from now on they arrive."""
        self._missed.set()

    async def step(self) -> None:
        """Wait until hints were missed and arrive again, and have everything read again; look at inboxes meanwhile."""
        try:
            async with asyncio.timeout(DEAF_LOOK_SECONDS):
                await self._missed.wait()
        except TimeoutError:
            if not self._bus.hears:
                await self._tell_inboxes()
        else:
            self._missed.clear()  # first: what is missed while all is read is read again
            await self._tell_all_inboxes()
            self._owes_lists = True
        if self._owes_lists and _seconds() >= self._rests_until:
            await self._tell_lists()
            self._owes_lists = False
            if self._roster:
                self._rests_until = _seconds() + REST_SECONDS

    async def _tell_all_inboxes(self) -> None:
        self._known = {}
        try:
            await self._tell_inboxes()
        except BaseException:
            self._missed.set()
            raise
        self._known = {}

    async def _tell_inboxes(self) -> None:
        found = await self._source.inboxes(self._roster.people)
        for person, number in found.items():
            if self._known.get(person) != number:
                hint = encode_now(events.InboxHint(number=number))
                for connection in self._roster.of_person(person):
                    connection.write(hint)
        self._known = dict(found)

    async def _tell_lists(self) -> None:
        lists = [encode_now(events.Changed(what=what)) for what in get_args(ListName)]
        connections = iter(tuple(self._roster))
        while some := list(islice(connections, AT_ONCE)):
            for connection in some:
                for message in lists:
                    connection.write(message)
            await asyncio.sleep(PAUSE_SECONDS)


def _seconds() -> float:
    return asyncio.get_running_loop().time()
