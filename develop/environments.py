"""The virtual environments of the checkout: made from pinned lists, once, and again when a list has changed."""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from develop.checkout import ROOT
from develop.console import Problem, say
from develop.file_lock import one_at_a_time


@dataclass(frozen=True)
class Environment:
    """One virtual environment of the checkout and the pinned list that it is made from."""

    name: str
    root: Path = ROOT

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self.root / ".venv" / self.name

    @property
    def requirements(self) -> Path:
        """The pinned list, with hashes."""
        return self.root / "packaging" / "requirements" / f"{self.name}.txt"

    @property
    def stamp_file(self) -> Path:
        """Written last, so that it stands only in an environment that is whole."""
        return self.folder / "made-from.txt"

    def program(self, name: str) -> str:
        """Return the path of an executable of this environment, such as `python`."""
        parts = ("Scripts", f"{name}.exe") if os.name == "nt" else ("bin", name)
        return str(self.folder.joinpath(*parts))


def stamp(requirements: bytes, python: str, folder: str) -> str:
    """Return what an environment depends on as one word: its pinned list, the Python below it, and its own place."""
    return hashlib.sha256(b"\0".join([requirements, python.encode(), folder.encode()])).hexdigest()


def current_stamp(environment: Environment) -> str:
    """Return the stamp that the environment has when it is up to date.

    A Windows checkout may have other line ends; they do not count.
    """
    pinned = environment.requirements.read_bytes().replace(b"\r\n", b"\n")
    return stamp(pinned, f"{sys.version} {sys.base_prefix}", str(environment.folder))


def is_ready(environment: Environment) -> bool:
    """Say whether the environment is whole and made from today's list."""
    return environment.stamp_file.is_file() and environment.stamp_file.read_text() == current_stamp(environment)


def make_ready(environment: Environment) -> Environment:
    """Make the environment if it is missing, half made or out of date, and return it.

    Raises `Problem` when it cannot be made.
    """
    if not environment.requirements.is_file():
        raise Problem(f"{environment.requirements} is missing. To make it again: python3 dev.py lock")
    environment.folder.parent.mkdir(exist_ok=True)
    with one_at_a_time(environment.folder.parent / f"{environment.name}.lock"):
        if not is_ready(environment):
            make(environment)
    return environment


def make(environment: Environment) -> None:
    """Make the environment from nothing; the stamp comes last."""
    require_venv()
    say(f"Making the environment {environment.folder.relative_to(environment.root)} (once, about a minute) ...")
    if environment.folder.exists():
        shutil.rmtree(environment.folder)
    create(environment.folder)
    install = ["install", "-qq", "--only-binary", ":all:", "--require-hashes", "-r", str(environment.requirements)]
    if subprocess.call([environment.program("python"), "-m", "pip", "--disable-pip-version-check", *install]):
        raise Problem(
            "The packages could not be installed; pip says why above. Is there a network connection, and "
            "is there room on the disk (about 500 MB)? Then run the same command again."
        )
    environment.stamp_file.write_text(current_stamp(environment))


def create(folder: Path) -> None:
    """Create an empty virtual environment. Raises `Problem` when Python's `venv` refuses."""
    done = subprocess.run([sys.executable, "-m", "venv", str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Problem(f"Python could not make {folder}:\n{(done.stdout + done.stderr).strip()}")


def require_venv() -> None:
    """Raise `Problem` where Python comes without what makes an environment, as on a bare Debian."""
    importlib.invalidate_caches()  # the package may have been installed a moment ago, by this very command
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if not missing:
        return
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    raise Problem(
        f"This Python has no {' and no '.join(missing)}, without which no environment can be made. "
        f"On Debian and Ubuntu: sudo apt-get install {package}. Then run the same command again."
    )
