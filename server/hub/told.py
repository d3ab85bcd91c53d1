"""What seats tell of themselves, on its way to whom it concerns on every node: gathered, and told once a while."""

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime

from server.bus.base import Bus, HeardReport, ReportsHint
from server.hub.encoded import encode_now
from server.hub.portions import portions
from server.hub.reports import Reports
from server.hub.roster import Roster
from server.protocol import events
from server.protocol.events import Report

REPORTS_SECONDS = 1.0
"""What seats tell of their check-outs is hinted at so often at most."""


class Told:
    """What this node has heard and the others not yet. Used from the server's event loop only."""

    def __init__(self, roster: Roster, bus: Bus, clock: Callable[[], datetime]) -> None:
        self.reports = Reports()
        self._roster = roster
        self._bus = bus
        self._clock = clock
        self._concerned: set[str] = set()
        """Vaults whose readers may want to know that a seat has told something."""
        self._heard: dict[str, HeardReport] = {}
        self.news = asyncio.Event()
        """Something is to be told."""

    def keep(self, report: Report) -> bool:
        """Keep what the holder of a file tells at a seat of this node; whether that is news to others."""
        heard = HeardReport(report=report, at=self.reports.after(report.file, self._clock()))
        if not self.reports.keep(heard):
            return False
        self._heard[report.file] = heard
        return True

    def concerns(self, vaults: Collection[str]) -> None:
        """A seat has told something that is news to those who read one of these vaults."""
        self._concerned.update(vaults)
        self.news.set()

    def tell_all(self) -> None:
        """Another node has heard nothing yet of what is kept here."""
        self._heard = {each.report.file: each for each in self.reports}
        self.news.set()

    def hear(self, hint: ReportsHint) -> None:
        """What seats have told, here or at another node: those who read one of these vaults here are told."""
        for heard in hint.reports:
            self.reports.keep(heard)
        if hint.vaults:
            news = encode_now(events.Changed(what="reports"))
            self._roster.tell(news, whom=lambda each: not hint.vaults.isdisjoint(each.vaults))

    async def tell(self) -> None:
        """Hint at what seats have told, together."""
        await self.news.wait()
        await asyncio.sleep(REPORTS_SECONDS)
        self.news.clear()
        concerned, self._concerned = frozenset(self._concerned), set()
        heard, self._heard = list(self._heard.values()), {}
        *first, last = portions(heard)
        for some in first:
            await self._bus.publish(ReportsHint(vaults=frozenset(), reports=some))
            await asyncio.sleep(0)
        await self._bus.publish(ReportsHint(vaults=concerned, reports=last))
