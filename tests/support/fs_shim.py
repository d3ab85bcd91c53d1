"""Between an engine and its disk: every call numbered, and able to fail as disks do.

`FsShim(LocalDisk(root), *watchers)` is a Disk. Give it to an engine by `make_disk`. Watchers that are ready:

- `points.Points`: ends the engine at one moment;
- `NoRoom`: from the n-th call that needs room on the disk has none, until `free`; a write is torn in the middle;
- `HeldByProgram`: a program has some paths open and shares them with nobody;
- `Refuses`: a kind of call meets a drive in trouble;
- `Fault`: breaks calls for one file as a fault of our own does;
- `Between`: does something at a call, as a program that saves between a check and a replacement.

`OldFileSystem` tells times in steps of two seconds, as FAT does. What is lost with the power is in `power.py`.

What of the engine does not come through here: the walk through the workspace for strangers (`sync/scan.py` reads
folders and changes nothing), and the look whether the workspace's own folder is there.
"""

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any, cast

from pdm_desktop.core.errors import InUse, NotWritable
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.os_errors import HELD_ON_WINDOWS, from_os_error
from pdm_desktop.sync.ports import Disk, Look, Unfinished
from tests.support.points import Call, Ended, Watched, Watcher

NEEDS_ROOM = ("begin", "write", "finish", "place", "place_new", "place_all_new", "link", "move")
"""Calls that a full disk can refuse: new names need room as well. A swap brings none."""


class FsShim(Watched):
    """A disk with watchers around every call."""

    def __init__(self, real: Disk, *watchers: Watcher) -> None:
        super().__init__(real, "disk", *watchers)

    def _taken(self, answer: Any) -> Any:
        is_file = hasattr(answer, "write") and hasattr(answer, "discard")
        return _ShimFile(cast("Unfinished", answer), self._real.root, self._watchers) if is_file else answer


