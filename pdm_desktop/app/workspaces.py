"""Which folder has the local copies of the person who signs in, and which journal says what is in it."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path, PurePath

from pdm_desktop import log
from pdm_desktop.app.options import Options, usual_workspace
from pdm_desktop.config import Config, Person
from pdm_desktop.core.errors import Told
from pdm_desktop.core.owners import Choice, Owner, Seen, choose
from pdm_desktop.core.paths import is_cloud_folder
from pdm_desktop.core.results import Trouble
from pdm_desktop.state.account import Account
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.mark import owner_of
from server.protocol.names import same_key

ONE_DRIVES = ("OneDrive", "OneDriveConsumer", "OneDriveCommercial")
"""Variables in which Windows has the folders of OneDrive."""


def workspace_for(account: Account, options: Options, known: Config) -> Choice:
    """The folder of this person. It looks at folders, which may take long: never on the window's loop."""
    who = owner_for(account)
    wanted = workspace_of(options, known)
    beside = wanted if wanted.name else usual_workspace()  # nothing is beside a whole drive
    others = list(_folders_beside(beside))
    last = known.known_person(account.server, account.person)
    if last is not None and last.workspace and options.workspace is None:
        others.insert(0, Path(last.workspace))
    return choose(wanted, others, beside=beside, who=who, see=lambda folder: _seen(Path(folder), known))


def workspace_of(options: Options, known: Config) -> Path:
    """Where the local copies are wanted: as this start says, as remembered, where a seat begins, or the usual place."""
    remembered = Path(known.workspace) if known.workspace else None
    return options.workspace or remembered or options.first_workspace or usual_workspace()


def is_in_cloud(folder: Path, variables: Mapping[str, str] = os.environ) -> bool:
    """OneDrive changes what is in this folder by itself. Its own folders stand in variables, whatever their names."""
    known = [PurePath(variables[name]) for name in ONE_DRIVES if variables.get(name)]
    return is_cloud_folder(folder, known)


def owner_for(account: Account) -> Owner:
    """The person of an account, as the one that a workspace belongs to."""
    return Owner(server=account.server, address=account.address, person=account.person)


def owner_seen(folder: PurePath, known: Config) -> Owner | None:
    """Whose workspace a folder is, as far as that can be seen."""
    return _seen(Path(folder), known).owner


def news_of(choice: Choice, account: Account, known: Config) -> Trouble | None:
    """What is said of a new folder: another server is where one was, or the folder that was wanted is somebody else's.

    `known` are the settings of before the choice.
    """
    before = _before_this_server(account, known)
    if before is not None:
        return Trouble(
            title="Another server is at this address",
            text=f"{account.address} is not the server that was there before. Your files of this one are in "
            f"{choice.folder}. Those of the one before, and the check-ins that wait there, stay as they are in "
            f"{before.workspace}.",
            advice="If the one before has moved, sign out and sign in at its new address: your work goes on there.",
        )
    if choice.instead_of is None:
        return None
    folder, owner = choice.instead_of
    return Trouble(
        title="Your files are in a folder of your own",
        text=f"{folder} belongs to {owner.named_for(owner_for(account))}; your files are in {choice.folder}.",
    )


def journal_file(cache: Path, workspace: Path) -> Path:
    """The journal of one person at one server for one workspace: it says nothing of another folder."""
    mark = hashlib.sha256(str(workspace).encode()).hexdigest()[:8]
    return cache.with_name(f"{cache.stem.replace('cache', 'journal', 1)}-{mark}{cache.suffix}")


def _folders_beside(usual: Path) -> list[Path]:
    """The folders that the program may have made beside a workspace for others."""
    try:
        return sorted(each for each in usual.parent.iterdir() if each.name.startswith(f"{usual.name} ("))
    except OSError:
        return []


def _seen(folder: Path, known: Config) -> Seen:
    """What is seen of a folder. One that cannot be looked at, as on a drive that is away, is whose it was last."""
    try:
        owner = owner_of(LocalDisk(folder))
        is_used = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    except (Told, OSError) as error:
        log.note("whose is unknown", folder=folder, why=error)
        owner, is_used = None, True
    return Seen(owner=owner or _last_owner(folder, known), is_used=is_used)


def _before_this_server(account: Account, known: Config) -> Person | None:
    """This person at the server that was at this address, when none has had a folder here at this one yet."""
    here = known.known_person(account.server, account.person)
    if here is not None and here.workspace:
        return None
    there = [each for each in known.people if each.address == account.address and each.server != account.server]
    mine = [each for each in there if each.workspace and same_key(each.name) == same_key(account.person)]
    return mine[-1] if mine else None


def _last_owner(folder: PurePath, known: Config) -> Owner | None:
    found = next((each for each in known.people if each.workspace and Path(each.workspace) == folder), None)
    return None if found is None else Owner(server=found.server, address=found.address, person=found.name)
