"""What the tests in Wine share: a Windows computer, a newcomer's environment on it, and two installers."""

import faulthandler
from collections.abc import Iterator

import pytest

from tests.support import wine
from tests.support.installer import Installers, make_installers

CORE_PYTHON = r"C:\pdm\.venv\core\Scripts\python.exe"
FIRST_S = 1200
"""Patience in seconds with what makes an environment."""


@pytest.fixture(autouse=True)
def own_patience() -> None:
    """Each step here ends after a time of its own. All together take longer than any other test may."""
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture(scope="session")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[wine.Windows]:
    faulthandler.cancel_dump_traceback_later()
    with wine.windows_computer(tmp_path_factory.mktemp("windows")) as computer:
        yield computer


@pytest.fixture(scope="session")
def installers(tmp_path_factory: pytest.TempPathFactory) -> Installers:
    """Two versions of the installer, signed, built once for all tests."""
    faulthandler.cancel_dump_traceback_later()
    return make_installers(tmp_path_factory.mktemp("installers"))


@pytest.fixture(scope="session")
def core_python(windows: wine.Windows) -> str:
    """The Python of the environment without a window, as the first command of a newcomer makes it."""
    made = windows.run(wine.PYTHON, "dev.py", "run", "server", "--help", timeout=FIRST_S)
    assert made.returncode == 0, made.stdout
    return CORE_PYTHON
