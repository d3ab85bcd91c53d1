"""How the hub stands and what it has done since its start, in plain numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from server.domain.spread import Spread

BOUNDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
"""Of the seconds that one telling takes."""


@dataclass(slots=True)
class Tally:
    """What is counted where it happens. Only grows."""

    events: int = 0
    """Events of vaults that went out, each counted once."""
    frames: int = 0
    """The same, counted for each seat that was live."""
    fan_out: Spread = field(default_factory=lambda: Spread(*BOUNDS))
    """Seconds that writing those frames took, for all that were written at once."""
    arrivals: int = 0
    """Connections that were greeted."""
    too_slow: int = 0
    """Connections that were ended because too much waited for their reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The hub at one moment. What only grows is told as in `Tally`."""

    seats: int
    """Seats that are connected."""
    people: int
    """People who are connected, whatever the number of their seats."""
    events: int
    frames: int
    fan_out: Spread
    arrivals: int
    too_slow: int
    step_failures: Mapping[str, int]
    """How often each step of the hub has failed."""
    vaults_behind: int
    """Vaults of which something is new that nobody has been sent yet."""
    waiting_bytes: int
    """Bytes that sockets have not taken yet, all together."""
    most_waiting_bytes: int
    """The same of the slowest reader."""
