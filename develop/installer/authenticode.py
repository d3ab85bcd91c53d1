"""Who signed an executable file, checked against the roots that Windows trusts, by `osslsigncode`."""

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from develop.console import Problem
from develop.installer.fetch import sha256
from develop.installer.lock import Package
from develop.installer.portable_executable import is_executable
from develop.installer.stage import Stage

OFFLINE: Final = ("-ignore-cdp", "-ignore-crl")
"""Lists of withdrawn certificates are not asked for: a build needs no network for them."""
SUBJECT: Final = re.compile(r"Subject: (?P<subject>.*)")
NAME: Final = re.compile(r"(?:^|/|, ?)CN ?= ?(?P<name>[^/,]+)")


@dataclass(frozen=True)
class Verdict:
    """What a signature is worth."""

    valid: bool
    signer: str
    """The name in the signer's certificate; empty without a signature."""


def signer(report: str) -> str:
    """Return the signer's name in `osslsigncode`'s report: of the certificate that it lists first."""
    subject = SUBJECT.search(report.partition("Signer's certificate:")[2])
    name = NAME.search(subject["subject"]) if subject else None
    return name["name"].strip() if name else ""


def verdict(path: Path, roots: Path) -> Verdict:
    """Return what the signature of a file is worth. Raises `Problem` when `osslsigncode` is missing."""
    if shutil.which("osslsigncode") is None:
        raise Problem("osslsigncode is missing. On Debian: sudo apt-get install osslsigncode")
    trusted = ["-CAfile", str(roots), "-TSA-CAfile", str(roots)]
    command = ["osslsigncode", "verify", "-in", str(path), *trusted, *OFFLINE]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    return Verdict(done.returncode == 0, signer(done.stdout))


@dataclass(frozen=True)
class Suspect:
    """An executable file, and who must have signed it: nobody, where `publisher` is empty."""

    name: str
    path: Path
    publisher: str


def suspects(stage: Stage) -> Iterator[Suspect]:
    """Give the foreign executable files of a staged folder.

    Raises `Problem` for one that the lock file knows neither a publisher of nor as unsigned.
    """
    for name, package in stage.origins.items():
        path = stage.folder / name
        if is_executable(path.read_bytes()):
            yield Suspect(name, path, publisher_of(name, package))


def publisher_of(name: str, package: Package) -> str:
    """Return who must have signed a staged file of a package; empty for one that is known to come unsigned.

    Raises `Problem` as `suspects` does.
    """
    if name.removeprefix("lib/") in package.unsigned:
        return ""
    if package.publisher:
        return package.publisher
    raise Problem(f"{name} of {package.name} {package.version} is executable, and lock.toml does not say who signs it.")


def check(files: Iterable[Suspect], roots: Path, kept: Path) -> None:
    """Check who signed executable files. What was found once of a content and these roots is kept in a folder.

    Raises `Problem` that names each file whose signature is wrong, missing or unexpected.
    """
    kept.mkdir(parents=True, exist_ok=True)
    asked, trusted = list(files), sha256(roots)
    with ThreadPoolExecutor() as threads:
        verdicts = threads.map(
            lambda each: _once(each.path, roots, kept / f"{sha256(each.path)}-{trusted[:16]}"), asked
        )
        wrong = [text for each, found in zip(asked, verdicts, strict=True) if (text := complaint(each, found))]
    if wrong:
        raise Problem("These files are not what they should be:\n" + "\n".join(wrong))


def complaint(suspect: Suspect, found: Verdict) -> str:
    """Return what is wrong with a file's signature, as a line; empty when it is as it must be."""
    if found == Verdict(bool(suspect.publisher), suspect.publisher):
        return ""
    wanted = f"{suspect.publisher} must have signed it" if suspect.publisher else "nobody is known to sign it"
    if not found.signer:
        return f"{suspect.name}: {wanted}, and it has no signature."
    return f"{suspect.name}: {wanted}; its signature by {found.signer} is {'valid' if found.valid else 'not valid'}."


def _once(path: Path, roots: Path, note: Path) -> Verdict:
    if not note.is_file():
        found = verdict(path, roots)
        note.write_text(f"{int(found.valid)}{found.signer}", encoding="utf-8")
    text = note.read_text(encoding="utf-8")
    return Verdict(text[:1] == "1", text[1:])
