"""The import contracts of pyproject.toml are laws: a one-line fault put in by hand is seen by each of them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rules.sources import ROOT

PARTS = {
    "pdm_desktop": ("app", "ui", "sync", "net", "cache", "state", "core", "machine", "config", "log"),
    "server": ("app", "routes", "services", "hub", "auth", "storage", "bus", "domain", "protocol"),
    "resources": ("icons",),
}
LINT = "import sys; from importlinter.cli import lint_imports; sys.path.insert(0, '.'); sys.exit(lint_imports())"


@pytest.fixture
def small_project(tmp_path: Path) -> Path:
    """A project of empty parts under this project's contracts."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package, parts in PARTS.items():
        for folder in (tmp_path / package, *(tmp_path / package / part for part in parts)):
            folder.mkdir()
            (folder / "__init__.py").touch()
    return tmp_path


def broken_laws(project: Path) -> set[str]:
    """Return the numbers of the contracts that import-linter finds broken."""
    done = subprocess.run([sys.executable, "-c", LINT], cwd=project, capture_output=True, text=True, check=False)
    assert "Contracts" in done.stdout, done.stdout + done.stderr
    return {line.split(".")[0] for line in done.stdout.splitlines() if line.endswith(" BROKEN")}


def test_a_project_within_the_laws_is_let_through(small_project: Path) -> None:
    allowed = "import server.protocol\nimport pdm_desktop.core\nimport pdm_desktop.state\n"
    (small_project / "pdm_desktop/ui/window.py").write_text(allowed + "from PySide6 import QtWidgets\n")
    assert broken_laws(small_project) == set()


@pytest.mark.parametrize(
    ("module", "line", "law"),
    [
        ("pdm_desktop/core/planner.py", "import pdm_desktop.state", "1"),
        ("pdm_desktop/net/vault.py", "import pdm_desktop.sync", "1"),
        ("pdm_desktop/helpers.py", "", "1"),
        ("server/domain/files.py", "import server.storage", "2"),
        ("server/services/checkout.py", "import server.hub", "2"),
        ("pdm_desktop/net/vault.py", "import server.domain", "3a"),
        ("server/hub/hub.py", "import pdm_desktop", "3b"),
        ("pdm_desktop/sync/engine.py", "import PySide6.QtCore", "4"),
        ("server/app/main.py", "import qasync", "4"),
        ("pdm_desktop/state/store.py", "import asyncio.events", "5"),
        ("server/protocol/wire.py", "import time", "5"),
    ],
)
def test_a_fault_is_seen_by_its_law(small_project: Path, module: str, line: str, law: str) -> None:
    (small_project / module).write_text(line + "\n")
    assert broken_laws(small_project) == {law}
