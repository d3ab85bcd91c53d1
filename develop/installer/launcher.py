"""The program that a seat starts: compiled by mingw from `packaging/windows/launcher.*`, the same bytes each time."""

import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from develop.checkout import ROOT
from develop.console import Problem
from develop.installer import icon
from pdm_desktop.app.update_words import FLAG
from pdm_desktop.product import EXECUTABLE, NAME

PARTS = ROOT / "packaging" / "windows"
DRAWING = ROOT / "resources" / "icons" / "mark.svg"
TOOLS = "x86_64-w64-mingw32-"
MODULE = "pdm_desktop"
HARDENED = ("--dynamicbase", "--nxcompat", "--high-entropy-va", "--no-insert-timestamp")
"""For the linker: the first three as Windows wants them of a program, the last so that no time is in the file."""


def compile_launcher(folder: Path, *, version: str, company: str, python: str) -> Path:
    """Compile the launcher and its icon into the folder; `python` is the library that it loads. Returns its path.

    Raises `Problem` when mingw is missing or refuses.
    """
    (folder / "launcher.ico").write_bytes(icon.ico(DRAWING))
    names = {"PRODUCT": NAME, "EXECUTABLE": EXECUTABLE, "COMPANY": company, "VERSION_TEXT": version}
    names |= {"PYTHON_DLL": python, "MODULE": MODULE, "UPDATE_FLAG": FLAG}
    (folder / "names.h").write_text(header(names, version), "utf-8")
    target = folder / EXECUTABLE
    with tempfile.TemporaryDirectory() as made:
        resources = str(Path(made) / "resources.o")
        _run(
            "windres",
            ["--codepage", "65001", "-I", str(folder), "-I", str(PARTS), str(PARTS / "launcher.rc"), resources],
        )
        strict = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O2", "-s", "-I", str(folder)]
        linked = ["-municode", "-mwindows", "-static", *(f"-Wl,{each}" for each in HARDENED)]
        _run("gcc", [*strict, *linked, "-o", str(target), str(PARTS / "launcher.c"), resources, "-lshell32"])
    return target


def header(texts: Mapping[str, str], version: str) -> str:
    """Return the text of `names.h`: what the launcher and its resources are told."""
    escaped = {name: text.replace("\\", "\\\\").replace('"', '\\"') for name, text in texts.items()}
    lines = [f'#define {name} "{text}"' for name, text in escaped.items()]
    return "\n".join([*lines, f"#define VERSION_WORDS {version.replace('.', ',')},0", ""])


def _run(tool: str, words: Sequence[str]) -> None:
    name = f"{TOOLS}{tool}"
    if shutil.which(name) is None:
        raise Problem(f"{name} is missing. On Debian: sudo apt-get install gcc-mingw-w64-x86-64-win32")
    done = subprocess.run([name, *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Problem(f"{name} refused:\n{done.stderr.strip()}")
