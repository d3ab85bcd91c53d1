"""What a power cut leaves of a folder: only what was synced is sure, anything else may be there, torn, or not.

    with Power(root) as power:
        ...                      # everything below root happens; each fsync is noted
        power.cut(into, odds)    # a folder as a disk could have it after a power cut at this moment

While it watches, every `os.fsync` of this process is noted: of a file its bytes, of a folder its names. A cut makes
another folder of that: sure are bytes and names as of their last fsync. What came later is there by `odds`: a name may
have reached the disk and its bytes not (then the file is empty, zero bytes, or torn in the middle). Nothing is asked of
the file system itself, so that it works on any.
"""

import os
import random
import shutil
import stat
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self


@dataclass
class Odds:
    """How a cut decides over what was not synced. The default is the worst honest disk: nothing of it is there."""

    chance: random.Random = field(default_factory=lambda: random.Random(0))
    names: float = 0.0
    """The chance that a folder's new names are there."""
    bytes: float = 0.0
    """The chance that new bytes are there; otherwise they are torn, zero, or missing."""


@dataclass
class _File:
    content: bytes
    keeper: int
    """A descriptor: while it is open no other file gets the number."""


class Power:
    """Watches the fsyncs of this process. What is below the root when it begins counts as on the disk."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._fsync = os.fsync
        self._files: dict[int, _File] = {}
        self._folders: dict[int, dict[str, int]] = {}
        self.synced = 0
        """How many fsyncs there were."""

    def __enter__(self) -> Self:
        self.adopt(self._root)
        setattr(os, "fsync", self._noted)  # noqa: B010 - the type of its argument is wider than what is used here
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.fsync = self._fsync
        for each in self._files.values():
            os.close(each.keeper)

    def adopt(self, root: Path) -> None:
        """Everything below a folder is on the disk."""
        for folder in [root, *(each for each in root.rglob("*") if each.is_dir() and not each.is_symlink())]:
            self._note_folder(folder.stat().st_ino, folder)
            for path in folder.iterdir():
                if path.is_file() and not path.is_symlink():
                    self.sync(path)

    def fail(self, root: Path, odds: Odds) -> None:
        """The power fails: this folder below the root is from now on what a disk could have of it."""
        left = root.with_name(f"{root.name}-after-the-cut")
        self.cut(left, odds, of=root)
        shutil.rmtree(root)
        left.rename(root)
        self.adopt(root)

    def sync(self, path: Path) -> None:
        """A person's program has saved a file, and the system has written it and its name by now."""
        descriptor = os.open(path, os.O_RDONLY)
        self._note_file(descriptor)
        os.close(descriptor)
        self._note_folder(path.parent.stat().st_ino, path.parent)

    def cut(self, into: Path, odds: Odds, *, of: Path | None = None) -> None:
        """Make a folder that is what the disk has. Times and attributes are those of the files that are there now."""
        root = of or self._root
        into.mkdir(parents=True)
        self._restore(root, into, self._looks(root), odds)

    def _noted(self, descriptor: int) -> None:
        self._fsync(descriptor)
        self.synced += 1
        found = os.fstat(descriptor)
        if stat.S_ISDIR(found.st_mode):
            self._folders[found.st_ino] = {each.name: each.inode() for each in _entries(descriptor)}
        elif stat.S_ISREG(found.st_mode):
            self._note_file(descriptor)

    def _note_file(self, descriptor: int) -> None:
        found = os.fstat(descriptor)
        known = self._files.pop(found.st_ino, None)
        if known is not None:
            os.close(known.keeper)
        keeper = os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY)  # one for writing would look like a program at it
        self._files[found.st_ino] = _File(os.pread(keeper, found.st_size, 0), keeper)

    def _note_folder(self, number: int, folder: Path) -> None:
        self._folders[number] = {each.name: each.stat(follow_symlinks=False).st_ino for each in os.scandir(folder)}

    def _looks(self, root: Path) -> dict[int, tuple[Path, os.stat_result]]:
        found = ((each, each.lstat()) for each in [root, *root.rglob("*")])
        return {look.st_ino: (path, look) for path, look in found}

    def _restore(self, folder: Path, into: Path, looks: dict[int, tuple[Path, os.stat_result]], odds: Odds) -> None:
        now = {each.name: each.inode() for each in os.scandir(folder)} if folder.is_dir() else {}
        number = folder.stat().st_ino if folder.is_dir() else 0
        sure = self._folders.get(number, {})
        names = now if odds.chance.random() < odds.names else sure
        for name, inode in sorted(names.items()):
            known = looks.get(inode)
            if known is not None and stat.S_ISDIR(known[1].st_mode):
                (into / name).mkdir()
                self._restore(known[0], into / name, looks, odds)
            elif inode in self._files or known is not None:
                self._restore_file(into / name, inode, known, odds)

    def _restore_file(self, target: Path, inode: int, known: tuple[Path, os.stat_result] | None, odds: Odds) -> None:
        sure = self._files[inode].content if inode in self._files else b""
        now = known[0].read_bytes() if known is not None else sure
        target.write_bytes(now if now == sure or odds.chance.random() < odds.bytes else _torn(sure, now, odds))
        look = known[1] if known is not None else None
        if look is not None:
            os.utime(target, ns=(look.st_atime_ns, look.st_mtime_ns))
            os.chmod(target, stat.S_IMODE(look.st_mode))  # noqa: PTH101 - as the product sets it


def _torn(sure: bytes, now: bytes, odds: Odds) -> bytes:
    """Bytes of which nobody was told that they are on the disk."""
    cut = len(now) // 2
    return odds.chance.choice([sure, b"", bytes(len(now)), now[:cut], now[:cut] + bytes(len(now) - cut)])


def _entries(descriptor: int) -> list["os.DirEntry[str]"]:
    with os.scandir(descriptor) as entries:
        return list(entries)
