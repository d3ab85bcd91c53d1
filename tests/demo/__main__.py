"""`python3 dev.py demo`: one server, two seats, two people, and one check-out that the other one sees at once.

With a display it opens two windows side by side and leaves them to you. Without one, or with `--headless`, both run on
Qt's offscreen platform: Anna checks a file out by clicks in her own window, and what Sam's program painted and notified
is the evidence, written by Sam's program into `--out`.
"""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.demo.evidence import Evidence, Shortcoming, judge
from tests.support.offscreen import OFFSCREEN
from tests.support.seat import RealSeat, Refused
from tests.support.server import RealServer, real_server

SAMPLE_VAULT = Path(__file__).resolve().parents[2] / "resources" / "sample_vault"
VAULT = "Production"
PASSWORD = "seven-flutes-12mm"
ANNA, SAM = "Anna Novak", "Sam Becker"
FILE = "2210 Manifold block/2210-block-op10.nc"
WHY = "Roughing, new 50 mm face mill"
QUIET = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
"""The demo keeps its sign-ins out of your keyring."""


def main() -> int:
    """Run the demo. The exit code is 0 only if the badge was painted and the notice was raised."""
    arguments = parse()
    with demo_folder() as folder, ExitStack() as stack:
        server = stack.enter_context(running_server(folder))
        headless = arguments.headless or arguments.break_ or not has_display()
        environment = {**os.environ, **QUIET} | (OFFSCREEN if headless else {})
        anna, sam = (
            RealSeat(folder / name, server=server.address, person=person, computer=computer, environment=environment)
            for name, person, computer in (("anna", ANNA, "CAD-04"), ("sam", SAM, "CAM-02"))
        )
        with anna, sam:
            for seat in (anna, sam):
                seat.start()
                seat.sign_in(PASSWORD, stay=False)
            if not headless:
                return side_by_side(anna, sam)
            out = arguments.out or Path("demo-out")
            return show(anna, sam, server, out=out, broken=arguments.break_ == "server")


def parse() -> argparse.Namespace:
    """The words after `dev.py demo`."""
    parser = argparse.ArgumentParser(prog="dev.py demo", description="Two seats and one lock.")
    parser.add_argument("--headless", action="store_true", help="without windows on the screen: act and judge")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where pictures, notice and result go (demo-out)")
    parser.add_argument(
        "--break", dest="break_", choices=["server"], help="end the server before the click: the demo must fail"
    )
    return parser.parse_args()


def show(anna: RealSeat, sam: RealSeat, server: RealServer, *, out: Path, broken: bool) -> int:
    """Anna clicks, Sam's program is watched. Return the exit code."""
    out.mkdir(parents=True, exist_ok=True)
    for seat in (anna, sam):
        seat.do("open", path=FILE)
    sam.do("select", path=FILE)
    sam.do("watch", path=FILE, out=str(out))
    if broken:
        server.kill()
        say("The server was ended before the click, as asked.")
    try:
        clicked = anna.do("check_out", path=FILE, message=WHY)
        sam.do("seen", clicked=clicked, timeout=20)
    except Refused as refused:
        print(f"The demo did not succeed: {refused}", file=sys.stderr)
        return 1
    try:
        evidence = judge(out, file=FILE, holder=ANNA)
    except Shortcoming as missing:
        print(f"The demo did not succeed: {missing}", file=sys.stderr)
        return 1
    report(evidence, out)
    return 0


def report(evidence: Evidence, out: Path) -> None:
    """Say what was seen, the time last."""
    say(f"Pictures, notice and result: {out.resolve()}")
    say(f"Notice on Sam's seat: {evidence.title}: {evidence.text}")
    say(f"{evidence.file} is held by {evidence.holder} (seq {evidence.seq}).")
    say(f"lock_to_badge_ms: {evidence.lock_to_badge_ms:.1f}")


def side_by_side(anna: RealSeat, sam: RealSeat) -> int:
    """Leave the two windows to the person at the screen until both are closed."""
    for seat, half in ((anna, "left"), (sam, "right")):
        seat.do("open", path=FILE)
        seat.do("place", half=half)
    # A shell that starts it in the background has Ctrl+C ignored, and Python leaves that so.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:  # from the first word on: who reads it may answer at once
        say(f"Left {ANNA}, right {SAM}. Check {FILE} out on one side and look at the other.")
        say("The demo ends when both programs are quit (tray menu, or close the window), or with Ctrl+C here.")
        return anna.wait() or sam.wait()
    except KeyboardInterrupt:
        return 0


def say(text: str) -> None:
    """Print a line at once, also into a pipe."""
    print(text, flush=True)


def has_display() -> bool:
    """A screen that Qt can show a window on."""
    if sys.platform in {"win32", "darwin"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


@contextmanager
def demo_folder() -> Iterator[Path]:
    """A folder for server and seats that goes when the demo ends."""
    with tempfile.TemporaryDirectory(prefix="pdm-demo-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@contextmanager
def running_server(folder: Path) -> Iterator[RealServer]:
    """A server on a free port of the loopback, with two people and the sample vault."""
    (folder / "server").mkdir()
    with real_server(folder / "server") as server:
        for person in (ANNA, SAM):
            server.add_person(person, PASSWORD)
        server.run("import", VAULT, str(SAMPLE_VAULT))
        yield server


if __name__ == "__main__":
    sys.exit(main())
