"""Programs on Windows that have a file open, each in a way of its own; and whether this Windows is Wine."""

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

READ, WRITE = 0x80000000, 0x40000000
"""What a program wants to do with the file."""
SHARE_NOTHING, SHARE_READING, SHARE_WRITING, SHARE_DELETING = 0, 1, 2, 4
"""What it lets others do with it."""
_HOLDING = """\
import ctypes, os, sys
system = ctypes.WinDLL("kernel32")
system.CreateFileW.restype = ctypes.c_void_p
handle = system.CreateFileW(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), None, 3, 0x80, None)
print("refused" if handle in (None, ctypes.c_void_p(-1).value) else os.getpid(), flush=True)
sys.stdin.read()
"""

IN_WINE = sys.platform == "win32" and hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")

LONG_IN_WINE = [pytest.mark.full] if IN_WINE else []
"""Marks of what takes a minute elsewhere and ten times as long there: every start of an engine is slow in Wine."""


@dataclass(frozen=True)
class Program:
    """A process that has a file open."""

    number: int
    """Its process number. What was started may have another one: an environment's `python` starts the real one."""
    _started: "subprocess.Popen[str]"

    def close(self) -> None:
        """It closes its file and ends."""
        assert self._started.stdin is not None
        self._started.stdin.close()
        self._started.wait(timeout=20)


@contextmanager
def program_with(file: Path, access: int, sharing: int) -> Iterator[Program]:
    """Another process has a file open until it is told to end, or until the end of the block."""
    command = [sys.executable, "-c", _HOLDING, str(file), str(access), str(sharing)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        told = started.stdout.readline().strip()
        assert told.isdecimal(), told
        program = Program(int(told), started)
        assert program.number != os.getpid()
        yield program
        program.close()
