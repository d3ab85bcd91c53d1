"""Who is online. A person counts once, whatever the seats; comings and goings are told in batches."""

from collections import Counter


class Presence:
    """People by name, and what has been announced of them."""

    def __init__(self) -> None:
        self._connections: Counter[str] = Counter()
        self._announced: set[str] = set()

    @property
    def online(self) -> list[str]:
        """Names of those who are connected now, in order."""
        return sorted(self._connections)

    def arrive(self, person: str) -> None:
        """One more connection of the person."""
        self._connections[person] += 1

    def leave(self, person: str) -> None:
        """One connection of the person less."""
        self._connections[person] -= 1
        if self._connections[person] <= 0:
            del self._connections[person]

    def announce(self) -> tuple[list[str], list[str]]:
        """Who came and who went since the last call, in order. Who came and went again is in neither."""
        now = set(self._connections)
        came, went = sorted(now - self._announced), sorted(self._announced - now)
        self._announced = now
        return came, went
