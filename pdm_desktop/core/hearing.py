"""What a person wants to hear of: which files, and when nothing is to be said."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum

from server.protocol.calls import QuietHours
from server.protocol.records import dataclass

DAY = 24 * 60
"""Minutes."""
WEEK = 7 * DAY


class Rule(Enum):
    """Which files a person wants to hear of."""

    ALL = "all"
    LOCAL = "local"
    """Those that are watched, in the workspace, or checked out by me."""
    NONE = "none"


def rule_of(word: str) -> Rule:
    """The rule of that name; what is none counts as all."""
    return next((rule for rule in Rule if rule.value == word), Rule.ALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """The rule, the quiet hours of each week, and until when it is quiet whatever they say."""

    rule: Rule = Rule.ALL
    quiet: tuple[QuietHours, ...] = ()
    quiet_until: datetime | None = None

    def is_quiet(self, now: datetime) -> bool:
        """Nothing is said now. `now` is local time with its zone: the hours go by the clock of the seat."""
        if self.quiet_until is not None and now < self.quiet_until:
            return True
        return in_quiet_hours(self.quiet, now)


def in_quiet_hours(hours: Sequence[QuietHours], now: datetime) -> bool:
    """Whether a local time is in one of these spans. One that ends when it begins is a whole day."""
    minute = now.weekday() * DAY + now.hour * 60 + now.minute
    return any((minute - each.day * DAY - each.start) % WEEK < _length(each) for each in hours)


def _length(hours: QuietHours) -> int:
    return (hours.end - hours.start) % DAY or DAY
