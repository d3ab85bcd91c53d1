"""What this computer has of the vaults' files."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from pdm_desktop.core.badges import Reader
from pdm_desktop.core.copies import LocalCopy
from pdm_desktop.state.locks import Locks
from server.protocol.events import FileUnlocked, FileUpdated, VaultEvent

Number = tuple[int, int]
"""Major and minor of a revision."""


class LocalCopies:
    """The copies as the workspace tells of them.

    The server tells everybody of a check-in before the workspace has recorded that it was its own. In between its copy
    would be one edited from an old revision, which is what two versions look like.
    """

    def __init__(self) -> None:
        self._copies: dict[str, LocalCopy] = {}
        self._stored: dict[str, Number] = {}
        """What was checked in from here, and is not recorded by the workspace yet."""

    @property
    def all(self) -> Mapping[str, LocalCopy]:
        """As the workspace told of them, by file id."""
        return MappingProxyType(self._copies)

    def shown(self, file: str) -> LocalCopy | None:
        """What to show of a file: after a check-in from here a copy of what was stored."""
        copy, stored = self._copies.get(file), self._stored.get(file)
        if copy is None or stored is None:
            return copy
        return replace(copy, base=stored, edited=False, modified=None, size=None)

    def replace(self, copies: Mapping[str, LocalCopy]) -> None:
        """The workspace has these and no others."""
        self._copies = dict(copies)
        self._stored = {}

    def put(self, file: str, copy: LocalCopy | None) -> None:
        """The workspace has this of a file now; None: nothing."""
        self._stored.pop(file, None)
        if copy is None:
            self._copies.pop(file, None)
        else:
            self._copies[file] = copy

    def stored(self, file: str, number: Number) -> None:
        """A check-in from here is the file's newest revision."""
        if file in self._copies and self._copies[file].base < number:
            self._stored[file] = number


def checked_in_here(event: VaultEvent, locks: Locks, reader: Reader) -> tuple[str, Number] | None:
    """The file and the revision, when the event tells of a check-in from this very seat; `locks` are those before."""
    match event:
        case FileUnlocked(file=file, why="checked_in", revision=revision) if revision is not None:
            head = revision
        case FileUpdated(file=updated):
            file, head = updated.id, updated.head
        case _:
            return None
    held = locks.get(file)
    if held is None or not reader.holds(held.lock):
        return None
    return file, (head.major, head.minor)
