"""The folder of the seat's Windows installers: an operator puts them there, every seat may fetch the newest.

Each has its SHA-256 beside it, as `sha256sum` writes it. One that was copied there by hand has none, and counts as it
is once it has stayed so for a moment: half of it might still be on its way.
"""

import codecs
import hashlib
import mmap
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Final

import structlog

from server.protocol.versions import is_version, numbers_of
from server.storage import durable

FOLDER: Final = "installers"
"""Its name in the data folder."""
MAGIC: Final = bytes.fromhex("d0cf11e0a1b11ae1")
"""How a compound file begins, and so an MSI ([MS-CFB], 2.2)."""
_NAME: Final = re.compile(r"PDM-Desktop-([0-9.]+)-x64\.msi")
_SIGNATURE: Final = "\x05DigitalSignature".encode("utf-16-le")
"""The stream that holds an MSI's signature, by the name that stands in its folder of streams ([MS-CFB], 2.6.1)."""
_PIECE: Final = 1 << 20
SETTLED: Final = 5.0
"""Seconds for which a file that nothing is said of has to stay as it is before it counts as whole."""
_log = structlog.get_logger(__name__)


class NotAnInstaller(ValueError):
    """The file cannot be an installer of the seat. The text says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installer:
    """One installer that is here, whole."""

    name: str
    version: str
    size: int
    """Bytes."""
    sha256: str


class Installers:
    """The folder. Its calls look at the disk, and read an installer whole when it is new: never on the event loop."""

    def __init__(self, folder: Path, *, settled: float = SETTLED) -> None:
        self._folder = folder
        self._settled = settled
        self._reading = threading.Lock()
        """Whoever reads one whole: the others find it read then, and the disk is read once."""
        self._hashes: dict[tuple[str | int, ...], str] = {}
        """Of what was read, by all that tells a file from another: it is not read again while it stays so."""
        self._told = frozenset[str]()
        """What of the folder cannot be offered, and stands in the log."""

    def all(self) -> list[Installer]:
        """What can be offered, the newest first. What cannot, stands in the log once."""
        found, wrong = list[Installer](), dict[str, str]()
        for path in self._paths():
            try:
                if self._is_whole(path):
                    found.append(self._read(path))
            except (NotAnInstaller, OSError) as error:
                wrong[path.name] = str(error)
        for name in wrong.keys() - self._told:
            _log.warning("installer_not_offered", file=name, why=wrong[name])
        self._told = frozenset(wrong)
        return sorted(found, key=lambda each: numbers_of(each.version), reverse=True)

    def open(self, installer: Installer) -> BufferedReader:
        """Its bytes. Raises OSError when it is gone."""
        return (self._folder / installer.name).open("rb")

    def is_signed(self, installer: Installer) -> bool:
        """Whether it carries a signature, whoever's it is and whether it holds or not. Raises OSError."""
        with self.open(installer) as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content.find(_SIGNATURE) >= 0

    def add(self, source: Path) -> Installer:
        """Copy an installer in: whole and on the disk, or not at all. Raises NotAnInstaller and OSError.

        One that is here and damaged is replaced.
        """
        version = _version_in(source.name)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._remove_unfinished()
        target = self._folder / source.name
        with source.open("rb") as file:
            _require_msi(file, source.name)
            if (here := self._here(target)) is not None:
                return _same(here, file)
            unfinished = target.with_name(f"{target.name}.new")
            try:
                sha256, size = _copy(file, unfinished)
                _write(_beside(target), f"{sha256}  {target.name}\n")
                durable.rename(unfinished, target)
            except OSError:
                with suppress(OSError):
                    unfinished.unlink(missing_ok=True)
                raise
        return Installer(name=target.name, version=version, size=size, sha256=sha256)

    def remove(self, version: str) -> bool:
        """Take that version away; False: it is not here. Raises OSError, also while somebody reads it on Windows."""
        target = self._folder / f"PDM-Desktop-{version}-x64.msi"
        if not is_version(version) or not target.exists():
            return False
        target.unlink()
        _beside(target).unlink(missing_ok=True)
        durable.sync_folder(self._folder)
        return True

    def _paths(self) -> Iterator[Path]:
        with suppress(FileNotFoundError):
            yield from sorted(each for each in self._folder.iterdir() if each.suffix.lower() == ".msi")

    def _is_whole(self, path: Path) -> bool:
        if _noted(path) is not None:
            return True
        seen = path.stat()
        return time.time() - max(seen.st_mtime, seen.st_ctime) >= self._settled

    def _read(self, path: Path) -> Installer:
        version = _version_in(path.name)
        with path.open("rb") as file:
            _require_msi(file, path.name)
            found = os.fstat(file.fileno())
            known = (path.name, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
            with self._reading:
                if known not in self._hashes:
                    self._hashes[known] = hashlib.file_digest(file, "sha256").hexdigest()
                sha256 = self._hashes[known]
        noted = _noted(path)
        if noted is not None and noted != sha256:
            raise NotAnInstaller(f"{path.name} is not what {_beside(path).name} says of it. Put it there again.")
        return Installer(name=path.name, version=version, size=found.st_size, sha256=sha256)

    def _here(self, target: Path) -> Installer | None:
        """What is here whole; None: nothing, or a damaged one. Raises OSError."""
        try:
            return self._read(target)
        except (NotAnInstaller, FileNotFoundError):
            return None

    def _remove_unfinished(self) -> None:
        """What a command that was cut has left."""
        for each in self._folder.glob("*.new"):
            each.unlink(missing_ok=True)


def _same(here: Installer, source: BufferedReader) -> Installer:
    """What is here already, when it is the very same. Raises NotAnInstaller."""
    if here.sha256 != hashlib.file_digest(source, "sha256").hexdigest():
        raise NotAnInstaller(
            f"Another {here.name} is there already, and two that differ cannot have one version. Build a higher"
            f" version, or take the other one away first: installer remove {here.version}."
        )
    return here


def _version_in(name: str) -> str:
    found = _NAME.fullmatch(name)
    if found is None or not is_version(found[1]):
        raise NotAnInstaller(
            f"“{name}” does not say its version. An installer is called PDM-Desktop-1.2.3-x64.msi, with three numbers:"
            " leave the name that its build gave it."
        )
    return found[1]


def _require_msi(file: BufferedReader, name: str) -> None:
    """Raises NotAnInstaller; else the file is at its beginning."""
    if file.read(len(MAGIC)) != MAGIC:
        raise NotAnInstaller(f"“{name}” is no Windows installer (MSI). It may be cut, or a download page.")
    file.seek(0)


def _copy(source: BufferedReader, target: Path) -> tuple[str, int]:
    """The content's SHA-256 and size, once all of it is on the disk."""
    hashed, size = hashlib.sha256(), 0
    with target.open("xb") as file:
        while piece := source.read(_PIECE):
            hashed.update(piece)
            size += len(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return hashed.hexdigest(), size


def _write(path: Path, text: str) -> None:
    unfinished = path.with_name(f"{path.name}.new")
    with unfinished.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    durable.rename(unfinished, path)


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _noted(path: Path) -> str | None:
    """What stands beside an installer of its content; None: nothing does, or nothing that can be read."""
    try:
        content = _beside(path).read_bytes()
        is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))  # as Windows' own shell writes
        words = content.decode("utf-16" if is_wide else "utf-8-sig").split()
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    return words[0].lower() if words else None
