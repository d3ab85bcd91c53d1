"""Which folder somebody who signs in the first time is offered, and whether one that is chosen is a good place.

All of it looks at folders, which may take long: never on the window's loop. Nothing that it makes stays.
"""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from shutil import disk_usage

from pdm_desktop.app.options import Options
from pdm_desktop.app.workspaces import is_in_cloud, owner_for, owner_seen, workspace_for
from pdm_desktop.config import Config
from pdm_desktop.core.owners import Owner
from pdm_desktop.core.places import LEAST_FREE, Settled, bad_words, full_words, good_words
from pdm_desktop.state.account import Account
from pdm_desktop.state.changes import FolderSeen
from server.protocol.names import flaw_of


def see_folder(typed: str, account: Account, options: Options, known: Config) -> FolderSeen:
    """The folder of who signs in: the typed one, or the one that it is when none is typed, or none can be chosen."""
    usual = Path(workspace_for(account, options, known).folder)
    settled = _settled(account, options, known)
    wish = typed.strip()
    folder = Path(wish) if wish and settled is Settled.FREE else usual
    is_good, text = _judged(folder, owner_for(account), options.data, known, settled)
    return FolderSeen(
        asked=typed,
        folder=str(folder),
        text=text,
        is_good=is_good,
        is_usual=folder == usual,
        settled=settled,
    )


def _settled(account: Account, options: Options, known: Config) -> Settled:
    if options.policy.workspace is not None:
        return Settled.FIXED
    if options.workspace is not None:
        return Settled.STARTED
    before = known.known_person(account.server, account.person)
    return Settled.KNOWN if before is not None and before.workspace else Settled.FREE


def _judged(folder: Path, who: Owner, data: Path, known: Config, settled: Settled) -> tuple[bool, str]:
    """Whether local copies can be there, and what is said of it."""
    try:
        why = next(_objections(folder, who, data, known), "")
        free = 0 if why else disk_usage(_ground(folder)).free
    except (OSError, ValueError, RuntimeError) as error:  # also of characters and loops of links
        why, free = f"This folder cannot be used: {getattr(error, 'strerror', None) or error}.", 0
    return (False, bad_words(why, settled)) if why else (True, good_words(free))


def _objections(folder: Path, who: Owner, data: Path, known: Config) -> Iterator[str]:
    """The first is told. Only where nothing else is wrong is it tried whether something can be made there."""
    if not folder.is_absolute():
        yield "This is not a whole path, from the drive on."
    real = folder.resolve()
    if is_in_cloud(folder) or is_in_cloud(real):
        yield "This folder is inside OneDrive, which changes files by itself."
    if _is_around(data.resolve(), real) or _is_around(real, data.resolve()):
        yield f"In {data} the program keeps its own data; your files have to be apart from it."
    yield from _of_others(folder, real, who, known)
    ground = _ground(folder)
    if not ground.is_dir():
        yield f"{ground} is a file, not a folder."
    flaw = flaw_of("/".join(folder.relative_to(ground).parts)) if folder != ground else None
    if flaw is not None:
        yield f"The name of this folder {flaw.value}."
    free = disk_usage(ground).free
    if free < LEAST_FREE:
        yield full_words(free)
    yield from _unwritable(ground)


def _of_others(folder: Path, real: Path, who: Owner, known: Config) -> Iterator[str]:
    """It is somebody else's workspace, or one is around it or in it, also this person's own."""
    owner = owner_seen(real, known) or owner_seen(folder, known)
    if owner is not None and not owner.is_same(who):
        yield f"This folder belongs to {owner.named_for(who)}."
    for around in dict.fromkeys((*real.parents, *folder.parents)):
        theirs = owner_seen(around, known)
        if theirs is not None:
            yield f"This folder is inside {around}, where the files of {theirs.person} are."
    for each in known.people:
        if each.workspace and any(Path(each.workspace) != way and _is_around(way, Path(each.workspace))
                                  for way in (folder, real)):  # fmt: skip
            yield f"The files of {each.name} are inside this folder, in {each.workspace}."


def _is_around(outer: Path, inner: Path) -> bool:
    return inner.is_relative_to(outer)


def _ground(folder: Path) -> Path:
    """What there is of the way to a folder by now. Raises OSError, as for a drive that is not there."""
    for each in (folder, *folder.parents):
        if os.path.lexists(each):
            return each
    raise FileNotFoundError(0, f"there is no {folder.anchor}")


def _unwritable(ground: Path) -> Iterator[str]:
    """A folder is what the program makes there first: on Windows a drive often takes new folders, and no files."""
    trial = ground / f".pdm-desktop-{uuid.uuid4().hex}"
    try:
        trial.mkdir()
    except OSError as error:
        yield f"Nothing can be written into {ground}: {error.strerror or error}."
    else:
        trial.rmdir()
