"""Who came, who went, and who is away or back: told to everybody who is connected here, gathered over a window."""

import asyncio

from server.hub.encoded import encode_now
from server.hub.roster import Roster
from server.protocol import events


class Announcing:
    """One step after the other, for the hub to do again and again."""

    def __init__(self, roster: Roster, *, window: float) -> None:
        """`window`: seconds."""
        self.news = asyncio.Event()
        """Somebody came, went, or is away or back."""
        self._roster = roster
        self._window = window

    async def tell(self) -> None:
        """Wait for news, and tell it together with what comes within the window."""
        await self.news.wait()
        await asyncio.sleep(self._window)
        self.news.clear()
        came, went = self._roster.presence.announce()
        if came:
            self._roster.tell(encode_now(events.UserConnected(users=came)))
        if went:
            self._roster.tell(encode_now(events.UserDisconnected(users=went)))
        away, back = self._roster.presence.announce_away(self._roster.away_by_name())
        if away or back:
            self._roster.tell(encode_now(events.UserAway(users=away, back=back)))
