"""Rows of the journal, as what they say. Those that stand there as text raise what reading text raises."""

from typing import Any

import msgspec

from pdm_desktop.core.waiting import WaitingCheckIn
from pdm_desktop.sync.facts import Copy, Hold, Lost, Move
from pdm_desktop.sync.intent import Intent, Kind
from pdm_desktop.sync.scan import Known

FINDINGS = """
SELECT * FROM findings WHERE file NOT IN (SELECT file FROM unconfirmed)
OR (file NOT IN (SELECT file FROM copies) AND file NOT IN (SELECT file FROM holds)) ORDER BY path
"""

KNOWN = """
SELECT place, copies.file, size, mtime_ns, holds.file IS NOT NULL
FROM copies LEFT JOIN holds ON holds.file = copies.file
"""


def copy_of(row: tuple[Any, ...]) -> Copy:
    """A copy in the workspace."""
    file, vault, path, place, major, minor, hash_, size, mtime_ns = row
    return Copy(
        file=file,
        vault=vault,
        path=path,
        place=place,
        major=major,
        minor=minor,
        hash=hash_,
        size=size,
        mtime_ns=mtime_ns,
    )


def known_of(rows: list[Any]) -> dict[str, Known]:
    """What is to be at each place."""
    return {place: Known(file, size, mtime_ns, bool(held)) for place, file, size, mtime_ns, held in rows}


def move_of(row: tuple[Any, ...]) -> Move:
    """A copy's move that was begun."""
    file, path, source, target, number, size, mtime_ns = row
    return Move(file=file, path=path, source=source, target=target, number=number, size=size, mtime_ns=mtime_ns)


def hold_of(row: tuple[Any, ...]) -> Hold:
    """A lock of this seat."""
    file, vault, path, token = row
    return Hold(file=file, vault=vault, path=path, token=token)


def intent_of(key: str, kind: str, file: str, path: str, fields: str) -> Intent:
    """Something that was begun."""
    return Intent(key=key, kind=Kind(kind), file=file, path=path, fields=msgspec.json.decode(fields), again=True)


def check_in_of(fields: str) -> WaitingCheckIn:
    """A check-in of the queue."""
    return msgspec.json.decode(fields, type=WaitingCheckIn)


def lost_of(fields: str) -> Lost:
    """A check-out that was lost."""
    return msgspec.json.decode(fields, type=Lost)
