"""What the seat remembers between two starts, in one small file of its data folder."""

import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import msgspec

from server.protocol.names import same_key

FILE = "seat.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who has signed in here, at one server."""

    server: str
    """The server's id."""
    address: str
    """Where it was reached last."""
    name: str
    seat: str
    """This installation's seat id for this person there: what is checked out is checked out at that seat."""
    workspace: str = ""
    """The folder that the local copies were in last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The remembered settings."""

    server: str = ""
    """The id of the last server."""
    name: str = ""
    """Who signed in last."""
    kept: bool = False
    """That sign-in is kept in the keyring: the next start goes on with it."""
    people: tuple[Person, ...] = ()
    """Everybody who has signed in here."""
    workspace: str = ""
    """The workspace's folder; empty: the usual place. Who finds somebody else's there has one of their own."""
    ping_interval: float = 0.0
    """Seconds between two pings; 0: as the server wants it."""
    notices: str = "all"
    """Which notifications are wanted: `all`, `local` or `none`."""

    recovery_days: int = 30
    """Days that the recovery store keeps what it holds."""
    recovery_gb: float = 20.0
    """Gigabytes above which the oldest goes; nothing younger than a day does."""
    limit_up: float = 0.0
    """Megabytes a second that go to the server at most; 0: no limit."""
    limit_down: float = 0.0
    """Megabytes a second that come from it at most; 0: no limit."""

    @property
    def last(self) -> Person | None:
        """Who signed in last, and where."""
        return self.known_person(self.server, self.name)

    @property
    def address(self) -> str:
        """Where the last server was reached; empty before the first sign-in."""
        return "" if self.last is None else self.last.address

    def known_person(self, server: str, name: str) -> Person | None:
        """Who has signed in here before, as the server knows the name: case does not count."""
        return next((each for each in self.people if each.server == server and _is_same(each.name, name)), None)

    def with_person(self, person: Person) -> "Config":
        """The settings that remember this of a person from now on."""
        known = self.known_person(person.server, person.name)
        return replace(self, people=(*(each for each in self.people if each is not known), person))


def _is_same(one: str, other: str) -> bool:
    return same_key(one) == same_key(other)


def load(folder: Path) -> Config:
    """The settings in a data folder; those of the first start when there are none or they cannot be read."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Config)
    except (FileNotFoundError, msgspec.DecodeError):
        return Config()


def save(folder: Path, config: Config) -> None:
    """Keep the settings: whole or not at all. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f"{FILE}.new"
    with unfinished.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(asdict(config))))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(folder / FILE)
