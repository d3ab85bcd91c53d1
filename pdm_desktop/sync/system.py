"""The two operating systems: durable renames, the read-only attribute, links, and opening files. One side for each."""

import ctypes
import errno
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from pdm_desktop.core.errors import NoProgram, NotWritable
from pdm_desktop.sync.os_errors import means_held

_EARLIEST = -(2**63)
SCAN_PATIENCE = 5.0
"""Seconds that a virus scanner may hold a file that was just written."""
_FIRST_WAIT, _LONGEST_WAIT = 0.02, 0.5
NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EINVAL)
"""A file system without second names, such as FAT, answers one of these."""

if sys.platform == "win32":
    import msvcrt
    from ctypes import wintypes

    FOLDS_CASE = True
    """Names that differ by case alone are one name: a program may have saved `plate.nc` as `PLATE.NC`."""
    EXCHANGES = False
    """Windows swaps no two files in one step. ReplaceFileW renames twice as well; besides it is not written through,
    and gives the new file attributes, rights and streams of the old one."""
    _REPLACE_EXISTING, _WRITE_THROUGH = 0x1, 0x8
    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel.MoveFileExW.argtypes = (wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.DWORD)
    _GENERIC_READ, _DELETE, _SHARE_READ_AND_DELETE, _SHARE_ALL = 0x80000000, 0x10000, 0x1 | 0x4, 0x1 | 0x2 | 0x4
    _OPEN_EXISTING, _ITSELF, _SHARING_VIOLATION = 3, 0x200000, 32
    _kernel.CreateFileW.argtypes = (wintypes.LPCWSTR, *[wintypes.DWORD] * 2, wintypes.LPVOID, *[wintypes.DWORD] * 2,
                                    wintypes.HANDLE)  # fmt: skip
    _kernel.CreateFileW.restype = wintypes.HANDLE
    _kernel.CloseHandle.argtypes = (wintypes.HANDLE,)
    _kernel.GetSystemWindowsDirectoryW.argtypes = (wintypes.LPWSTR, wintypes.UINT)

    def replace_durably(source: Path, target: Path) -> None:
        """Rename over what is there, on the disk itself when it returns. Raises OSError."""
        if os.path.normcase(source) == os.path.normcase(target):
            place_durably(source, target)  # one file in another spelling: nothing is replaced, and it stays read-only
            return
        _despite_read_only(target, lambda: patiently(lambda: _move(source, target, _REPLACE_EXISTING)))

    def place_durably(source: Path, target: Path) -> None:
        """Rename to where nothing is, on the disk itself when it returns. Raises FileExistsError and other OSErrors."""
        patiently(lambda: _move(source, target, 0))

    move_durably = place_durably
    """Windows renames in one step."""

    name = place_durably
    """Windows writes each name through."""

    def begin_flush(_descriptor: int) -> None:
        """Windows has nothing for it."""

    def exchange_durably(_source: Path, _target: Path) -> bool:
        """False: there is no such thing here, and nothing has changed."""
        return False

    def _move(source: Path, target: Path, flags: int) -> None:
        if not _kernel.MoveFileExW(str(source), str(target), flags | _WRITE_THROUGH):
            raise ctypes.WinError(ctypes.get_last_error())

    def sync_folder(folder: Path) -> None:
        """Windows has none; the rename itself was written through."""

    def sync_file(_path: Path) -> None:
        """Windows flushes a file only for who may write to it: what a program has saved is in that program's care."""

    def is_link(found: os.stat_result) -> bool:
        """A symbolic link, a junction, or another name that leads elsewhere."""
        return bool(found.st_file_attributes & stat.FILE_ATTRIBUTE_REPARSE_POINT)

    def open_itself(path: Path) -> BinaryIO:
        """Open a file for reading, never what a link leads to, while programs may go on with it. Raises OSError."""
        handle = _opened(path, _GENERIC_READ, _SHARE_ALL)
        return os.fdopen(msvcrt.open_osfhandle(handle, os.O_RDONLY | os.O_BINARY), "rb", buffering=0)

    def may_be_written(path: Path) -> bool:
        """A program has the file open for writing: who shares only reading is refused then. Raises OSError."""
        try:
            _kernel.CloseHandle(_opened(path, _GENERIC_READ, _SHARE_READ_AND_DELETE))
        except OSError as error:
            if error.winerror == _SHARING_VIOLATION:
                return True
            raise
        return False

    def probe(path: Path) -> None:
        """See whether a file may be replaced or removed now. Raises OSError when a program keeps it."""
        _kernel.CloseHandle(_opened(path, _GENERIC_READ | _DELETE, _SHARE_ALL))

    def has_rights(_path: Path) -> bool:
        """What a program holds is told as such, but by the C library: that knows "permission denied" alone."""
        return True

    def _opened(path: Path, access: int, sharing: int) -> int:
        handle = _kernel.CreateFileW(str(path), access, sharing, None, _OPEN_EXISTING, _ITSELF, None)
        if handle is None or handle == wintypes.HANDLE(-1).value:
            refusal = ctypes.WinError(ctypes.get_last_error())
            raise _no_file(path) if os.path.isdir(path) else refusal  # noqa: PTH112 - pathlib's may raise
        return int(handle)

    def _no_file(path: Path) -> OSError:
        """Windows calls it "access denied", as if a program had it open, and that would be waited for without end."""
        return OSError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))

    def remove(path: Path) -> None:
        """One name less; a link goes, not what it leads to. Raises OSError."""
        _despite_read_only(path, lambda: patiently(path.unlink))

    def _despite_read_only(path: Path, act: Callable[[], None]) -> None:
        """Replace or remove a file though it is read-only. If that is refused, it is read-only as before."""
        try:
            found = path.lstat()
        except FileNotFoundError:
            act()
            return
        if stat.S_ISDIR(found.st_mode) and not is_link(found):
            raise _no_file(path)
        guarded = not is_link(found) and not is_writable(found)
        if guarded:
            set_writable(path, yes=True)
        try:
            act()
        except OSError:
            if guarded:
                set_writable(path, yes=False)
            raise

    def open_file(path: Path) -> None:
        """Open a file with its program. Raises NoProgram."""
        try:
            os.startfile(path)
        except OSError as error:
            raise _no_program(path) from error

    def reveal_file(path: Path) -> None:
        """Show a file in the file manager. Raises NoProgram."""
        # A list would be quoted as a whole, which it does not understand.
        _started(f'"{_windows_folder()}\\explorer.exe" /select,"{path}"', path)

    def _windows_folder() -> str:
        """Where Windows itself is. A bare name is first looked for in the current folder, where anybody may put one."""
        folder = ctypes.create_unicode_buffer(wintypes.MAX_PATH)
        if not _kernel.GetSystemWindowsDirectoryW(folder, len(folder)):
            raise ctypes.WinError(ctypes.get_last_error())
        return folder.value

