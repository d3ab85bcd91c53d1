"""What an administrator's rights are used for: install one update, and only one of our own.

The seat asks Windows to start this with those rights, as `PDMDesktop.exe --install-update FILE --sha256 HEX`. Nothing
of the two is trusted: whoever can write in the person's folder could have put another file there, or change it between
a look and its use. So the file is copied where only administrators may write, and held open there so that nobody
changes it; the copy must have the hash, be signed by this build's own publisher, be this product, and be newer. Then
`msiexec` gets the copy, and this process ends at once: it runs from the folder that is about to be replaced.

It needs nothing but the standard library, and is loaded before anything else of the seat.
"""

import hashlib
import re
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Final, Protocol

from pdm_desktop.app.update_words import FLAG, HASH_FLAG
from pdm_desktop.product import NAME
from pdm_desktop.release import PUBLISHER, VERSION

COPY: Final = "update.msi"
LOG: Final = "update.log"
LARGEST: Final = 1 << 30
"""Bytes that are copied at most."""


class Verdict(IntEnum):
    """How it ended: the exit code of the process, which the seat reads."""

    HANDED_OVER = 0
    BAD_WORDS = 40
    UNSIGNED_SEAT = 41
    """This build has no publisher, so it can tell no update from another program."""
    NOT_COPIED = 42
    OTHER_CONTENT = 43
    NOT_TRUSTED = 44
    """No signature, a broken one, or one that this computer does not trust."""
    OTHER_PUBLISHER = 45
    OTHER_PRODUCT = 46
    NOT_NEWER = 47
    NOT_STARTED = 48
    BROKEN = 49
    """Something that nobody foresaw."""


class Refused(Exception):
    """This file is not installed."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.name)
        self.verdict = verdict


@dataclass(frozen=True, slots=True)
class Package:
    """What an MSI says that it is."""

    product: str
    version: str


class System(Protocol):
    """What is asked of Windows. Each call may raise OSError."""

    def protected_folder(self) -> Path:
        """A new folder in which only administrators may write."""
        ...

    def held(self, file: Path) -> AbstractContextManager[object]:
        """Until the end of the block nobody can write to the file, rename it or remove it."""
        ...

    def publisher_of(self, file: Path) -> str | None:
        """Who signed the file; None: nobody whom this computer trusts, or it was changed since."""
        ...

    def package_in(self, file: Path) -> Package:
        """What the MSI says that it is."""
        ...

    def install(self, file: Path, log: Path) -> None:
        """Start the installation, and do not wait for it."""
        ...


def asked_for(words: Sequence[str]) -> tuple[Path, str]:
    """The file and the hash in the words after the program's name. Raises Refused."""
    match list(words):
        case [flag, path, hash_flag, sha256] if flag == FLAG and hash_flag == HASH_FLAG:
            if re.fullmatch(r"[0-9a-f]{64}", sha256) and Path(path).is_absolute():
                return Path(path), sha256
    raise Refused(Verdict.BAD_WORDS)


def install_update(file: Path, sha256: str, system: System, *, publisher: str, own: str) -> Verdict:
    """Check a copy of the file and hand it to Windows. `own` is the version that runs."""
    if not publisher:
        return Verdict.UNSIGNED_SEAT
    try:
        folder = system.protected_folder()
        copy = folder / COPY
        found = _copy(file, copy)
    except OSError:
        return Verdict.NOT_COPIED
    try:
        with system.held(copy):
            if found != sha256 or _hash_of(copy) != sha256:
                raise Refused(Verdict.OTHER_CONTENT)
            _require_ours(copy, system, publisher=publisher, own=own)
            try:
                system.install(copy, folder / LOG)
            except OSError as error:
                raise Refused(Verdict.NOT_STARTED) from error
    except Refused as refused:
        _remove(copy)
        return refused.verdict
    return Verdict.HANDED_OVER


def _require_ours(copy: Path, system: System, *, publisher: str, own: str) -> None:
    signed_by = system.publisher_of(copy)
    if signed_by is None:
        raise Refused(Verdict.NOT_TRUSTED)
    if signed_by != publisher:
        raise Refused(Verdict.OTHER_PUBLISHER)
    try:
        package = system.package_in(copy)
    except OSError as error:
        raise Refused(Verdict.OTHER_PRODUCT) from error
    if package.product != NAME:
        raise Refused(Verdict.OTHER_PRODUCT)
    if _numbers(package.version) <= _numbers(own):
        raise Refused(Verdict.NOT_NEWER)


def _numbers(version: str) -> list[int]:
    """Three numbers, as Windows Installer compares them. A text that is none is older than all."""
    return [int(each) for each in version.split(".")[:3]] if re.fullmatch(r"\d+(\.\d+){2,3}", version) else []


def _copy(source: Path, target: Path) -> str:
    """Copy so much at most, and say the hash of what was copied."""
    hashed, size = hashlib.sha256(), 0
    with source.open("rb") as file, target.open("xb") as copy:
        while piece := file.read(1 << 20):
            size += len(piece)
            if size > LARGEST:
                raise OSError("larger than any installer")
            hashed.update(piece)
            copy.write(piece)
    return hashed.hexdigest()


def _hash_of(copy: Path) -> str:
    with copy.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remove(copy: Path) -> None:
    try:
        copy.unlink(missing_ok=True)
    except OSError:
        """The next one begins with a new folder."""


if sys.platform == "win32":

    def main(words: Sequence[str]) -> int:
        """Do what the words say. Returns the exit code, a Verdict."""
        from pdm_desktop.app.update_windows import Windows

        try:
            file, sha256 = asked_for(words)
            return install_update(file, sha256, Windows(), publisher=PUBLISHER, own=VERSION)
        except Refused as refused:
            return refused.verdict
        except Exception:  # noqa: BLE001 - there is no window and no console; the seat tells the person
            return Verdict.BROKEN

else:

    def main(words: Sequence[str]) -> int:
        """Here the system's own means install programs."""
        print(f"{NAME} is not updated in this way here: install it as it was installed.", file=sys.stderr)
        return Verdict.NOT_STARTED
