"""What a chart of columns shows: a count for each span of time, in the words of the window."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from typing import Final

from pdm_desktop.core import words
from pdm_desktop.core.words import several
from server.protocol.records import dataclass

HOUR: Final = timedelta(hours=1)
_MINUTE_MARKS: Final = (45, 30, 15, 0)
"""So many minutes ago is written below; not at the left end, where the words would stand over the numbers."""
_HOUR_MARKS: Final = (18, 12, 6, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """One column for each span of time, the oldest first."""

    counts: tuple[int, ...] = ()
    marks: Mapping[int, str] = field(default_factory=dict)
    """What stands below a column, by its place."""
    tips: tuple[str, ...] = ()
    """What each column says when it is pointed at."""
    told: str = ""
    """All of it in one sentence, for who cannot see it."""
    nothing: str = ""
    """What is said instead when every count is 0."""


def by_minute(minutes: Sequence[int], *, of: str) -> Columns:
    """Changes in each of the last minutes; `of` is whose they are."""
    last = len(minutes) - 1
    total, most = several(sum(minutes), "change", "changes"), max(minutes, default=0)
    return Columns(
        counts=tuple(minutes),
        marks={last - ago: f"{ago} min ago" if ago else "now" for ago in _MINUTE_MARKS if ago <= last},
        tips=tuple(_minute_tip(last - place, count) for place, count in enumerate(minutes)),
        told=f"{of}: {total} in the last hour, {most:,} in its busiest minute",
        nothing="Nothing was changed in the last hour.",
    )


def by_hour(hours: Sequence[int], *, read: datetime, now: datetime) -> Columns:
    """Check-outs in each of the last hours before they were `read`; clock times as in the zone of `now`."""
    last = len(hours) - 1
    total, most = several(sum(hours), "check-out", "check-outs"), max(hours, default=0)
    ends = [read - HOUR * (last - place) for place in range(len(hours))]
    spans = [f"{words.clock(end - HOUR, now)} to {words.clock(end, now)}" for end in ends]
    busiest = f", {most:,} in its busiest hour, {spans[hours.index(most)]}" if most else ""
    return Columns(
        counts=tuple(hours),
        marks={last - ago: f"{ago} h ago" if ago else "now" for ago in _HOUR_MARKS if ago <= last},
        tips=tuple(
            f"{span}: {several(count, 'check-out', 'check-outs')}" for span, count in zip(spans, hours, strict=True)
        ),
        told=f"{total} in the last day{busiest}",
        nothing="Nobody checked a file out in the last day.",
    )


def _minute_tip(ago: int, count: int) -> str:
    when = "In this minute" if ago == 0 else f"{several(ago, 'minute', 'minutes')} ago"
    return f"{when}: {several(count, 'change', 'changes')}"
