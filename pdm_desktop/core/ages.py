"""How long a check-out has lasted, as a bar shows it: a length and one of three kinds."""

import math
from datetime import timedelta
from enum import Enum
from typing import Final

FULL: Final = timedelta(days=4)
"""An age that fills the bar."""
_OLD, _VERY_OLD = timedelta(hours=8), timedelta(days=2)


class Ripeness(Enum):
    """How much an age asks to be looked at."""

    FRESH = "fresh"
    """Less than a working day: somebody is at it."""
    OLD = "old"
    VERY_OLD = "very old"
    """Two days or more."""


def ripeness(age: timedelta) -> Ripeness:
    """Which of the three kinds an age is."""
    if age < _OLD:
        return Ripeness.FRESH
    return Ripeness.OLD if age < _VERY_OLD else Ripeness.VERY_OLD


def share(age: timedelta) -> float:
    """How much of the bar an age fills, 0 to 1, by its square root: minutes can be told apart, and days as well."""
    return math.sqrt(min(max(age / FULL, 0.0), 1.0))
