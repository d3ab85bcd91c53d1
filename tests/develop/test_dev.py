"""`dev.py` itself, in a small checkout of its own: environments are made once, arguments arrive as typed."""

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dev
from tests.rules.sources import ROOT

ECHO = "import json, os, sys\nprint(json.dumps([sys.argv[1:], os.getcwd(), sys.prefix]))\n"


@pytest.fixture
def small_checkout(tmp_path: Path) -> Path:
    """A checkout whose server needs no packages and only prints what it was given."""
    root = tmp_path / "a checkout"
    shutil.copytree(ROOT / "develop", root / "develop", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "dev.py", root)
    (root / "packaging" / "requirements").mkdir(parents=True)
    (root / "packaging" / "requirements" / "core.txt").write_text("# nothing\n")
    (root / "server").mkdir()
    (root / "server" / "__main__.py").write_text(ECHO)
    return root


def type_in(root: Path, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(root / "dev.py"), *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def test_run_makes_the_environment_once_and_passes_everything_on(small_checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()  # a folder that must not hide the checkout's own server
    half_made = small_checkout / ".venv" / "core" / "rest of a broken install"
    half_made.mkdir(parents=True)
    first = type_in(small_checkout, "run", "server", "serve", "--data", "a b", "-h", folder=tmp_path)
    assert first.returncode == 0, first.stderr
    made, answer = first.stdout.splitlines()
    environment = small_checkout / ".venv" / "core"
    assert "Making the environment" in made
    assert not half_made.exists()
    assert json.loads(answer) == [["serve", "--data", "a b", "-h"], str(tmp_path), str(environment)]

    (environment / "still here").touch()
    assert "Making" not in type_in(small_checkout, "run", "server", folder=tmp_path).stdout
    assert (environment / "still here").exists()

    (small_checkout / "packaging" / "requirements" / "core.txt").write_text("# another nothing\n")
    assert "Making" in type_in(small_checkout, "run", "server", folder=tmp_path).stdout
    assert not (environment / "still here").exists()


def test_a_package_that_cannot_be_had_is_said_without_a_traceback(
    small_checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")  # as without a network, and at once
    pinned = small_checkout / "packaging" / "requirements" / "core.txt"
    pinned.write_text(f"pdm-desktop-no-such-package==1 --hash=sha256:{'0' * 64}\n")
    done = type_in(small_checkout, "run", "server", folder=tmp_path)
    assert done.returncode == 1
    assert "Is there a network connection" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (small_checkout / ".venv" / "core" / "made-from.txt").exists()


def test_a_missing_list_is_named_with_what_to_do(small_checkout: Path, tmp_path: Path) -> None:
    (small_checkout / "packaging" / "requirements" / "core.txt").unlink()
    done = type_in(small_checkout, "run", "server", folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "core.txt is missing" in done.stderr
    assert "dev.py lock" in done.stderr


def test_an_old_python_can_read_the_file_and_is_told() -> None:
    ast.parse((ROOT / "dev.py").read_text(encoding="utf-8"), feature_version=(3, 7))


def test_an_old_python_is_told_which_one_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.main(["test"], version=(3, 10, 4)) == 1
    assert "needs Python 3.11 or newer; this is 3.10.4" in capsys.readouterr().err
