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

    def rename(source: Path, target: Path) -> None:
        """Give a file another name, in place of what had it, and return when that is on the disk."""
        source.replace(target)
        _sync(target.parent)

    def make_folder(folder: Path) -> None:
        """Make a folder and those above it, and return when they are on the disk."""
        if folder.is_dir():
            return
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync(folder.parent)

    def make_file(path: Path) -> None:
        """Make an empty file where there is none, and return when its name is on the disk."""
        path.touch()
        _sync(path.parent)

    def remove(path: Path) -> bool:
        """Remove a file, if it is there. True: it can go whoever has it open."""
        path.unlink(missing_ok=True)
        return True

    def _sync(folder: Path) -> None:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
