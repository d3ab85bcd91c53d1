"""What the seat remembers between two starts, in one small file of its data folder."""

import codecs
import os
from contextlib import suppress
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import msgspec

from server.protocol.calls import QuietHours
from server.protocol.names import same_key
from server.protocol.records import dataclass

FILE = "seat.json"
DAMAGED = "seat.json.damaged"
"""What could not be read whole lies under this name when the settings are written next."""
ALL = "all of it"
"""What is wrong with a file of which nothing can be read."""
LEAST_PING, MOST_PING = 1.0, 3600.0
"""Seconds between two pings that make sense: with less, an answer that takes its way comes too late."""
LEAST_DAYS, MOST_DAYS = 1, 36_500
"""Days for which the recovery store can keep what it holds."""
LEAST_GB, MOST_GB = 0.001, 1_000_000.0
"""Gigabytes that it can hold: with none, all that is older than a day would go by a slip of the hand."""


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
    """Seconds between two pings, from LEAST_PING to MOST_PING; 0: as the server wants it."""
    notices: str = "all"
    """Which notifications were wanted when the server was asked last: `all`, `local` or `none`."""
    quiet_hours: tuple[QuietHours, ...] = ()
    """And when none were."""
    recovery_days: int = 30
    """Days that the recovery store keeps what it holds, from LEAST_DAYS to MOST_DAYS."""
    recovery_gb: float = 20.0
    """Gigabytes above which the oldest goes, from LEAST_GB to MOST_GB; nothing younger than a day does."""
    limit_up: float = 0.0
    """Megabytes a second that go to the server at most; 0: no limit."""
    limit_down: float = 0.0
    """Megabytes a second that come from it at most; 0: no limit."""

    def __post_init__(self) -> None:
        """Raise ValueError for what makes no sense: in the file, it counts as a setting that cannot be read."""
        if self.ping_interval != 0 and not LEAST_PING <= self.ping_interval <= MOST_PING:
            raise ValueError(f"{self.ping_interval} s between two pings")
        if not LEAST_DAYS <= self.recovery_days <= MOST_DAYS:
            raise ValueError(f"{self.recovery_days} days in the recovery store")
        if not LEAST_GB <= self.recovery_gb <= MOST_GB:
            raise ValueError(f"{self.recovery_gb} GB in the recovery store")

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
    """The settings in a data folder; those of the first start for what is not there or says nothing. Raises OSError."""
    return read(folder)[0]


def read(folder: Path) -> tuple[Config, tuple[str, ...]]:
    """The same, and the names of the settings that cannot be read, or `ALL`: a person may have changed them by hand.

    Raises OSError when the file cannot be opened now, as when another program holds it: then nothing is known of it.
    """
    try:
        content = (folder / FILE).read_bytes()
    except FileNotFoundError:
        return Config(), ()
    try:
        text = _text(content)
    except UnicodeDecodeError:
        return Config(), (ALL,)
    try:
        return msgspec.json.decode(text, type=Config), ()
    except msgspec.DecodeError:
        return _what_can_be_read(text)


def _text(content: bytes) -> str:
    """It is written as UTF-8, but editors of Windows save UTF-16, or the code page. Raises UnicodeDecodeError."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def _what_can_be_read(text: str) -> tuple[Config, tuple[str, ...]]:
    """One wrong number does not cost who was here, and at which seat."""
    try:
        found = msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError:
        return Config(), (ALL,)
    good: dict[str, Any] = {}
    wrong: list[str] = []
    for name in (each.name for each in fields(Config) if each.name in found):
        try:
            good[name] = getattr(msgspec.convert({name: found[name]}, Config), name)
        except msgspec.ValidationError:
            wrong.append(name)
    if "people" in wrong and isinstance(found["people"], list):
        good["people"] = tuple(_readable(found["people"]))
    return Config(**good), tuple(wrong)


def _readable(people: list[Any]) -> list[Person]:
    readable = []
    for each in people:
        with suppress(msgspec.ValidationError):
            readable.append(msgspec.convert(each, Person))
    return readable


def save(folder: Path, config: Config) -> None:
    """Keep the settings: whole or not at all. What was there and cannot be read stays as `DAMAGED`. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    if read(folder)[1]:
        _put(folder / DAMAGED, (folder / FILE).read_bytes())
    _put(folder / FILE, msgspec.json.format(msgspec.json.encode(asdict(config))))


def _put(path: Path, content: bytes) -> None:
    """All of it is on the disk itself before it has its name."""
    unfinished = path.with_name(f"{path.name}.new")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
