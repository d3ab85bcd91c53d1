"""`installer …`: the seat's installers for Windows, put on the server for its seats; whether it runs or not."""

from collections.abc import Callable
from pathlib import Path

from server.cli.trouble import Exit, Trouble
from server.storage.installers import FOLDER, Installer, Installers, NotAnInstaller
from server.storage.releases import Releases

Say = Callable[[str], None]


def add(data: Path, file: Path, *, oldest: str, say: Say) -> Exit:
    """Put an installer there. A running server offers it within a second or two. Raises Trouble.

    `oldest` is the oldest seat that the server serves.
    """
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        installers = _of(data)
        added = installers.add(file)
        is_signed = installers.is_signed(added)
    except NotAnInstaller as error:
        raise Trouble(str(error), Exit.USAGE) from error
    except OSError as error:
        raise Trouble(
            f"{file} cannot be put into {data / FOLDER}: {error.strerror or error}. Nothing was added; check the path,"
            " the rights and the room on the disk."
        ) from error
    say(f"{added.name} is there for every seat.")
    say(_line(added))
    if not is_signed:
        say(
            f"WARNING: {added.name} carries no digital signature. A seat installs by itself only what its own publisher"
            " has signed."
        )
    _warn_of_help(data, oldest, say=say)
    return Exit.DONE


def show(data: Path, *, say: Say) -> Exit:
    """Every installer that can be offered, the newest first: that one is."""
    for each in _of(data).all():
        say(_line(each))
    return Exit.DONE


def remove(data: Path, version: str, *, oldest: str, say: Say) -> Exit:
    """Take one away. `oldest` is the oldest seat that the server serves. Raises Trouble."""
    try:
        is_gone = _of(data).remove(version)
    except OSError as error:
        raise Trouble(
            f"The installer cannot be removed: {error.strerror or error}. A seat may be fetching it; try again."
        ) from error
    if not is_gone:
        raise Trouble(f"There is no installer of version {version}. “installer list” shows what there is.")
    say(f"The installer of version {version} is gone.")
    _warn_of_help(data, oldest, say=say)
    return Exit.DONE


def _warn_of_help(data: Path, oldest: str, *, say: Say) -> None:
    """Say it when older seats are shut out, and find nothing here by which they are served again."""
    releases = Releases(_of(data), oldest=oldest)
    releases.look()
    if releases.is_without_help:
        say(
            f"WARNING: “oldest_client” is {oldest}, and no installer here is that new. Older seats cannot work, and"
            " find no update on this server: add a newer installer, or lower the setting."
        )


def _of(data: Path) -> Installers:
    return Installers(data / FOLDER)


def _line(installer: Installer) -> str:
    return f"{installer.version}  {installer.size:,} bytes  SHA-256 {installer.sha256}"
