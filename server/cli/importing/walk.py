"""A folder's files, one after the other, without following links, and what is passed over and why."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from server.protocol.names import Flaw, flaw_of


@dataclass(frozen=True, slots=True)
class Found:
    """A file that can be imported: where it is, and its path in the vault."""

    place: Path
    path: str


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Something that cannot, and why, as the end of a sentence that begins with its path."""

    path: str
    why: str


def walk(root: Path) -> Iterator[Found | PassedOver]:
    """Everything below `root`, folder by folder in order; one folder's names are in memory at a time."""
    yield from _below(root, "")


def _below(folder: Path, prefix: str) -> Iterator[Found | PassedOver]:
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        yield PassedOver(prefix.rstrip("/") or str(folder), f"cannot be read: {error.strerror}")
        return
    for entry in found:
        path = prefix + entry.name
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError as error:
            yield PassedOver(_printable(path), f"cannot be read: {error.strerror}")
            continue
        if _is_link(status):
            yield PassedOver(_printable(path), "is a link, and what it leads to may be elsewhere")
        elif stat.S_ISDIR(status.st_mode):
            yield from _below(Path(entry.path), path + "/")
        elif not stat.S_ISREG(status.st_mode):
            yield PassedOver(_printable(path), "is no file")
        else:
            yield _file(Path(entry.path), path)


def _file(place: Path, path: str) -> Found | PassedOver:
    flaw: Flaw | None = flaw_of(path)
    return Found(place, path) if flaw is None else PassedOver(_printable(path), flaw.value)


def _is_link(status: os.stat_result) -> bool:
    """A symbolic link, or on Windows a junction or any other reparse point."""
    reparse = getattr(status, "st_file_attributes", 0) & stat.FILE_ATTRIBUTE_REPARSE_POINT
    return stat.S_ISLNK(status.st_mode) or bool(reparse)


def _printable(path: str) -> str:
    """Names whose bytes are no text are shown with what can be shown."""
    return path.encode("utf-8", "replace").decode()
