"""A walk through the workspace, or a look at some places of it: what is there that the journal does not know, what it
knows that is not there, and what looks otherwise than it says.

It costs one stat for each file and opens none.
"""

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from pdm_desktop import log
from pdm_desktop.core.ignore import is_ignored
from pdm_desktop.core.paths import OWN_FOLDER, as_text, is_text
from pdm_desktop.core.strangers import Stranger
from pdm_desktop.sync import system
from server.protocol.records import dataclass


class Known(NamedTuple):
    """What the journal says of one place."""

    file: str
    size: int
    mtime_ns: int
    held: bool
    """It is checked out here, and should be writable."""


class Found(NamedTuple):
    """A file that no vault knows, as it was seen."""

    place: str
    stranger: Stranger


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What was seen."""

    found: tuple[Found, ...]
    """Strangers, by vault and path."""
    missing: frozenset[str]
    """Files that should be there and are not. A folder that could not be read hides nothing: its files do not count."""
    others: frozenset[str]
    """Files that look otherwise than the journal says, or that could not be looked at."""
    looks: Mapping[str, tuple[int, int]]
    """Size and time of those that look otherwise."""
    unread: Mapping[str, str]
    """Places that could not be looked at, folders as a rule, with a sentence each on why.

    Those whose names are no text are written as they can be read.
    """

    @property
    def strangers(self) -> tuple[Stranger, ...]:
        """Files that no vault knows, by vault and path."""
        return tuple(each.stranger for each in self.found)


def scan(
    root: Path, *, folders: Mapping[str, str], known: Mapping[str, Known], within: Iterable[str] | None = None
) -> Scan:
    """Look through the workspace, or at the places in `within` and what lies below them.

    `folders` are the vaults' folders by vault; `known` is what the journal says of the places that are looked at. Links
    and what programs keep for themselves are passed over. Raises nothing: a folder that cannot be read is noted.
    """
    walk = _Walk(root, folders, known)
    if within is None:
        within = sorted({*folders.values(), *(place.partition("/")[0] for place in known)})
    for place in within:
        walk.at(place)
    unseen = {place: each.file for place, each in known.items() if place not in walk.seen}
    hidden = {place for place in unseen if walk.is_hidden(place)}
    return Scan(
        found=tuple(sorted(walk.found, key=lambda each: (each.stranger.vault, each.stranger.path))),
        missing=frozenset(file for place, file in unseen.items() if place not in hidden),
        others=frozenset(walk.others.keys() | {unseen[place] for place in hidden}),
        looks=walk.others,
        unread=walk.unread,
    )


class _Walk:
    def __init__(self, root: Path, folders: Mapping[str, str], known: Mapping[str, Known]) -> None:
        self._root = os.fspath(root)
        self._vaults = {_folded(folder): vault for vault, folder in folders.items()}
        self._known = known
        self._spelled = {_folded(place): place for place in known} if system.FOLDS_CASE else {}
        """How the journal spells each place."""
        self.seen: set[str] = set()
        self.others: dict[str, tuple[int, int]] = {}
        self.found: list[Found] = []
        self.unread: dict[str, str] = {}
        self._ways: dict[str, bool] = {"": True}

    def is_hidden(self, place: str) -> bool:
        """It is below a folder that could not be read, or is one."""
        return any(_folded(f"{place}/").startswith(_folded(f"{folder}/")) for folder in self.unread)

    def at(self, place: str) -> None:
        """Look at one place, and below it when it is a folder."""
        place = _as_far_as_text(place)
        folder, _, name = place.rpartition("/")
        if name == OWN_FOLDER or not self._leads_there(folder):
            return
        try:
            look = os.lstat(os.path.join(self._root, place))  # noqa: PTH118 - as in the walk
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            self._leave_out(place, error)
            return
        if system.is_link(look) or not self._is_text(place, name):
            return
        if stat.S_ISDIR(look.st_mode):
            self._below(place)
        elif stat.S_ISREG(look.st_mode):
            self._take(place, name, look)

    def _below(self, folder: str) -> None:
        """Look at every file below a folder."""
        waiting = [folder]
        while waiting:
            now = waiting.pop()
            for entry in self._listed(now):
                place = f"{now}/{entry.name}"
                try:
                    if self._is_folder(place, entry):
                        waiting.append(place)
                except (FileNotFoundError, NotADirectoryError):
                    continue  # gone since it was listed
                except OSError as error:
                    self._leave_out(place, error)

    def _is_folder(self, place: str, entry: os.DirEntry[str]) -> bool:
        """A folder to look into; a file is looked at here. Raises OSError."""
        name = entry.name
        if entry.is_dir(follow_symlinks=False):
            is_own = name == OWN_FOLDER or system.is_link(entry.stat(follow_symlinks=False))
            return not is_own and self._is_text(place, name)
        if entry.is_file(follow_symlinks=False) and self._is_wanted(place, name):
            self._take(place, name, entry.stat(follow_symlinks=False))
        return False

    def _is_wanted(self, place: str, name: str) -> bool:
        """The journal knows it, or a person gave it that name."""
        if place in self._known:
            return True
        return (not is_ignored(name) or self._as_known(place) != place) and self._is_text(place, name)

    def _take(self, place: str, name: str, look: os.stat_result) -> None:
        spelled = self._as_known(place)
        known = self._known.get(spelled)
        if known is not None:
            self.seen.add(spelled)
            seen = (look.st_size, system.time_of(look))
            if (*seen, system.is_writable(look)) != (known.size, known.mtime_ns, known.held):
                self.others[known.file] = seen
        elif not is_ignored(name):
            top, _, path = place.partition("/")
            vault = self._vaults.get(_folded(top))
            if path and vault is not None:
                full = os.path.join(self._root, *place.split("/"))  # noqa: PTH118 - a Path a file costs more
                size, mtime_ns = look.st_size, system.time_of(look)
                one = Stranger(vault=vault, path=path, full_path=full, size=size, mtime_ns=mtime_ns)
                self.found.append(Found(place, one))

    def _listed(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(os.path.join(self._root, folder)) as entries:  # noqa: PTH118 - a Path a folder costs more
                return list(entries)
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            self._leave_out(folder, error)
            return []

    def _as_known(self, place: str) -> str:
        """A place as the journal spells it, where it knows it."""
        if place in self._known or not system.FOLDS_CASE:
            return place
        return self._spelled.get(_folded(place), place)

    def _leads_there(self, folder: str) -> bool:
        """No link is on the way to a folder, nor this program's own folder."""
        if folder not in self._ways:
            above, _, name = folder.rpartition("/")
            self._ways[folder] = name != OWN_FOLDER and self._leads_there(above) and not self._is_link(folder)
        return self._ways[folder]

    def _is_link(self, folder: str) -> bool:
        try:
            return system.is_link(os.lstat(os.path.join(self._root, folder)))  # noqa: PTH118 - as in the walk
        except OSError:
            return False

    def _is_text(self, place: str, name: str) -> bool:
        """No vault holds any other name, nor does the journal: it is left out, and a folder with all that is in it."""
        if is_text(name):
            return True
        readable = as_text(place)
        log.note("not looked at", place=readable, why="its name")
        self.unread[readable] = f"No vault can hold the name of {readable}: not all of it is text. Rename it."
        return False

    def _leave_out(self, place: str, error: OSError) -> None:
        log.note("not looked at", place=place, why=error.strerror)
        self.unread[place] = _why_unread(place, error)


def _why_unread(place: str, error: OSError) -> str:
    if isinstance(error, PermissionError):
        return f"You may not read {place} on this computer."
    return f"{place} cannot be read on this computer ({error.strerror})."


def _as_far_as_text(place: str) -> str:
    """A place, or the outermost folder on the way to it whose name is no text."""
    parts = place.split("/")
    count = next((number for number, part in enumerate(parts, 1) if not is_text(part)), len(parts))
    return "/".join(parts[:count])


def _folded(place: str) -> str:
    """The same for all spellings of one place, where names that differ by case alone are one name."""
    return os.path.normcase(place) if system.FOLDS_CASE else place
