"""What an administrator's rights are used for: install one update, and only one of our own.

The seat asks Windows to start this with those rights, as `PDMDesktop.exe --install-update FILE --sha256 HEX`. Nothing
of the two is trusted: whoever can write in the person's folder could have put another file there, or change it between
a look and its use. So the file is copied where only administrators may write, and held open there so that nobody
changes it; the copy must have the hash, be signed by this build's own publisher, be this product, and be newer. Then
`msiexec` gets the copy and goes on holding it, and this process ends at once: it runs from the folder that is about to
be replaced.

It needs nothing but the standard library, and is loaded before anything else of the seat.
"""

import hashlib
import re
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from enum import IntEnum
from pathlib import Path, PureWindowsPath
from typing import BinaryIO, Final, Protocol

from pdm_desktop.app.update_words import FLAG, HASH_FLAG
from pdm_desktop.product import NAME, UPGRADE_CODE, installer_name
from pdm_desktop.release import PUBLISHER, VERSION
from server.protocol.records import dataclass

COPIES: Final = "*.msi"
"""What copies are called. Each has the true name of its version: Windows Installer remembers it, and asks for it when
the program is repaired."""
LOG: Final = "update.log"
LARGEST: Final = 1 << 30
"""Bytes that are copied at most."""
_ON_A_DRIVE: Final = re.compile(r'[A-Za-z]:\\[^\x00-\x1f:*?"<>|/]+')
"""No share (`\\\\computer`), no device (`\\\\.`, `\\\\?`), no stream (`file:stream`)."""


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
    BUSY = 50
    """The copy of an earlier call is still in use."""
    NOT_LOCAL = 51
    """Not a file on a drive of this computer. An administrator's name and password go to no other."""


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
    family: str
    """Its UpgradeCode."""


class System(Protocol):
    """What is asked of Windows. Each call may raise OSError."""

    def opened(self, file: Path) -> AbstractContextManager[BinaryIO]:
        """The file's content. Raises Refused when it lies on no drive of this computer."""
        ...

    def protected_folder(self) -> Path:
        """A new folder in which only administrators may write. Raises Refused while the copy in the old one is held."""
        ...

    def held(self, file: Path) -> AbstractContextManager[int]:
        """Until the end of the block nobody can write to the file, rename it or remove it; yields what holds it."""
        ...

    def publisher_of(self, file: Path) -> str | None:
        """Who signed the file; None: nobody whom this computer trusts, or it was changed since."""
        ...

    def package_in(self, file: Path) -> Package:
        """What the MSI says that it is."""
        ...

    def install(self, file: Path, log: Path, holder: int) -> None:
        """Start the installation, and do not wait for it. It goes on holding the file until it ends."""
        ...


def asked_for(words: Sequence[str]) -> tuple[Path, str]:
    """The file and the hash in the words after the program's name. Raises Refused."""
    match list(words):
        case [flag, path, hash_flag, sha256] if flag == FLAG and hash_flag == HASH_FLAG:
            if not re.fullmatch(r"[0-9a-f]{64}", sha256):
                raise Refused(Verdict.BAD_WORDS)
            if not _ON_A_DRIVE.fullmatch(path):
                raise Refused(Verdict.NOT_LOCAL)
            return Path(path), sha256
    raise Refused(Verdict.BAD_WORDS)


def install_update(file: Path, sha256: str, system: System, *, publisher: str, own: str) -> Verdict:
    """Check a copy of the file and hand it to Windows. `own` is the version that runs."""
    if not publisher:
        return Verdict.UNSIGNED_SEAT
    try:
        with system.opened(file) as source:
            copy = system.protected_folder() / PureWindowsPath(file).name
            try:
                _install(source, copy, sha256, system, publisher=publisher, own=own)
            except BaseException:
                _remove(copy)
                raise
    except Refused as refused:
        return refused.verdict
    except OSError:
        return Verdict.NOT_COPIED
    return Verdict.HANDED_OVER


def _install(source: BinaryIO, copy: Path, sha256: str, system: System, *, publisher: str, own: str) -> None:
    found = _copy(source, copy)
    with system.held(copy) as holder:
        if found != sha256 or _hash_of(copy) != sha256:
            raise Refused(Verdict.OTHER_CONTENT)
        require_ours(copy, system, publisher=publisher, own=own)
        try:
            system.install(copy, copy.with_name(LOG), holder)
        except OSError as error:
            raise Refused(Verdict.NOT_STARTED) from error


def require_ours(file: Path, system: System, *, publisher: str, own: str) -> None:
    """Raise Refused unless that publisher signed it, and it is this product, newer than `own`, by its true name."""
    signed_by = system.publisher_of(file)
    if signed_by is None:
        raise Refused(Verdict.NOT_TRUSTED)
    if signed_by != publisher:
        raise Refused(Verdict.OTHER_PUBLISHER)
    try:
        package = system.package_in(file)
    except OSError as error:
        raise Refused(Verdict.OTHER_PRODUCT) from error
    if (package.product, package.family.upper()) != (NAME, UPGRADE_CODE):
        raise Refused(Verdict.OTHER_PRODUCT)
    if _numbers(package.version) <= _numbers(own):
        raise Refused(Verdict.NOT_NEWER)
    if PureWindowsPath(file).name != installer_name(package.version):
        raise Refused(Verdict.OTHER_PRODUCT)


def _numbers(version: str) -> list[int]:
    """Three numbers, as Windows Installer compares them. A text that is none is older than all."""
    return [int(each) for each in version.split(".")[:3]] if re.fullmatch(r"\d+(\.\d+){2,3}", version) else []


def _copy(source: BinaryIO, target: Path) -> str:
    """Copy so much at most, and say the hash of what was copied."""
    hashed, size = hashlib.sha256(), 0
    with target.open("xb") as copy:
        while piece := source.read(1 << 20):
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
