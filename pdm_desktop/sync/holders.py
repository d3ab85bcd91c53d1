"""Which program has a file open, in words: "Mastercam (process 4312)". One side for each operating system."""

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

MOST: Final = 3
"""So many programs are named."""

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    # The Restart Manager, which installers ask the same question:
    # learn.microsoft.com/windows/win32/api/restartmanager/nf-restartmanager-rmgetlist
    _KEY_LENGTH, _NAME_LENGTH, _SHORT_NAME_LENGTH = 32, 255, 63
    _ROOM = 16
    _DONE, _MORE = 0, 234

    class _UniqueProcess(ctypes.Structure):
        _fields_ = (("dwProcessId", wintypes.DWORD), ("ProcessStartTime", wintypes.FILETIME))

    class _ProcessInfo(ctypes.Structure):
        _fields_ = (
            ("Process", _UniqueProcess),
            ("strAppName", wintypes.WCHAR * (_NAME_LENGTH + 1)),
            ("strServiceShortName", wintypes.WCHAR * (_SHORT_NAME_LENGTH + 1)),
            ("ApplicationType", ctypes.c_int),
            ("AppStatus", wintypes.ULONG),
            ("TSSessionId", wintypes.DWORD),
            ("bRestartable", wintypes.BOOL),
        )

    def _holders(path: Path) -> list[tuple[str, int]]:
        """Programs that have a file open, with their process numbers. Raises OSError where nobody can tell."""
        manager = ctypes.WinDLL("rstrtmgr")
        session = wintypes.DWORD()
        key = ctypes.create_unicode_buffer(_KEY_LENGTH + 1)
        if manager.RmStartSession(ctypes.byref(session), 0, key) != _DONE:
            return []
        try:
            names = (wintypes.LPCWSTR * 1)(os.fspath(path))
            if manager.RmRegisterResources(session, 1, names, 0, None, 0, None) != _DONE:
                return []
            needed, room, why = wintypes.UINT(), wintypes.UINT(_ROOM), wintypes.DWORD()
            found = (_ProcessInfo * _ROOM)()
            answer = manager.RmGetList(session, ctypes.byref(needed), ctypes.byref(room), found, ctypes.byref(why))
            count = room.value if answer == _DONE else 0  # more than there is room for: then it tells nothing
            told = ((each.strAppName, int(each.Process.dwProcessId)) for each in found[:count])
            return [(name, number) for name, number in told if number != os.getpid()]
        finally:
            manager.RmEndSession(session)

    def _open_of(paths: Sequence[Path]) -> set[Path]:
        """The Restart Manager opens no file itself, so that no program's saving meets it."""
        return {path for path in paths if _is_open(path)}

    def _is_open(path: Path) -> bool:
        try:
            return bool(_holders(path))
        except OSError:
            return False

else:
    _PROCESSES = Path("/proc")

    def _holders(path: Path) -> list[tuple[str, int]]:
        """Programs that have a file open, with their process numbers, as far as this person may see them."""
        wanted = path.stat()
        others = (each for each in _PROCESSES.iterdir() if each.name.isdecimal() and int(each.name) != os.getpid())
        return [(_name_of(process), int(process.name)) for process in others if _has_open(process, wanted)]

    def _has_open(process: Path, wanted: os.stat_result) -> bool:
        return (wanted.st_dev, wanted.st_ino) in _handles(process)

    def _open_of(paths: Sequence[Path]) -> set[Path]:
        """One walk over all programs, however many files are asked about."""
        wanted: dict[tuple[int, int], Path] = {}
        for path in paths:
            with contextlib.suppress(OSError):
                found = path.stat()
                wanted[found.st_dev, found.st_ino] = path
        if not wanted:
            return set()
        others = (each for each in _PROCESSES.iterdir() if each.name.isdecimal() and int(each.name) != os.getpid())
        return {wanted[place] for process in others for place in _handles(process) if place in wanted}

    def _handles(process: Path) -> Iterator[tuple[int, int]]:
        try:
            handles = list(os.scandir(process / "fd"))
        except OSError:
            return  # another person's, or it has ended
        for handle in handles:
            with contextlib.suppress(OSError):
                found = handle.stat()
                yield found.st_dev, found.st_ino

    def _name_of(process: Path) -> str:
        try:
            return (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            return ""


def open_among(paths: Sequence[Path]) -> set[Path]:
    """Those of the files that some other program has open, as far as this person may see that."""
    return _open_of(paths)


def program_using(*paths: Path) -> str | None:
    """Who has one of these files open. None: nobody can tell."""
    for path in paths:
        try:
            found = _holders(path)
        except OSError:
            continue
        if found:
            return _in_words(found)
    return None


def _in_words(found: list[tuple[str, int]]) -> str:
    named = [f"{name or 'a program'} (process {number})" for name, number in sorted(found)[:MOST]]
    more = len(found) - len(named)
    if more:
        named.append(f"{more} more")
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