else:
    import fcntl
    import signal

    FOLDS_CASE = False
    EXCHANGES = True
    """Whether two files can be swapped in one step, as far as is known before it is tried."""
    _NO_EXCHANGE = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP)
    """So says a system, or a file system, that knows nothing of the flags of a rename."""
    _HERE, _NO_REPLACE, _EXCHANGE = -100, 0x1, 0x2
    _renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if _renameat2 is not None:
        _renameat2.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)

    _sync_file_range, _WRITE = getattr(ctypes.CDLL(None), "sync_file_range", None), 0x2
    if _sync_file_range is not None:
        _sync_file_range.argtypes = (ctypes.c_int, ctypes.c_longlong, ctypes.c_longlong, ctypes.c_uint)

    def replace_durably(source: Path, target: Path) -> None:
        """Rename over what is there, on the disk itself when it returns. Raises OSError."""
        patiently(lambda: os.replace(source, target))  # noqa: PTH105 - beside the other system's call
        sync_folder(target.parent)
        if source.parent != target.parent:
            sync_folder(source.parent)

    def place_durably(source: Path, target: Path) -> None:
        """Rename to where nothing is, on the disk itself when it returns. Raises FileExistsError and other OSErrors.

        A rename would replace what comes there at the last moment; a second name never does.
        """
        try:
            os.link(source, target, follow_symlinks=False)
        except OSError as error:
            if error.errno not in NO_LINKS or os.path.lexists(target):
                raise
            if not _renamed(source, target, _NO_REPLACE):
                # An old system on FAT: what comes to this place between the look and the rename is replaced.
                replace_durably(source, target)
                return
            sync_folder(target.parent)
            sync_folder(source.parent)
            return
        folder = target.parent
        sync_folder(folder)
        source.unlink()
        sync_folder(source.parent)

    def move_durably(source: Path, target: Path) -> None:
        """The same for a file that has its name: in one step where there is such a thing, so that no end of the program
        leaves it two. Raises FileExistsError and other OSErrors.
        """
        done: list[bool] = []
        patiently(lambda: done.append(_renamed(source, target, _NO_REPLACE)))
        if not done[-1]:
            place_durably(source, target)
            return
        sync_folder(target.parent)
        if source.parent != target.parent:
            sync_folder(source.parent)

    def name(source: Path, target: Path) -> None:
        """A second name where nothing is, not yet on the disk itself. Raises FileExistsError and other OSErrors.

        Where there are none the file is renamed.
        """
        try:
            os.link(source, target, follow_symlinks=False)
        except OSError as error:
            if error.errno not in NO_LINKS or os.path.lexists(target):
                raise
            place_durably(source, target)

    def begin_flush(descriptor: int) -> None:
        """Let the disk begin with what was written to a file, and wait for nothing (sync_file_range(2), a hint).

        Many files that are on their way already take one fsync's time together.
        """
        if _sync_file_range is not None:
            _sync_file_range(descriptor, 0, 0, _WRITE)

    def exchange_durably(source: Path, target: Path) -> bool:
        """Swap two files in one step, on the disk itself when it returns. Raises OSError.

        False: not to be had here, and nothing has changed. What was at `target` has its new name on the disk first.
        A folder or a link at `target` is no file to swap: it stays, and that is an error.
        """
        done: list[bool] = []
        patiently(lambda: done.append(_renamed(source, target, _EXCHANGE)))
        if not done[-1]:
            return False
        found = source.lstat()
        if not stat.S_ISREG(found.st_mode):
            _renamed(source, target, _EXCHANGE)
            code = errno.ELOOP if is_link(found) else errno.EISDIR
            raise OSError(code, os.strerror(code), str(target))
        sync_folder(source.parent)
        sync_folder(target.parent)
        return True

    def _renamed(source: Path, target: Path, flags: int) -> bool:
        """Rename with flags. False: there is no such thing here, and nothing has changed. Raises OSError."""
        if _renameat2 is None:
            return False
        if _renameat2(_HERE, os.fsencode(source), _HERE, os.fsencode(target), flags) == 0:
            return True
        code = ctypes.get_errno()
        if code in _NO_EXCHANGE:
            return False
        raise OSError(code, os.strerror(code), str(target))

    def sync_folder(folder: Path) -> None:
        """The folder's names are on the disk itself. Raises OSError."""
        _sync(folder, os.O_DIRECTORY)

    def sync_file(path: Path) -> None:
        """The file's content is on the disk itself. Raises OSError."""
        _sync(path, os.O_NOFOLLOW)

    def _sync(path: Path, flags: int) -> None:
        handle = os.open(path, os.O_RDONLY | flags)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def is_link(found: os.stat_result) -> bool:
        """A symbolic link."""
        return stat.S_ISLNK(found.st_mode)

    def open_itself(path: Path) -> BinaryIO:
        """Open a file for reading, never what a link leads to. Raises OSError."""
        return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb", buffering=0)

    def may_be_written(path: Path) -> bool:
        """A program has the file open for writing: the system grants no lease then. Raises OSError.

        Where there are no leases, as on some network file systems, nobody can tell: then it counts as open.
        """
        with open_itself(path) as file:
            fcntl.fcntl(file, fcntl.F_SETSIG, signal.SIGURG)  # who opens it this instant would end us with SIGIO
            try:
                fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            except OSError:
                return True
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
            return False

    def probe(path: Path) -> None:
        """See whether a file may be replaced or removed now. Raises OSError when a network drive keeps it."""
        os.close(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK))

    def has_rights(path: Path) -> bool:
        """This person may read the file, if it is there, and change its folder."""
        return os.access(path.parent, os.W_OK | os.X_OK) and (os.access(path, os.R_OK) or not os.access(path, os.F_OK))

    def remove(path: Path) -> None:
        """One name less; a link goes, not what it leads to. Raises OSError."""
        patiently(path.unlink)

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


def time_of(found: os.stat_result) -> int:
    """When a file was saved, in nanoseconds, as far as the journal can hold that: from 1677 to 2262.

    Some file systems have dates that no calendar has, and a file has one by accident.
    """
    return max(_EARLIEST, min(found.st_mtime_ns, -_EARLIEST - 1))


def is_writable(found: os.stat_result) -> bool:
    """The read-only attribute is not set."""
    return bool(found.st_mode & stat.S_IWUSR)


def patiently(act: Callable[[], None]) -> None:
    """Act, and again for a while when somebody has the file: a virus scanner takes what was just written."""
    until = time.monotonic() + SCAN_PATIENCE
    wait = _FIRST_WAIT
    while True:
        try:
            act()
        except OSError as error:
            if not means_held(error) or time.monotonic() + wait > until:
                raise
            time.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)
        else:
            return


def _started(words: list[str] | str, path: Path) -> None:
    try:
        subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except OSError as error:
        raise _no_program(path) from error


def _no_program(path: Path) -> NoProgram:
    return NoProgram(
        f"No program on this computer opens {path.name}.", advice="Choose one in the settings of the desktop."
    )
