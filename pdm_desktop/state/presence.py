"""Who is online, and who of them is away. Nobody is known to be while the seat is offline."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from server.protocol.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who is online, and since when as far as this seat saw it."""

    name: str
    since: datetime
    away: datetime | None = None
    """Since when the person is at none of the seats."""


class People:
    """The people who are online, by name."""

    def __init__(self) -> None:
        self._online: dict[str, datetime] = {}
        self._away: dict[str, datetime] = {}
        self.known = False
        """The server has told who is online, and the connection still stands."""

    def __len__(self) -> int:
        return len(self._online)

    def online(self) -> list[Person]:
        """Everybody who is online, by name."""
        names = sorted(self._online, key=lambda name: (name.casefold(), name))
        return [Person(name=name, since=self._online[name], away=self._away.get(name)) for name in names]

    def is_online(self, name: str) -> bool | None:
        """Whether somebody is online; None when that is not known."""
        return name in self._online if self.known else None

    def away_since(self, name: str) -> datetime | None:
        """Since when somebody who is online is at no seat; None: is at one, or not online."""
        return self._away.get(name)

    def replace(self, names: Iterable[str], away: Mapping[str, datetime], now: datetime) -> None:
        """These people are online, and nobody else; of them, these are away since then."""
        self._online = {name: self._online.get(name, now) for name in names}
        self._away = dict(away)
        self.known = True

    def came(self, names: Iterable[str], now: datetime) -> None:
        """These people came online."""
        for name in names:
            self._online.setdefault(name, now)

    def went(self, names: Iterable[str]) -> None:
        """These people went away."""
        for name in names:
            self._online.pop(name, None)
            self._away.pop(name, None)

    def left(self, away: Mapping[str, datetime], back: Iterable[str]) -> None:
        """These people have left their seats, and those are back."""
        self._away.update({name: since for name, since in away.items() if name in self._online})
        for name in back:
            self._away.pop(name, None)

    def forget(self) -> None:
        """Nothing is known any more."""
        self._online.clear()
        self._away.clear()
        self.known = False
