"""The two operating systems: durable renames, the read-only attribute, links, and opening files. One side for each."""

import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pdm_desktop.core.errors import NoProgram, NotWritable

SCAN_PATIENCE = 5.0
"""Seconds that a virus scanner may hold a file that was just written."""
_HELD_BY_A_PROGRAM = (5, 32, 33)

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _REPLACE_EXISTING, _WRITE_THROUGH = 0x1, 0x8
    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel.MoveFileExW.argtypes = (wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.DWORD)

    def replace_durably(source: Path, target: Path) -> None:
        """Rename over what is there, on the disk itself when it returns. Raises OSError."""
        if target.exists():
            set_writable(target, yes=True)  # a read-only file cannot be replaced
        _patiently(lambda: _move(source, target))

    def _move(source: Path, target: Path) -> None:
        if not _kernel.MoveFileExW(str(source), str(target), _REPLACE_EXISTING | _WRITE_THROUGH):
            raise ctypes.WinError(ctypes.get_last_error())

    def sync_folder(folder: Path) -> None:
        """Windows has none; the rename itself was written through."""

    def is_link(found: os.stat_result) -> bool:
        """A symbolic link, a junction, or another name that leads elsewhere."""
        return bool(found.st_file_attributes & stat.FILE_ATTRIBUTE_REPARSE_POINT)

    def open_file(path: Path) -> None:
        """Open a file with its program. Raises NoProgram."""
        try:
            os.startfile(path)
        except OSError as error:
            raise _no_program(path) from error

    def reveal_file(path: Path) -> None:
        """Show a file in the file manager. Raises NoProgram."""
        _started(["explorer", f"/select,{path}"], path)

else:

    def replace_durably(source: Path, target: Path) -> None:
        """Rename over what is there, on the disk itself when it returns. Raises OSError."""
        os.replace(source, target)  # noqa: PTH105 - beside the other system's call
        sync_folder(target.parent)
        if source.parent != target.parent:
            sync_folder(source.parent)

    def sync_folder(folder: Path) -> None:
        """The folder's names are on the disk itself. Raises OSError."""
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def is_link(found: os.stat_result) -> bool:
        """A symbolic link."""
        return stat.S_ISLNK(found.st_mode)

    def open_file(path: Path) -> None:
        """Open a file with its program. Raises NoProgram."""
        _started(["xdg-open", str(path)], path)

    def reveal_file(path: Path) -> None:
        """Show a file in the file manager. Raises NoProgram."""
        _started(["xdg-open", str(path.parent)], path)


class Programs:
    """The programs of this computer, as the engine's port."""

    def open(self, path: Path) -> None:
        """Open a file with its program. Raises NoProgram."""
        open_file(path)

    def reveal(self, path: Path) -> None:
        """Show a file in the file manager. Raises NoProgram."""
        reveal_file(path)


def set_writable(path: Path, *, yes: bool) -> None:
    """Set or clear the read-only attribute, and look. Raises OSError, NotWritable when it did not take."""
    mode = stat.S_IMODE(path.stat().st_mode)
    wanted = mode | stat.S_IWUSR if yes else mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)
    os.chmod(str(path), wanted)  # noqa: PTH101 - pathlib's may fail without a word (cpython#140774)
    if is_writable(path.stat()) != yes:
        raise NotWritable(
            f"{path.name} could not be made {'writable' if yes else 'read-only'}.",
            advice="Check whether another program guards the workspace folder.",
        )


def is_writable(found: os.stat_result) -> bool:
    """The read-only attribute is not set."""
    return bool(found.st_mode & stat.S_IWUSR)


def _patiently(act: Callable[[], None]) -> None:
    """Act, and again for a while when a virus scanner has the file."""
    until = time.monotonic() + SCAN_PATIENCE
    while True:
        try:
            act()
        except OSError as error:
            if getattr(error, "winerror", None) not in _HELD_BY_A_PROGRAM or time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def _started(words: list[str], path: Path) -> None:
    try:
        subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except OSError as error:
        raise _no_program(path) from error


def _no_program(path: Path) -> NoProgram:
    return NoProgram(
        f"No program on this computer opens {path.name}.", advice="Choose one in the settings of the desktop."
    )
