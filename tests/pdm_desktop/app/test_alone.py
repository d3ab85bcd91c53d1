"""One program at a time works with a data folder, also when it is in another session of the person."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QProcess
from pytestqt.qtbot import QtBot

from pdm_desktop import log
from pdm_desktop.app.alone import Alone
from pdm_desktop.app.options import parse
from pdm_desktop.app.start import RUNS_ELSEWHERE
from pdm_desktop.ui.instance import Instance
from tests.support.windows_programs import IN_WINE

ROOT = Path(__file__).resolve().parents[3]
FIRST = """
import sys
from pathlib import Path
from pdm_desktop.app.alone import Alone
held = Alone(Path(sys.argv[1]))
print(held.take(), flush=True)
sys.stdin.read()
"""
SECOND = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pdm_desktop.app import start as module
from pdm_desktop.app.options import parse
real = module.tell

def tell(parent, trouble):
    box = real(parent, trouble)
    print(box.text(), box.informativeText(), flush=True)
    QTimer.singleShot(0, box.accept)
    return box

module.tell = tell
sys.exit(module.start(parse(sys.argv[1:])))
"""
AT_THE_SAME_TIME = """
import sys
from pdm_desktop.app import start as module
from pdm_desktop.app.options import parse

def a_moment_too_early(kind, name):
    real, tries = getattr(kind, name), []

    def tried(self, *words):
        tries.append(words)
        return len(tries) > 1 and real(self, *words)

    setattr(kind, name, tried)

what = sys.argv.pop(1)
a_moment_too_early(getattr(module, what.partition(".")[0]), what.partition(".")[2])
sys.exit(module.start(parse(sys.argv[1:]), began=lambda program: (print("begins"), program.quit())))
"""


@contextmanager
def first(data: Path) -> Iterator[int]:
    """Another program works with the folder; its process number."""
    command = [sys.executable, "-c", FIRST, str(data)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == "True\n"
        yield other.pid
        other.stdin.close()
        other.wait(timeout=20)


def second(data: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", SECOND, "--data", str(data), *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_who_comes_second_hears_where_the_first_one_runs_and_ends(tmp_path: Path) -> None:
    with first(tmp_path):
        done = second(tmp_path)
    assert done.returncode == RUNS_ELSEWHERE, done.stderr
    assert "PDM Desktop runs already" in done.stdout
    assert "in another session of yours at this computer" in done.stdout


def test_one_that_starts_by_itself_only_ends(tmp_path: Path) -> None:
    with first(tmp_path):
        done = second(tmp_path, "--tray")
    assert (done.returncode, done.stdout) == (RUNS_ELSEWHERE, ""), done.stderr
    assert "runs elsewhere" in (tmp_path / log.FILE).read_text(encoding="utf-8")


def test_the_first_one_is_named_and_its_end_lets_others_in(tmp_path: Path) -> None:
    with first(tmp_path) as number:
        mine = Alone(tmp_path)
        assert not mine.take()
        if not IN_WINE:  # its Restart Manager says that nobody has any file
            assert f"(process {number})" in mine.why_not().text
    assert mine.take()
    mine.release()


def test_of_two_that_start_at_the_same_time_the_second_still_finds_the_first(tmp_path: Path, qtbot: QtBot) -> None:
    words, link = ["--data", str(tmp_path)], "pdm://Production/plate.nc"
    alone, instance, process = Alone(tmp_path), Instance(parse(words).profile), QProcess()
    assert alone.take()
    assert instance.claim()
    heard: list[str] = []
    instance.raised.connect(heard.append)
    process.setWorkingDirectory(str(ROOT))
    with qtbot.waitSignals([instance.raised, process.finished], timeout=20_000):
        process.start(sys.executable, ["-c", AT_THE_SAME_TIME, "Instance.tell_first", *words, link])
    instance.release()
    alone.release()
    assert (process.exitCode(), heard) == (0, [link])
    assert process.readAllStandardOutput().toStdString() == ""


def test_one_that_starts_while_another_ends_takes_its_place(tmp_path: Path) -> None:
    command = [sys.executable, "-c", AT_THE_SAME_TIME, "Alone.take", "--data", str(tmp_path), "--tray"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.split()) == (0, ["begins"]), done.stderr
