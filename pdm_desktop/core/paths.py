"""Where a file of a vault is in the workspace. Nothing ever leads out of it."""

from pathlib import PurePath

from pdm_desktop.core.errors import ForbiddenPath
from server.protocol.names import ForbiddenName, checked_path, flaw_of

OWN_FOLDER = ".pdm-desktop"
"""The program's own folder in the workspace: unfinished downloads, the recovery store, opened old revisions."""


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


def second_name(name: str, mark: str) -> str:
    """The name of another version of a file beside it: `plate (Rev 5.2).nc`."""
    stem, dot, ending = name.rpartition(".")
    return f"{stem} ({mark}).{ending}" if dot and stem else f"{name} ({mark})"


def is_cloud_folder(path: PurePath) -> bool:
    """The path leads through a folder that OneDrive keeps in step by itself; no place for a workspace."""
    return any(part.casefold() == "onedrive" or part.casefold().startswith("onedrive -") for part in path.parts)
