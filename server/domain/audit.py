"""The audit trail: one record for each change, each holding the hash of the one before it, so that no record can be
changed or taken out unseen.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

BEGINNING = "0" * 64
"""What the first record holds in place of a hash before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What happened, before it has its place in the chain."""

    at: datetime
    person: str
    """The id of who did it."""
    action: str
    vault: str | None = None
    file: str | None = None
    detail: str = "{}"
    """JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An entry in its place."""

    number: int
    entry: Entry
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain ends."""

    number: int
    hash: str


EMPTY = Head(0, BEGINNING)


def chained(head: Head, entry: Entry) -> Record:
    """The record that comes after `head`."""
    record = Record(number=head.number + 1, entry=entry, previous=head.hash, hash="")
    return replace(record, hash=_hash_of(record))


def follow(last: Head, records: Iterable[Record]) -> tuple[Head, int | None]:
    """How far the chain is sound from `last` on: its head there, and the number of the first record that is not."""
    for record in records:
        if record.number != last.number + 1 or record.previous != last.hash or record.hash != _hash_of(record):
            return last, last.number + 1
        last = Head(record.number, record.hash)
    return last, None


def first_break(records: Iterable[Record], *, head: Head) -> int | None:
    """The number of the first record that is missing, changed or out of place; None for a sound chain up to `head`."""
    last, broken = follow(EMPTY, records)
    if broken is not None:
        return broken
    return None if last == head else last.number + 1


def _hash_of(record: Record) -> str:
    entry = record.entry
    fields: list[Any] = [
        record.number,
        entry.at.isoformat(),
        entry.person,
        entry.action,
        entry.vault,
        entry.file,
        entry.detail,
        record.previous,
    ]
    return hashlib.sha256(json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
