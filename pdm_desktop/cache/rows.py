"""Files and locks as rows of the cache, and back."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec

from pdm_desktop.cache.schema import Unreadable
from server.protocol.set_rule import SetRule
from server.protocol.vault import File, Lock, Revision
from server.protocol.vault_rules import VaultRules

FILE_COLUMNS = "f.id, f.folder, f.name, f.major, f.minor, f.size, f.hash, f.author, f.at, f.comment"
LOCK_COLUMNS = "l.locked_by, l.seat, l.computer, l.since, l.token, l.message"


@contextmanager
def reading() -> Iterator[None]:
    """What cannot be read here raises Unreadable: a bad disk changes bytes that SQLite does not look at."""
    try:
        yield
    except (ValueError, TypeError, msgspec.DecodeError) as error:
        raise Unreadable(f"a word of the cache cannot be read: {error}") from error


def file_values(vault: str, file: File) -> tuple[Any, ...]:
    """The values of a file's row: id, vault, folder, name, then its head."""
    return (file.id, vault, file.folder, file.filename, *head_values(file.head))


def head_values(head: Revision) -> tuple[Any, ...]:
    """The values of a revision: major, minor, size, hash, author, at, comment."""
    return (head.major, head.minor, head.size, head.hash, head.author, head.at.isoformat(), head.comment)


def lock_values(file: str, lock: Lock) -> tuple[Any, ...]:
    """The values of a lock's row."""
    return (file, lock.locked_by, lock.seat, lock.computer, lock.since.isoformat(), lock.token, lock.message)


def file_from(values: Iterable[Any]) -> File:
    """A file out of FILE_COLUMNS and LOCK_COLUMNS."""
    id_, folder, name, major, minor, size, hash_, author, at, comment, *lock = values
    head = Revision(
        major=major,
        minor=minor,
        size=size,
        hash=hash_,
        author=author,
        at=datetime.fromisoformat(at),
        comment=comment,
    )
    return File(id=id_, path=f"{folder}/{name}" if folder else name, head=head, lock=lock_from(lock))


def lock_from(values: list[Any]) -> Lock | None:
    """A lock out of LOCK_COLUMNS; None when they are empty."""
    locked_by, seat, computer, since, token, message = values
    if locked_by is None:
        return None
    return Lock(
        locked_by=locked_by,
        seat=seat,
        computer=computer,
        since=datetime.fromisoformat(since),
        token=token,
        message=message,
    )


def rule_value(rule: SetRule | VaultRules | None) -> str | None:
    """Rules of a vault's own as their column holds them."""
    return None if rule is None else msgspec.json.encode(rule).decode()


def rule_from(value: str | None) -> SetRule | None:
    """A vault's own rule for sets out of its column."""
    return None if value is None else msgspec.json.decode(value, type=SetRule)


def rules_from(value: str | None) -> VaultRules | None:
    """A vault's own rules for files out of their column."""
    return None if value is None else msgspec.json.decode(value, type=VaultRules)
