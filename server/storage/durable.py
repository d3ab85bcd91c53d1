"""Names that survive a power cut: the same promise on POSIX and on Windows, by their different means."""

import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import ctypes

    _REPLACE_EXISTING = 0x1
    _WRITE_THROUGH = 0x8
    _SHARING_VIOLATION = 32

    def rename(source: Path, target: Path) -> None:
        """Give a file another name, in place of what had it, and return when that is on the disk (MoveFileExW)."""
        if not ctypes.windll.kernel32.MoveFileExW(str(source), str(target), _REPLACE_EXISTING | _WRITE_THROUGH):
            raise ctypes.WinError()

    def make_folder(folder: Path) -> None:
        """Make a folder and those above it. NTFS writes them into its journal by itself."""
        folder.mkdir(parents=True, exist_ok=True)

    def sync_folder(folder: Path) -> None:
        """The names in a folder are on the disk: NTFS writes them into its journal by itself."""

    def make_file(path: Path) -> None:
        """Make an empty file where there is none. NTFS writes its name into its journal by itself."""
        path.touch()

    def remove(path: Path) -> bool:
        """Remove a file, if it is there. False: somebody has it open, and it cannot go before that ends."""
        try:
            path.unlink(missing_ok=True)
        except PermissionError as refused:
            if refused.winerror != _SHARING_VIOLATION:
                raise
            return False
        return True

else:
    _named = set[Path]()
    """Folders whose names this process has brought to the disk."""

    def rename(source: Path, target: Path) -> None:
        """Give a file another name, in place of what had it, and return when that is on the disk."""
        source.replace(target)
        sync_folder(target.parent)

    def make_folder(folder: Path) -> None:
        """Make a folder and those above it, and return when they are on the disk.

        One that is there may have been made just now by somebody who could not bring its name to the disk, or has not
        yet: it is passed by only when this process has.
        """
        there = folder.is_dir()
        if there and folder in _named:
            return
        if not there:
            make_folder(folder.parent)
            folder.mkdir(exist_ok=True)
        try:
            sync_folder(folder.parent)
        except PermissionError:  # what lies in a folder that this process may not read was put there by others
            if not there:
                raise
        _named.add(folder)

    def make_file(path: Path) -> None:
        """Make an empty file where there is none, and return when its name is on the disk."""
        path.touch()
        sync_folder(path.parent)

    def remove(path: Path) -> bool:
        """Remove a file, if it is there. True: it can go whoever has it open."""
        path.unlink(missing_ok=True)
        return True

    def sync_folder(folder: Path) -> None:
        """Return when the names in a folder are on the disk."""
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
