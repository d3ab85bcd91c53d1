"""Programs on Windows that have a file open, each in a way of its own; and whether this Windows is Wine."""

import ctypes
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

READ, WRITE = 0x80000000, 0x40000000
"""What a program wants to do with the file."""
SHARE_NOTHING, SHARE_READING, SHARE_WRITING, SHARE_DELETING = 0, 1, 2, 4
"""What it lets others do with it."""
_HOLDING = """\
import ctypes, sys
system = ctypes.WinDLL("kernel32")
system.CreateFileW.restype = ctypes.c_void_p
handle = system.CreateFileW(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), None, 3, 0x80, None)
print("refused" if handle in (None, ctypes.c_void_p(-1).value) else "open", flush=True)
sys.stdin.read()
"""

IN_WINE = sys.platform == "win32" and hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")


@contextmanager
def program_with(file: Path, access: int, sharing: int) -> Iterator["subprocess.Popen[str]"]:
    """Another process has a file open until it is told to end, or until the end of the block."""
    command = [sys.executable, "-c", _HOLDING, str(file), str(access), str(sharing)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdin is not None
        assert program.stdout.readline() == "open\n"
        yield program
        if not program.stdin.closed:
            program.stdin.close()


def close(program: "subprocess.Popen[str]") -> None:
    """The program closes its file and ends."""
    assert program.stdin is not None
    program.stdin.close()
    program.wait(timeout=20)
