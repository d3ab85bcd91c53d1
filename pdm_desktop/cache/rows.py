"""Files and rules as rows of the cache, and back. Heads and locks are kept as the JSON of the contract."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from pdm_desktop.cache.schema import Unreadable
from pdm_desktop.core.folder_list import ordered, unordered
from server.protocol.set_rule import SetRule
from server.protocol.vault import File, Lock, Revision
from server.protocol.vault_rules import VaultRules

COLUMNS = "id, folder, name, head, lock"
AS_ONE = (
    "'[' || json_group_array(id) || ',' || json_group_array(name) || ',[' || coalesce(group_concat(head), '')"
    " || '],[' || coalesce(group_concat(coalesce(lock, 'null')), '') || ']]'"
)
"""All files of one folder as one text, which `files_from` reads."""
_encode = msgspec.json.Encoder().encode
_head = msgspec.json.Decoder(Revision).decode
_lock = msgspec.json.Decoder(Lock).decode


class Line(msgspec.Struct, gc=False):
    """A `File` as it came in a snapshot: head and lock are kept as they are written there.

    There may be a million. As `File` they cost four times as much, and the collector of garbage, and with it the
    window, looks at each.
    """

    id: str
    path: str
    head: msgspec.Raw
    lock: msgspec.Raw = msgspec.Raw()


_as_one = msgspec.json.Decoder(tuple[list[str], list[str], list[Revision], list[Lock | None]]).decode
_lines = msgspec.json.Decoder(Line).decode_lines


@contextmanager
def reading() -> Iterator[None]:
    """What cannot be read here raises Unreadable: a bad disk changes bytes that SQLite does not look at."""
    try:
        yield
    except (ValueError, TypeError, msgspec.DecodeError) as error:
        raise Unreadable(f"a word of the cache cannot be read: {error}") from error


def file_values(file: File) -> tuple[str, str, str, bytes, str | None, bytes | None]:
    """The values of a file's row: id, folder, name, head, and who holds it with the lock."""
    folder, _, name = file.path.rpartition("/")
    return (file.id, ordered(folder), name, _encode(file.head), *lock_values(file.lock))


def lines_in(text: bytes) -> list[Line]:
    """Files of a snapshot, each a line of JSON. Raises msgspec.DecodeError."""
    return _lines(text)


def free_values(line: Line) -> tuple[str, str, str, msgspec.Raw]:
    """The values of a row without its lock: id, folder, name and head. Raises msgspec.DecodeError."""
    _head(line.head)  # what could not be read later is no part of a snapshot
    folder, _, name = line.path.rpartition("/")
    return line.id, ordered(folder), name, line.head


def lock_in(line: Line) -> tuple[str | None, bytes | None]:
    """Who holds it, and the value of its lock, of which there is one. Raises msgspec.DecodeError."""
    return lock_values(msgspec.json.decode(line.lock, type=Lock | None))


def head_value(head: Revision) -> bytes:
    """The value of a revision."""
    return _encode(head)


def lock_values(lock: Lock | None) -> tuple[str | None, bytes | None]:
    """Who holds it, and the value of a lock."""
    return (None, None) if lock is None else (lock.locked_by, _encode(lock))


def file_from(values: Iterable[Any]) -> File:
    """A file out of COLUMNS."""
    id_, folder, name, head, lock = values
    return File(
        id=id_,
        path=f"{unordered(folder)}/{name}" if folder else name,
        head=_head(head),
        lock=None if lock is None else _lock(lock),
    )


def files_from(text: str, folder: str) -> list[File]:
    """The files of a folder out of AS_ONE."""
    lead = f"{folder}/" if folder else ""
    return [
        File(id=id_, path=lead + name, head=head, lock=lock)
        for id_, name, head, lock in zip(*_as_one(text), strict=True)
    ]


def rule_value(rule: SetRule | VaultRules | None) -> str | None:
    """Rules of a vault's own as their column holds them."""
    return None if rule is None else _encode(rule).decode()


def rule_from(value: str | None) -> SetRule | None:
    """A vault's own rule for sets out of its column."""
    return None if value is None else msgspec.json.decode(value, type=SetRule)


def rules_from(value: str | None) -> VaultRules | None:
    """A vault's own rules for files out of their column."""
    return None if value is None else msgspec.json.decode(value, type=VaultRules)
