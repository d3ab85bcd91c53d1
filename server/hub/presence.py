"""Who is online, and who of them is away. A person counts once, whatever the seats; all is told in batches."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime


class Presence:
    """People by name, and what has been announced of them."""

    def __init__(self) -> None:
        self._connections: Counter[str] = Counter()
        self._known: set[str] = set()
        """Who is online as far as everybody knows who listens."""
        self._believed: set[str] = set()
        """Who is online as far as anybody knows."""
        self._announced_away: dict[str, datetime] = {}

    @property
    def online(self) -> list[str]:
        """Names of those who are connected now, in order."""
        return sorted(self._connections)

    def tell(self) -> list[str]:
        """`online`, for somebody new: from now on what that one knows counts too."""
        now = self._connections.keys()
        self._known &= now
        self._believed |= now
        return self.online

    def arrive(self, person: str) -> None:
        """One more connection of the person."""
        self._connections[person] += 1

    def leave(self, person: str) -> None:
        """One connection of the person less."""
        self._connections[person] -= 1
        if self._connections[person] <= 0:
            del self._connections[person]

    def announce(self) -> tuple[list[str], list[str]]:
        """Who came and who went since the last call, in order; also what somebody new was told otherwise.

        Who came and went again and was told to nobody is in neither.
        """
        now = set(self._connections)
        came, went = sorted(now - self._known), sorted(self._believed - now)
        self._known, self._believed = now, now.copy()
        return came, went

    def announce_away(self, away: Mapping[str, datetime]) -> tuple[dict[str, datetime], list[str]]:
        """Of those who are away now: who is so since the last call, or since another time; and who is back, in order.

        Who has gone altogether is not back.
        """
        before, self._announced_away = self._announced_away, dict(away)
        new = {person: since for person, since in sorted(away.items()) if before.get(person) != since}
        return new, sorted(person for person in before if person not in away and person in self._connections)
