"""What the tests in Wine share: a Windows computer, two installers, and patience."""

import faulthandler
from collections.abc import Iterator

import pytest

from tests.support import wine
from tests.support.installer import Installers, make_installers


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
