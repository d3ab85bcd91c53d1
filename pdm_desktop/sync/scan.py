"""A walk through the workspace: what is there that the journal does not know, and what it knows that is not there."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pdm_desktop import log
from pdm_desktop.core.ignore import is_ignored
from pdm_desktop.core.paths import OWN_FOLDER
from pdm_desktop.core.strangers import Stranger
from pdm_desktop.sync import system


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What one walk saw."""

    strangers: tuple[Stranger, ...]
    """By vault and path."""
    missing: frozenset[str]
    """Files that should be there and are not. A folder that could not be read hides nothing: its files do not count."""


def scan(root: Path, *, folders: Mapping[str, str], places: Mapping[str, str]) -> Scan:
    """Walk through the workspace. `folders` are the vaults' folders by vault, `places` its files' by place.

    Links and what programs keep for themselves are passed over. Raises nothing: a folder that cannot be read is noted.
    """
    walk = _Walk(root, places)
    strangers: list[Stranger] = []
    for vault, folder in sorted(folders.items()):
        for place, size in walk.strangers(folder):
            full = os.fspath(root / place)
            strangers.append(Stranger(vault=vault, path=place[len(folder) + 1 :], full_path=full, size=size))
    missing = (file for place, file in places.items() if place not in walk.seen and not walk.is_hidden(place))
    return Scan(strangers=tuple(strangers), missing=frozenset(missing))


class _Walk:
    def __init__(self, root: Path, places: Mapping[str, str]) -> None:
        self._root = os.fspath(root)
        self._places = places
        self.seen: set[str] = set()
        self._unread: list[str] = []

    def is_hidden(self, place: str) -> bool:
        """It is below a folder that could not be read."""
        return any(place.startswith(f"{folder}/") for folder in self._unread)

    def strangers(self, folder: str) -> list[tuple[str, int]]:
        """Every unknown file below a folder that a person may have put there, by path, with its size."""
        found: list[tuple[str, int]] = []
        waiting = [folder]
        while waiting:
            now = waiting.pop()
            for entry in self._listed(now):
                place = f"{now}/{entry.name}"
                if place in self._places and entry.is_file(follow_symlinks=False):
                    self.seen.add(place)
                elif entry.is_dir(follow_symlinks=False):
                    if entry.name != OWN_FOLDER and not system.is_link(entry.stat(follow_symlinks=False)):
                        waiting.append(place)
                elif entry.is_file(follow_symlinks=False) and not is_ignored(entry.name):
                    found.append((place, _size(entry)))
        return sorted(found)

    def _listed(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(os.path.join(self._root, folder)) as entries:  # noqa: PTH118 - a Path a folder costs more
                return list(entries)
        except FileNotFoundError:
            return []
        except OSError as error:
            log.note("folder not read", folder=folder, why=error.strerror)
            self._unread.append(folder)
            return []


def _size(entry: os.DirEntry[str]) -> int:
    """Asked of strangers alone: a look at each of 100,000 copies would take longer than the walk."""
    try:
        return entry.stat(follow_symlinks=False).st_size
    except OSError:
        return 0
