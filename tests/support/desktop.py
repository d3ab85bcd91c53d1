"""A desktop without a screen: its own X display, D-Bus session, tray and notification daemon, and keyring.

Everything is real but the glass: Xvfb, dbus-daemon, gnome-keyring, and either a stand-in for panel and notification
daemon that tells what it was asked (`Session.services`) or the real ones (xfce4-panel and dunst).
"""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, TypeVar

T = TypeVar("T")

SERVICES = Path(__file__).with_name("desktop_services.py")
WAIT_S = 20.0


class Lines:
    """The JSON lines that a process writes, read in the background so that waiting for one can end."""

    def __init__(self, stream: IO[str]) -> None:
        self._queue: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._read, args=(stream,), name="lines of a program", daemon=True)
        self._thread.start()

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self._queue.put(json.loads(line))
        self._queue.put(None)

    def take(self, key: str, *, timeout: float = WAIT_S) -> Any:
        """The value of the next line that has this key; lines without it are dropped. Raises AssertionError."""
        ends = time.monotonic() + timeout
        while True:
            try:
                line = self._queue.get(timeout=max(0.0, ends - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no line with {key!r} within {timeout:.0f} s") from None
            if line is None:
                raise AssertionError(f"the program ended without a line with {key!r}")
            if key in line:
                return line[key]


class Services:
    """The stand-in for panel and notification daemon, and what a person does with them."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin
        assert process.stdout
        self._stdin = process.stdin
        self._lines = Lines(process.stdout)
        self._lines.take("ready")

    def next_notice(self) -> dict[str, Any]:
        """The next notification: id, app, title, text, actions, hints."""
        notice: dict[str, Any] = self._lines.take("notice")
        return notice

    def tray_registered(self) -> str:
        """Wait until a tray icon has come; its name on the bus."""
        name: str = self._lines.take("tray")
        return name

    def tooltip(self) -> list[str]:
        """Title and text of the tray icon's tool tip."""
        self._say("tooltip")
        words: list[str] = self._lines.take("tooltip")
        return words

    def click(self, notice: int, action: str = "default") -> None:
        """Click a notification, or one of its buttons."""
        self._say(f"click {notice} {action}")

    def activate_tray(self) -> None:
        """Click the tray icon."""
        self._say("activate")

    def _say(self, line: str) -> None:
        self._stdin.write(line + "\n")
        self._stdin.flush()


class Session:
    """One desktop session: the variables that programs need to be in it, and its services."""

    def __init__(self, environment: Mapping[str, str], home: Path) -> None:
        self.environment = dict(environment)
        self.home = home
        self.services: Services | None = None

    def run(self, *command: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a program in the session to its end, its output captured."""
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=True, timeout=60, **options
        )

    def wait_for_name(self, name: str) -> None:
        """Wait until somebody owns a well-known name of the bus."""
        wait_for(lambda: _has_owner(self, name), f"{name} on the bus")


@contextlib.contextmanager
def session(
    home: Path, *, display: bool = True, stand_in: bool = True, buttons: bool = True, keyring: bool = False
) -> Iterator[Session]:
    """A session whose home is the folder `home`. With `stand_in`, panel and notification daemon are the stand-in.

    Without `buttons` that daemon's notices can be read and not pressed.
    """
    with contextlib.ExitStack() as stack:
        made = Session(_variables(home), home)
        if display:
            made.environment |= {"DISPLAY": stack.enter_context(x_display(home)), "QT_QPA_PLATFORM": "xcb"}
        made.environment["DBUS_SESSION_BUS_ADDRESS"] = stack.enter_context(_bus(made.environment, home))
        if stand_in:
            command = [sys.executable, str(SERVICES), *([] if buttons else ["--no-buttons"])]
            process = stack.enter_context(
                running(command, made.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            )
            made.services = Services(process)
        if keyring:
            stack.enter_context(_keyring(made))
        yield made


@contextlib.contextmanager
def running(command: list[str], environment: Mapping[str, str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A program that runs as long as the block does."""
    process = subprocess.Popen(command, env=dict(environment), text=True, **options)
    try:
        yield process
    finally:
        if process.stdin:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


def wait_for(condition: Callable[[], T | None], what: str, *, timeout: float = WAIT_S) -> T:
    """Look again every 50 ms until the condition gives something true. Raises AssertionError."""
    ends = time.monotonic() + timeout
    while not (got := condition()):
        if time.monotonic() > ends:
            raise AssertionError(f"{what} did not happen within {timeout:.0f} s")
        threading.Event().wait(0.05)
    return got


def _variables(home: Path) -> dict[str, str]:
    run = home / "run"
    run.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "DBUS_", "DISPLAY", "QT_"))
    }
    return kept | {"HOME": str(home), "XDG_RUNTIME_DIR": str(run), "XDG_DATA_HOME": str(home / "data")}


@contextlib.contextmanager
def x_display(home: Path) -> Iterator[str]:
    """A display without a screen, of 1600 x 1000 pixels; its name. Its log goes into `home`."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"]
    with (home / "xvfb.log").open("w") as log:
        process = subprocess.Popen(command, pass_fds=[writer], stdout=log, stderr=log)
        os.close(writer)
        try:
            with os.fdopen(reader) as numbers:
                number = numbers.readline().strip()
            assert number, (home / "xvfb.log").read_text()
            yield f":{number}"
        finally:
            process.terminate()
            process.wait(10)


@contextlib.contextmanager
def _bus(environment: Mapping[str, str], home: Path) -> Iterator[str]:
    command = ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1"]
    with (
        (home / "bus.log").open("w") as log,
        running(command, environment, stdout=subprocess.PIPE, stderr=log) as process,
    ):
        assert process.stdout
        yield process.stdout.readline().strip()


@contextlib.contextmanager
def _keyring(made: Session) -> Iterator[None]:
    command = ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"]
    with (
        (made.home / "keyring.log").open("w") as log,
        running(command, made.environment, stdin=subprocess.PIPE, stdout=log, stderr=log) as process,
    ):
        assert process.stdin
        process.stdin.write("a password of the test")
        process.stdin.close()
        process.stdin = None
        wait_for(lambda: _has_owner(made, "org.freedesktop.secrets"), "the keyring's start")
        yield


def _has_owner(made: Session, name: str) -> bool:
    answer = made.run(
        "dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus",
        "org.freedesktop.DBus.NameHasOwner", f"string:{name}",
    )  # fmt: skip
    return "boolean true" in answer.stdout
