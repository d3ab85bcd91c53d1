"""The packages that the system must have: one list, installed where that can be done without asking."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence

from develop.checkout import ROOT
from develop.console import Problem, say

LIST = ROOT / "packaging" / "debian-packages.txt"


def read_package_list(text: str) -> dict[str, list[str]]:
    """Read `[section]` headings and the package names below each; `#` begins a comment.

    Raises `ValueError` for a name above the first heading.
    """
    sections: dict[str, list[str]] = {}
    names: list[str] | None = None
    for line in text.splitlines():
        entry = line.split("#", 1)[0].strip()
        if entry.startswith("["):
            names = sections.setdefault(entry.strip("[]"), [])
        elif entry:
            if names is None:
                raise ValueError(f"{entry} stands above the first [section]")
            names.append(entry)
    return sections


def installed(status: str) -> set[str]:
    """Read `dpkg-query`'s lines `state|name|provides` into the names that are there, provided ones included."""
    names: set[str] = set()
    for line in status.splitlines():
        state, name, provides = line.split("|", 2)
        if state == "installed":
            names.add(name)
            names.update(entry.split("(")[0].strip() for entry in provides.split(",") if entry.strip())
    return names


def missing(wanted: Sequence[str]) -> list[str]:
    """Return which of the wanted Debian packages are not installed; all of them where there is no `dpkg-query`."""
    if shutil.which("dpkg-query") is None:
        return list(wanted)
    query = ["dpkg-query", "-W", "-f=${db:Status-Status}|${Package}|${Provides}\n"]
    there = installed(subprocess.run(query, capture_output=True, text=True, check=True).stdout)
    return [name for name in wanted if name not in there]


def is_debian_root() -> bool:
    """Say whether packages can be installed here without asking: Debian itself, as root."""
    if sys.platform != "linux":
        return False
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return False
    return release.get("ID") == "debian" and os.geteuid() == 0


def install_command(names: Sequence[str]) -> list[str]:
    """Return the command that installs Debian packages."""
    return ["apt-get", "install", "--yes", "--no-install-recommends", *names]


def provide(sections: Sequence[str]) -> None:
    """Install what is missing of the Debian packages, or, where that needs a person, print the command and go on.

    Raises `Problem` when `apt-get` stops.
    """
    if not sys.platform.startswith("linux"):
        return
    listed = read_package_list(LIST.read_text(encoding="utf-8"))
    absent = missing([name for section in sections for name in listed[section]])
    if not absent:
        return
    if not is_debian_root():
        say("Some packages of the system seem to be missing. On Debian they come with this command:")
        say(f"  sudo {' '.join(install_command(absent))}")
        return
    say(f"Installing {len(absent)} Debian packages: {' '.join(absent)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update"], install_command(absent)):
        done = subprocess.run([*command, "-qq"], env=quiet, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.stderr.write(done.stdout + done.stderr)
            raise Problem(f"`{' '.join(command)}` stopped with code {done.returncode}; its own words stand above.")
