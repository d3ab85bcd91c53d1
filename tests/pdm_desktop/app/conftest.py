"""What tests of the program share: the platform without a screen may say that it has none."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
NO_SCREEN = r"This plugin does not support (propagateSizeHints|raise)\(\)"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.qt_log_ignore(NO_SCREEN, extend=True))
