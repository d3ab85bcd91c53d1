"""Where a file of a vault is in the workspace. Nothing ever leads out of it."""

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import PurePath

from pdm_desktop.core.errors import ForbiddenPath
from server.protocol.names import NAME_BYTES, Flaw, ForbiddenName, checked_path, flaw_of

OWN_FOLDER = ".pdm-desktop"
"""The program's own folder in the workspace: unfinished downloads, the recovery store, opened old revisions."""

LONGEST_ENDING = 32
"""What stands after the last dot and has more characters is no ending, but part of the name."""

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')


def vault_folder(name: str, vault: str) -> str:
    """The folder of a vault: its name, or its id when no folder may be called so."""
    usable = "/" not in name and flaw_of(name) is None and name.casefold() != OWN_FOLDER
    return name if usable else vault


def in_workspace(folder: str, path: str) -> PurePath:
    """The path of a file relative to the workspace. `folder` is its vault's. Raises ForbiddenPath."""
    try:
        return PurePath(checked_path(folder), *checked_path(path).split("/"))
    except ForbiddenName as error:
        raise ForbiddenPath(str(error), advice="Ask an administrator to rename it in the vault.") from error


def in_vault(path: str) -> str:
    """The path of a new file as a vault keeps it. Raises ForbiddenPath."""
    try:
        return checked_path(path)
    except ForbiddenName as error:
        raise ForbiddenPath(str(error), advice="Choose another name.") from error


def is_text(name: str) -> bool:
    """It can be written down. Linux and Windows let files have other names as well, as Latin-1 from an old control."""
    if name.isascii():
        return True
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def as_text(name: str) -> str:
    """The same to be read, also when it is no text: what is none is escaped."""
    return name if is_text(name) else name.encode(errors="backslashreplace").decode()


def name_of(path: str) -> str:
    """The file's name, without its folders."""
    return path.rpartition("/")[2]


def second_name(name: str, mark: str) -> str:
    """The name of another version of a file beside it: `plate (Rev 5.2).nc`. A long one gives way before the mark."""
    stem, _, ending = name.rpartition(".")
    if not stem or len(ending) > LONGEST_ENDING:
        stem, ending = name, ""
    tail = f" ({mark}).{ending}" if ending else f" ({mark})"
    room = NAME_BYTES - len(tail.encode(errors="ignore"))
    return stem.encode(errors="ignore")[:room].decode(errors="ignore").rstrip() + tail


def second_mark(name: str) -> str:
    """The mark in such a name, as `Rev 5.2`; empty when there is none."""
    found = re.search(r" \(([^()]*)\)(\.[^.]*)?$", name)
    return found[1] if found else ""


def aside(place: PurePath, file: str) -> PurePath:
    """Where the copy of a file waits that cannot go to its place yet."""
    return place.with_name(second_name(place.name, f"moving {file[-6:]}"))


def is_aside(here: PurePath, goal: PurePath, file: str) -> bool:
    """It waits there: beside its place, or beside what is on the way to that."""
    return here.name == aside(goal, file).name and here.parent in goal.parents


def version_path(path: str, who: str, at: datetime, *, number: int = 1) -> str:
    """Where somebody's version goes beside the vault's: `plate (Sam Becker 2026-11-26 10.24).nc`.

    `at` is local time. `number` is for one whose name is taken. A long name gives way before the mark.
    """
    folder, slash, name = path.rpartition("/")
    more = "" if number == 1 else f", {number}"
    mark = f"{_FORBIDDEN.sub('-', who).strip()} {at:%Y-%m-%d %H.%M}{more}"
    stem, dot, ending = name.rpartition(".")
    if not stem:
        stem, dot, ending = name, "", ""
    while True:
        made = folder + slash + second_name(stem + dot + ending, mark)
        if flaw_of(made) is not Flaw.LONG_PATH or len(stem) <= 1:
            return made
        stem = stem[:-1]


def folder_beside(name: str, who: str, *, number: int = 1) -> str:
    """The folder of somebody else beside a workspace: `PDM (Tomas)`. A long name of a person is cut.

    `number` is for one whose name is taken.
    """
    more = "" if number == 1 else f", {number}"
    room = NAME_BYTES - len(f"{name} ({more})".encode())
    person = _FORBIDDEN.sub("-", who).encode()[: max(room, 0)].decode(errors="ignore").strip()
    return f"{name} ({person}{more})"


def is_cloud_folder(path: PurePath, known: Iterable[PurePath] = ()) -> bool:
    """The path leads through a folder that OneDrive keeps in step by itself; no place for a workspace.

    `known` are such folders that the system names; others are recognised by their names.
    """
    parts = [part.casefold() for part in path.parts]
    if any(parts[: len(each.parts)] == [part.casefold() for part in each.parts] for each in known if each.parts):
        return True
    return any(part.casefold() == "onedrive" or part.casefold().startswith("onedrive -") for part in path.parts)
