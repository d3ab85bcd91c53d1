"""Runs on Windows beside the seat: starts it, and says to its windows what Windows says when the session ends.

python -m tests.support.say_to_window FOLDER [--tray]: it prints what the seat answered, and how it ended.
"""

import ctypes
import subprocess
import sys
from ctypes import wintypes
from pathlib import Path

from tests.support.waiting import wait_for

QUERY_END_SESSION, END_SESSION, POWER_BROADCAST = 0x11, 0x16, 0x218
CLOSE_APP, RESUME_AUTOMATIC = 0x1, 0x12
ANSWER_MS = 10_000
EAR = "PDM Desktop hears the system"


if sys.platform == "win32":
    user = ctypes.WinDLL("user32", use_last_error=True)
    user.FindWindowW.argtypes, user.FindWindowW.restype = (wintypes.LPCWSTR, wintypes.LPCWSTR), wintypes.HWND
    user.IsWindowVisible.argtypes = (wintypes.HWND,)
    user.SendMessageTimeoutW.argtypes = (
        wintypes.HWND, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM, wintypes.UINT, wintypes.UINT,
        ctypes.POINTER(ctypes.c_size_t),
    )  # fmt: skip

    def seat_window(*, in_tray: bool) -> int:
        """The seat's window, once it can be seen; 0 before. In the tray it is the only one there is, and unseen."""
        window = user.FindWindowW(None, EAR if in_tray else "PDM Desktop") or 0
        return window if bool(user.IsWindowVisible(window)) is not in_tray else 0

    def say(window: int, message: int, first: int, second: int) -> int:
        """Say something to a window; what it answers. -1: it does not in time."""
        answer = ctypes.c_size_t()
        said = user.SendMessageTimeoutW(window, message, first, second, 0, ANSWER_MS, ctypes.byref(answer))
        return answer.value if said else -1

    def main(folder: Path, *more: str) -> None:
        """Start the seat, say it all, and see it end."""
        words = ["--data", str(folder / "data"), "--workspace", str(folder / "work"), *more]
        log = folder / "data" / "seat.log"
        with subprocess.Popen([sys.executable, "-m", "pdm_desktop", *words]) as seat:
            wait_for(lambda: log.is_file() and "network loaded" in log.read_text(encoding="utf-8"))
            in_tray = "--tray" in more
            wait_for(lambda: bool(seat_window(in_tray=in_tray)))
            window = seat_window(in_tray=in_tray)
            print("another can be seen:", in_tray and bool(seat_window(in_tray=False)), flush=True)
            print("woke:", say(window, POWER_BROADCAST, RESUME_AUTOMATIC, 0), flush=True)
            print("may end:", say(window, QUERY_END_SESSION, 0, CLOSE_APP), flush=True)
            print("stays:", say(window, END_SESSION, 0, CLOSE_APP), seat.poll(), flush=True)
            print("ends:", say(window, END_SESSION, 1, CLOSE_APP), flush=True)
            print("all is kept:", "all is kept" in log.read_text(encoding="utf-8"), flush=True)
            print("exit code:", seat.wait(20), flush=True)

    main(Path(sys.argv[1]), *sys.argv[2:])
