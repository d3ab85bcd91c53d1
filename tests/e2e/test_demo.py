"""The demo, as a newcomer runs it without a screen, and its failure when the server is ended before the click."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from tests.support import desktop

ROOT = Path(__file__).resolve().parents[2]


def run_demo(out: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "tests.demo", "--headless", "--out", str(out), *words]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=150, check=False)


def test_the_demo_shows_the_lock_on_the_other_seat(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run_demo(out)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads((out / "result.json").read_text(encoding="utf-8"))
    notice = json.loads((out / "notice.json").read_text(encoding="utf-8"))
    assert result["holder"] == "Anna Novak"
    assert result["badge"] == "other"
    assert 0 < result["lock_to_badge_ms"] < 10_000
    assert result["seq"] > 0
    name = result["file"].rpartition("/")[2]
    assert notice["title"] == f"{name} is locked"
    assert notice["text"].startswith("Anna Novak has it on CAD-04")
    for picture in ("before.png", "after.png"):
        assert QImage(str(out / picture)).width() >= 960
    assert done.stdout.splitlines()[-1].startswith("lock_to_badge_ms: ")


def test_the_demo_fails_without_its_server(tmp_path: Path) -> None:
    done = run_demo(tmp_path / "out", "--break", "server")
    assert done.returncode == 1
    assert "did not succeed" in done.stderr
    assert "lock_to_badge_ms" not in done.stdout
    assert not (tmp_path / "out" / "result.json").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="Xvfb is Linux's")
def test_with_a_display_two_windows_are_left_to_the_person(tmp_path: Path) -> None:
    with desktop.session(tmp_path) as screen:
        environment = screen.environment | {"PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-P", "-m", "tests.demo"]
        with desktop.running(command, environment, stdout=subprocess.PIPE, cwd=tmp_path) as demo:
            assert demo.stdout
            assert demo.stdout.readline().startswith("Left Anna Novak, right Sam Becker.")
            demo.send_signal(signal.SIGINT)
            assert demo.wait(60) == 0
