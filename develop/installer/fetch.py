"""Fetching what the lock file names, once; what was fetched before is checked against its hash each time."""

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from develop.console import Problem, say
from develop.installer.lock import Lock, Package

QUIET = ("-qq", "--no-deps", "--disable-pip-version-check")


def sha256(path: Path) -> str:
    """Return a file's hash as hexadecimal text."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def on_windows(python: str) -> tuple[str, ...]:
    """Return pip's options for a wheel of 64-bit Windows and that Python."""
    return ("--only-binary", ":all:", "--platform", "win_amd64", "--python-version", python)


def fetched(lock: Lock, folder: Path) -> dict[str, Path]:
    """Return the file of each package of the lock, by the package's name; what is missing is fetched into the folder.

    Raises `Problem` when pip cannot get one, or gets one of another hash.
    """
    folder.mkdir(parents=True, exist_ok=True)
    here = _here(folder)
    wheels = (lock.roots, *lock.wheels)
    for packages, options in ((wheels, on_windows(lock.python)), ((lock.runtime,), ("--no-binary", ":all:"))):
        absent = [each for each in packages if each.sha256 not in here]
        if absent:
            say(f"Fetching {', '.join(each.name for each in absent)} ...")
            _download(absent, options, folder)
            here = _here(folder)
    missing = [each.name for each in lock.packages if each.sha256 not in here]
    if missing:
        raise Problem(f"pip fetched something else than the lock file names for {', '.join(missing)}.")
    return {each.name: here[each.sha256] for each in lock.packages}


def _here(folder: Path) -> dict[str, Path]:
    return {sha256(path): path for path in folder.iterdir() if path.suffix in {".whl", ".gz"}}


def _download(packages: Sequence[Package], options: Sequence[str], folder: Path) -> None:
    wanted = folder / "wanted.txt"
    wanted.write_text("".join(f"{each.requirement}\n" for each in packages), encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "download", *QUIET, "--require-hashes"]
    if subprocess.call([*pip, *options, "-r", str(wanted), "-d", str(folder)]):
        raise Problem(
            "pip could not fetch all that the installer is made of, and says why above. Is there a network "
            "connection? Then run the same command again."
        )
