"""The mark in a workspace that says whose it is."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import PurePath

import msgspec

from pdm_desktop.core.errors import AnothersWorkspace
from pdm_desktop.core.owners import Owner
from pdm_desktop.core.paths import OWN_FOLDER
from pdm_desktop.sync.disk import LocalDisk

MARK = PurePath(OWN_FOLDER, "owner.json")


def owner_of(disk: LocalDisk) -> Owner | None:
    """Whose the workspace is; None: nobody's yet, or the mark is damaged. Raises core.errors."""
    if disk.look(MARK) is None:
        return None
    try:
        return msgspec.json.decode(b"".join(disk.blocks(MARK)), type=Owner)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def claim(disk: LocalDisk, who: Owner, *, begin: Callable[[], None] = lambda: None) -> bool:
    """The workspace is this person's, from now on if it was nobody's. True: it was before.

    `begin` is called before one that was nobody's is marked. Raises AnothersWorkspace, other core.errors, and what
    `begin` raises.
    Call it alone in the workspace, before anything is done there.
    """
    owner = owner_of(disk)
    if owner is None:
        begin()
        _write(disk, who)
    elif not owner.is_same(who):
        raise AnothersWorkspace(
            f"{disk.root} belongs to {owner.named_for(who)}. Nothing was done there.",
            advice="Start with another workspace, or let that person sign in.",
        )
    return owner is not None


def _write(disk: LocalDisk, who: Owner) -> None:
    unfinished = disk.begin()
    try:
        unfinished.write(msgspec.json.format(msgspec.json.encode(asdict(who))))
        unfinished.finish()
        disk.place(unfinished.path, MARK)
    finally:
        unfinished.discard()
