"""The tests below the window on Windows' own Python, in Wine: `python3 dev.py test --wine-units` runs this module.

One Windows computer is made, with a copy of the checkout and the environment of a newcomer, and the tests run there in
several processes, engine and server alike as programs of Windows. What cannot be shown there skips itself and says why;
`docs/decisions.md` has the list.
"""

import os
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.support import wine

SEAT = "tests/pdm_desktop"
WITH_WINDOW = ("app", "ui")
MORE = ("tests/server/storage",)
CORE_PYTHON = r"C:\pdm\.venv\core\Scripts\python.exe"
FIRST_S, WHOLE_S = 1200, 3600
"""Patience in seconds with what makes an environment, and with all tests together."""
PROCESSES = min(os.cpu_count() or 1, 4) + 1  # who talks to a real server waits for it half of the time
HANGS_S = 900
"""After so many seconds a test counts as hanging. Wine is slow, above all with many files."""
OPTIONS = (
    *("-q", "-p", "no:cacheprovider", "-o", f"faulthandler_timeout={HANGS_S}", "--durations", "5"),
    *("-n", str(PROCESSES), "--dist", "worksteal"),
)
_SOME_PASSED = re.compile(r"^(?:=+ )?(?:\d+ [a-z]+, )*[1-9]\d* passed\b", re.MULTILINE)


def core_python(computer: wine.Windows) -> str:
    """Return the Python of the environment without a window, as the first command of a newcomer makes it."""
    made = computer.run(wine.PYTHON, "dev.py", "run", "server", "--help", timeout=FIRST_S)
    assert made.returncode == 0, made.stdout
    return CORE_PYTHON


def everything() -> list[str]:
    """Return what runs there unless something else is named: all of the seat that needs no Qt, the server's storage."""
    found = (wine.ROOT / SEAT).iterdir()
    names = [each.name for each in found if each.match("test_*.py") or any(each.rglob("test_*.py"))]
    return [*(f"{SEAT}/{name}" for name in sorted(names) if name not in WITH_WINDOW), *MORE]


def words_of(rest: Sequence[str]) -> list[str]:
    """Return pytest's words: its options, and everything, unless the rest names files or folders itself."""
    names_some = any(each.startswith("tests/") for each in rest)
    return [*OPTIONS, *([] if names_some else everything()), *rest]


def holds(code: int, output: str) -> bool:
    """Say whether the tests show anything: none failed, and some passed. Where all skip themselves nothing is shown."""
    return code == 0 and _SOME_PASSED.search(output) is not None


def run_on(computer: wine.Windows, rest: Sequence[str], tell: Callable[[str], object]) -> bool:
    """Run the tests, tell each line as it comes, and return whether they hold."""
    lines: list[str] = []

    def heard(line: str) -> None:
        lines.append(line)
        tell(line)

    python = core_python(computer)
    code = computer.follow(python, "-P", "-m", "pytest", *words_of(rest), timeout=WHOLE_S, tell=heard)
    return holds(code, "\n".join(lines))


def main(rest: Sequence[str]) -> int:
    """Run the tests on a computer of their own. Return the exit code."""
    if wine.WHY_NOT:
        print(f"The tests cannot run on Windows' Python in Wine: {wine.WHY_NOT}.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="pdm-wine-") as folder, wine.windows_computer(Path(folder)) as computer:
        print("A Windows computer out of Wine is set up.", flush=True)
        return 0 if run_on(computer, rest, tell=lambda line: print(line, flush=True)) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