class _ShimFile:
    """Unfinished content of a shimmed disk."""

    def __init__(self, real: Unfinished, root: Path, watchers: tuple[Watcher, ...]) -> None:
        self._real = real
        self._full = root / real.path
        self._watchers = watchers
        self.path = real.path

    def write(self, block: bytes) -> None:
        call = Call("disk", "write", (self.path,))
        try:
            self._before(call)
        except BaseException:
            if not self._is_over():
                self._real.write(block[: len(block) // 2])  # torn: what is refused or cut is half there
            raise
        self._real.write(block)
        self._after(call)

    def flush(self) -> None:
        call = Call("disk", "flush", (self.path,))
        self._before(call)
        self._real.flush()
        self._after(call)

    def begin_flush(self) -> None:
        self._real.begin_flush()

    def finish(self) -> None:
        call = Call("disk", "finish", (self.path,))
        self._before(call)
        self._real.finish()
        self._after(call)

    def discard(self) -> None:
        """A program that has ended removes nothing, but the system closes its files."""
        try:
            self._before(Call("disk", "discard", (self.path,)))
        except Ended:
            self._close_as_it_is()
            raise
        self._real.discard()
        self._after(Call("disk", "discard", (self.path,)))

    def _close_as_it_is(self) -> None:
        left = self._full.with_name(f"{self._full.name}-left")
        is_there = self._full.exists()
        if is_there:
            os.link(self._full, left)
        self._real.discard()
        if is_there:
            left.replace(self._full)

    def _is_over(self) -> bool:
        return any(getattr(each, "is_over", False) for each in self._watchers)

    def _before(self, call: Call) -> None:
        for each in self._watchers:
            each.before(call)

    def _after(self, call: Call) -> None:
        for each in self._watchers:
            each.after(call)


def shimmed(*watchers: Watcher) -> Callable[[Path], Disk]:
    """What makes shimmed local disks, for an engine's builder."""
    return lambda root: cast("Disk", FsShim(LocalDisk(root), *watchers))


class Fault:
    """Breaks calls of the disk for a file of some name, while it is there."""

    def __init__(self, *methods: str) -> None:
        self.methods = methods
        self.name: str | None = None
        self.met = 0

    def before(self, call: Call) -> None:
        if call.method in self.methods and call.path is not None and call.path.name == self.name:
            self.met += 1
            raise RuntimeError("a fault of ours")

    def after(self, _call: Call) -> None:
        """Nothing."""


class NoRoom:
    """A disk that is full from the n-th call that needs room, until somebody makes some; the first is 1."""

    def __init__(self, first: int | None = None) -> None:
        self.first = first
        self.sites: list[str] = []
        """Every call so far that needed room."""

    def free(self) -> None:
        """There is room again."""
        self.first = None

    def before(self, call: Call) -> None:
        if call.method not in NEEDS_ROOM:
            return
        self.sites.append(str(call))
        if self.first is not None and len(self.sites) >= self.first:
            name = call.path.name if call.path else "a file"
            raise from_os_error(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), name)

    def after(self, call: Call) -> None:
        """Nothing."""


HELD = (5, 32, 33, errno.EACCES, errno.EBUSY)
"""What the systems say of a file that a program holds: Windows by its own numbers, the others by theirs."""


class Refuses:
    """The disk refuses one kind of call, while it is on."""

    def __init__(self, method: str) -> None:
        self.method = method
        self.is_on = False

    def before(self, call: Call) -> None:
        if self.is_on and call.method == self.method:
            raise NotWritable("The drive is in trouble.", advice="Look after it.")

    def after(self, _call: Call) -> None:
        """Nothing."""


class HeldByProgram:
    """A program that has the files of some names open, and shares them with nobody, as on Windows.

    `code` is what the system says of it, one of HELD. With `reads` it lets others read, as CAD programs do.
    """

    REFUSED = ("probe", "blocks", "place", "place_new", "exchange", "link", "move", "remove", "set_writable")

    def __init__(self, *names: str, code: int = errno.EBUSY, reads: bool = False) -> None:
        self.names = set(names)
        self.code = code
        self.reads = reads
        self.refused = 0
        self.probes = 0
        """So often it was seen whether a file is free."""
        self.tries = 0
        """So often something was refused that would have changed or read a file."""

    def before(self, call: Call) -> None:
        held = tuple(each for each in call.arguments if isinstance(each, PurePath) and each.name in self.names)
        self.probes += call.method == "probe"
        if held and call.method in self.REFUSED and not (self.reads and call.method == "blocks"):
            self.refused += 1
            self.tries += call.method != "probe"
            told = from_os_error(self._error(), held[-1].name, rights=True)
            if isinstance(told, InUse):
                told.places = held
            raise told

    def after(self, call: Call) -> None:
        """Nothing."""

    def _error(self) -> OSError:
        if self.code in HELD_ON_WINDOWS and self.code != errno.EACCES:
            error = PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            error.winerror = self.code  # type: ignore[attr-defined]  # only Windows' own has it
            return error
        return OSError(self.code, os.strerror(self.code))


class Between:
    """Does something once: at the n-th call of a method, or of any, before it or after it. The first is 1."""

    def __init__(self, method: str | None, number: int, act: Callable[[], object], *, after: bool = False) -> None:
        self._method = method
        self._number = number
        self._act = act
        self._is_after = after
        self.seen = 0

    @property
    def was(self) -> bool:
        """That call has happened."""
        return self.seen >= self._number

    def before(self, call: Call) -> None:
        if not self._is_after:
            self._see(call)

    def after(self, call: Call) -> None:
        if self._is_after:
            self._see(call)

    def _see(self, call: Call) -> None:
        if self._method not in (None, call.method):
            return
        self.seen += 1
        if self.seen == self._number:
            self._act()


class WithoutNumbers(LocalDisk):
    """A drive whose files all have the number 0, as WebDAV and some network and cloud drives have it; it swaps none."""

    exchanges = False

    def look(self, path: PurePath) -> Look | None:
        found = super().look(path)
        return None if found is None else replace(found, number=0)


class OldFileSystem(LocalDisk):
    """A file system that tells times in steps of two seconds, and knows neither second names nor a swap: FAT."""

    STEP = 2 * 10**9
    exchanges = False

    def look(self, path: PurePath) -> Look | None:
        found = super().look(path)
        return None if found is None else replace(found, mtime_ns=found.mtime_ns // self.STEP * self.STEP)

    def link(self, source: PurePath, target: PurePath) -> None:
        self.place(source, target)
