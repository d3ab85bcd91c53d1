"""What the command line says."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from pdm_desktop.core.links import NoLink, checked_beginning
from pdm_desktop.machine import NOTHING_FIXED, Policy
from pdm_desktop.product import NAME
from pdm_desktop.release import VERSION
from server.protocol.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How this start of the program differs from another one."""

    data: Path
    """Folder of settings, cache, journal and log."""
    workspace: Path | None
    """Folder of the local copies; None: the one that is remembered, or the usual place."""
    server: str
    name: str
    computer: str
    profile: str
    """One program runs for each user and profile."""
    tray: bool
    """Begin without a window."""
    policy: Policy = NOTHING_FIXED
    """What the administrator has fixed."""
    link: str = ""
    """What to look at, as it was clicked: what is wrong with it, the window says. Empty: nothing."""
    first_server: str = ""
    """Where to sign in when nobody has done so before, as the installer was told; empty: nobody said."""
    first_workspace: Path | None = None
    """Folder of the local copies when none is remembered; None: the usual place."""


def parser() -> argparse.ArgumentParser:
    """What the command line may say."""
    made = argparse.ArgumentParser(prog="pdm-desktop", description="The seat: the vault's files on this computer.")
    made.add_argument("--data", type=Path, metavar="DIR", help="folder of settings, cache and log")
    made.add_argument("--workspace", type=Path, metavar="DIR", help="folder of the local copies")
    made.add_argument("--server", default="", metavar="URL", help="the server to sign in to")
    made.add_argument("--name", default="", help="who signs in")
    made.add_argument("--computer", default="", metavar="NAME", help="what others see as this computer's name")
    made.add_argument("--profile", default="", help="run beside another one, with settings of its own")
    made.add_argument("--tray", action="store_true", help="start in the tray, without a window")
    made.add_argument("--version", action="version", version=f"{NAME} {VERSION}")
    made.add_argument("link", nargs="?", type=_link, metavar="LINK", help="pdm://vault/path: show that file")
    return made


def _link(text: str) -> str:
    try:
        return checked_beginning(text.encode(errors="replace").decode())  # it may be no text, and is told as one
    except NoLink as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def parse(words: Sequence[str]) -> Options:
    """The options in these words. Ends the program with a sentence for words that it does not know."""
    read = parser().parse_args(words)
    data = (read.data or usual_folder(read.profile)).absolute()
    return Options(
        data=data,
        workspace=read.workspace.absolute() if read.workspace else None,
        server=read.server,
        name=read.name,
        computer=read.computer,
        profile=f"{read.profile}\n{data}",
        tray=read.tray and not read.link,
        link=read.link or "",
    )


def usual_folder(profile: str) -> Path:
    """Where settings belong on this system."""
    import platformdirs  # who says where needs none of it

    folder = platformdirs.user_data_path(NAME, appauthor=False)
    return folder / f"profile {profile}" if profile else folder


def usual_workspace() -> Path:
    """Where local copies belong when nobody chose a place: in the person's folder, outside what a cloud copies."""
    return Path.home() / "PDM"
