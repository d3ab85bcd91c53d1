"""Ages, times, sizes and lists in words. `now` is always given, in the zone that the words are for."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UNITS = ("KB", "MB", "GB", "TB", "PB")


def age(span: timedelta) -> str:
    """`26 min`, `2 h 14 min`, `1 d 4 h`; what is younger than a minute is `now`."""
    minutes = max(0, int(span.total_seconds() // 60))
    if minutes < 1:
        return "now"
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def when(moment: datetime, now: datetime) -> str:
    """`Today 10:16`, `Yesterday 16:50`, `Mon 14:20` for six days, then `12 Nov`, then `12 Nov 2024`."""
    local = moment.astimezone(now.tzinfo)
    days = (now.date() - local.date()).days
    if days == 0:
        return f"Today {clock(local, now)}"
    if days == 1:
        return f"Yesterday {clock(local, now)}"
    if 1 < days <= 6:
        return f"{_DAYS[local.weekday()]} {clock(local, now)}"
    return day(local, now)


def clock_or_day(moment: datetime, now: datetime) -> str:
    """`10:16` for today, else as `when`: for sentences like "since 10:16"."""
    local = moment.astimezone(now.tzinfo)
    return clock(local, now) if local.date() == now.date() else when(local, now)


def at_time(moment: datetime, now: datetime) -> str:
    """`at 10:16`, `yesterday at 16:50`, `on Mon at 14:20`, `on 12 Nov`: for sentences like "checked in at 10:16"."""
    day, _, time = clock_or_day(moment, now).rpartition(" ")
    if ":" not in time:
        return f"on {day} {time}"
    if not day:
        return f"at {time}"
    return f"yesterday at {time}" if day == "Yesterday" else f"on {day} at {time}"


def exact(moment: datetime, now: datetime) -> str:
    """`10:16` for today, else `Fri 20 Nov, 16:40`, with the year of another: for what is old, and how old matters."""
    local = moment.astimezone(now.tzinfo)
    if local.date() == now.date():
        return clock(local, now)
    return f"{_DAYS[local.weekday()]} {day(local, now)}, {clock(local, now)}"


def clock(moment: datetime, now: datetime) -> str:
    """`10:16`."""
    return moment.astimezone(now.tzinfo).strftime("%H:%M")


def day(moment: datetime, now: datetime) -> str:
    """`12 Nov` this year, `12 Nov 2024` in another."""
    local = moment.astimezone(now.tzinfo)
    short = f"{local.day} {_MONTHS[local.month - 1]}"
    return short if local.year == now.year else f"{short} {local.year}"


def full_time(moment: datetime, now: datetime) -> str:
    """`Mon 12 Nov 2026 10:16:05`: everything, for a tool tip."""
    local = moment.astimezone(now.tzinfo)
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local.year} {local:%H:%M:%S}"


def size(count: int) -> str:
    """`812 bytes`, `880 KB`, `48.2 MB`: decimal units; a tenth of a kilobyte says nothing to anybody."""
    if count < 1_000:
        return "1 byte" if count == 1 else f"{count} bytes"
    scaled = float(count)
    for unit in _UNITS:
        scaled /= 1_000
        shown = f"{scaled:.0f}" if unit == "KB" and scaled >= 100 else f"{scaled:.1f}"
        if float(shown) < 1_000 or unit == _UNITS[-1]:
            return f"{shown} {unit}"
    raise AssertionError("the last unit takes everything")


def part(done: int, whole: int) -> str:
    """`81 of 131 MB`, `0.6 of 1.8 GB`: both in the unit of the whole, which says when it is all there."""
    number, _, unit = size(whole).partition(" ")
    if not done or unit.startswith("byte"):
        return size(whole)
    scale = 1_000 ** (_UNITS.index(unit) + 1)
    digits = 0 if float(number) >= 10 else 1
    return f"{done / scale:.{digits}f} of {whole / scale:.{digits}f} {unit}"


def left(seconds: float) -> str:
    """`4 s`, `12 min`, `2 h 14 min`: time to go, rounded up to what a person plans with."""
    rounded = math.ceil(seconds)
    return f"{rounded} s" if rounded < 60 else age(timedelta(minutes=math.ceil(seconds / 60)))


def rate(count: float) -> str:
    """`38.4 MB/s` for bytes a second."""
    return f"{size(int(count))}/s"


def several(count: int, one: str, many: str) -> str:
    """`1 file`, `3 files`."""
    return f"{count:,} {one if count == 1 else many}"


def listed(names: Sequence[str]) -> str:
    """`A`, `A and B`, `A, B and C`."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
