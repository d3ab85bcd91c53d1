"""Windows' own Python at work on this computer: as it is on Windows, elsewhere in a Wine that is made for one run."""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from develop.console import Problem

PATIENCE_S = 300
OVERRIDES = "mscoree,mshtml,winedbg.exe,winemenubuilder.exe="
"""Without these a new Wine asks for what it cannot have, or waits in a debugger."""


def run(runtime: zipfile.ZipFile, script: str, *words: str) -> str:
    """Run a script by the Python of an embeddable archive. Returns what it printed.

    Raises `Problem` when there is no Wine, or when the script fails.
    """
    with tempfile.TemporaryDirectory(prefix="windows-python-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        for name in runtime.namelist():
            plain = name.rpartition("/")[2]
            if plain and plain != "_wmi.pyd":
                (folder / plain).write_bytes(runtime.read(name))
        with _starter(folder) as (start, variables):
            done = subprocess.run(
                [*start, str(folder / "python.exe"), "-I", "-c", script, *words],
                cwd=folder,
                env=variables,
                stdin=subprocess.DEVNULL,  # and pipes: in Wine, Python takes no file for its input and output
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                timeout=PATIENCE_S,
                check=False,
            )
    if done.returncode:
        raise Problem(f"Windows' Python ended with code {done.returncode}:\n{done.stdout.strip()}")
    return done.stdout


def path_there(path: Path) -> str:
    """Return how Windows' Python finds a file of this computer: in Wine, everything lies below `Z:`."""
    whole = str(path.resolve())
    return whole if sys.platform == "win32" else "Z:" + whole.replace("/", "\\")


@contextmanager
def _starter(folder: Path) -> Iterator[tuple[Sequence[str], dict[str, str]]]:
    """Give the words before a program of Windows, and its variables."""
    if sys.platform == "win32":
        yield (), dict(os.environ)
        return
    if shutil.which("wine") is None:
        raise Problem("Wine is missing, in which Windows' Python compiles the seat: sudo apt-get install wine wine64")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "QT_", "WINE"))}
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        variables.pop(name, None)
    variables |= {"HOME": str(folder), "LC_ALL": "C.UTF-8", "WINEARCH": "win64", "WINEDEBUG": "-all"}
    variables |= {"WINEDLLOVERRIDES": OVERRIDES, "WINEPREFIX": str(folder / "wine")}
    try:
        yield ("wine",), variables
    finally:
        for option in ("-k", "-w"):
            subprocess.run(["wineserver", option], env=variables, check=False, timeout=60)
