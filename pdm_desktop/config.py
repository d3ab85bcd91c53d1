"""What the seat remembers between two starts, in one small file of its data folder."""

import os
import uuid
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import msgspec

FILE = "seat.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The remembered settings. `seats` has this installation's seat id for each server."""

    server: str = ""
    """The address of the last server."""
    name: str = ""
    """Who signed in last."""
    kept: bool = False
    """That sign-in is kept in the keyring: the next start goes on with it."""
    seats: dict[str, str] = field(default_factory=dict)
    workspace: str = ""
    """The workspace's folder; empty: the usual place."""
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

    def seat_for(self, server: str) -> tuple["Config", str]:
        """This installation's seat id at a server, made once, and the settings that remember it."""
        known = self.seats.get(server)
        return (self, known) if known else self.with_new_seat(server)

    def with_new_seat(self, server: str) -> tuple["Config", str]:
        """Another seat id for a server, because the one before belongs to somebody else there."""
        seat = uuid.uuid4().hex
        return replace(self, seats={**self.seats, server: seat}), seat


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
