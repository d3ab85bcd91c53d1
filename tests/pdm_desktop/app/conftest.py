"""What tests of the program share: a keyring in memory, and folders of its own; the screen may be missing."""

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest

from pdm_desktop.app.options import Options, parse
from tests.support.running_program import MemoryKeyring

HERE = Path(__file__).parent
NO_SCREEN = r"This plugin does not support (propagateSizeHints|raise)\(\)"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.qt_log_ignore(NO_SCREEN, extend=True))


@pytest.fixture
def ring() -> Iterator[MemoryKeyring]:
    made, before = MemoryKeyring(), keyring.get_keyring()
    keyring.set_keyring(made)
    yield made
    made.answers.set()
    keyring.set_keyring(before)


@pytest.fixture
def options(tmp_path: Path) -> Options:
    words = ["--data", str(tmp_path / "data"), "--workspace", str(tmp_path / "work"), "--computer", "CAM-02"]
    (tmp_path / "data").mkdir()
    return parse(words)
