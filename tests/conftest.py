"""What all tests share: options that choose among them, Qt without a screen, and the loop that a test runs on."""

import asyncio
import gc
import importlib.util
import os
from collections.abc import Callable, Generator, Mapping
from pathlib import Path

import hypothesis
import pytest

from tests.support.garbage import prepare, tidy
from tests.support.offscreen import OFFSCREEN

pytest_plugins = [
    f"tests.support.{name}" for name in ("tiers", "postgres", "redis", "s3", "blob_places", "databases", "cluster")
]
HERE = Path(__file__).parent
QT_IS_HERE = importlib.util.find_spec("PySide6") is not None
# Tests that open the window, or start a program that does. All others also run where Qt is not installed.
WITH_WINDOW = [HERE / name for name in ("bench", "demo", "e2e", "pdm_desktop/app", "pdm_desktop/ui", "windows")]

for variable, setting in OFFSCREEN.items():
    os.environ.setdefault(variable, setting)
gc.set_threshold(50_000, 20, 50)  # simulations make and drop so much that looking for cycles cost them a tenth
# The time of one example says nothing on a busy computer.
hypothesis.settings.register_profile("steady", deadline=None)
hypothesis.settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="also run the tests that take long")
    parser.addoption("--window", action="store_true", help="only the tests that need Qt; it changes none of the others")
    parser.addoption("--windows-seat", action="store_true", help="the tests of the Windows installer and no others")
    if importlib.util.find_spec("pytestqt") is None:
        for name in ("qt_api", "qt_log_level_fail"):
            parser.addini(name, "pytest-qt's, which is not installed here")


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    return True if not QT_IS_HERE and collection_path in WITH_WINDOW else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    of_the_seat = bool(config.getoption("--windows-seat"))
    keep(config, items, lambda item: (item.get_closest_marker("windows_seat") is not None) == of_the_seat)
    if config.getoption("--window"):
        keep(config, items, needs_qt)
    if config.getoption("--full"):
        return
    for item in items:
        if item.get_closest_marker("full"):
            item.add_marker(pytest.mark.skip(reason="takes long: --full runs it"))


def keep(config: pytest.Config, items: list[pytest.Item], wanted: Callable[[pytest.Item], bool]) -> None:
    """Leave only the wanted tests."""
    config.hook.pytest_deselected(items=[item for item in items if not wanted(item)])
    items[:] = [item for item in items if wanted(item)]


def needs_qt(item: pytest.Item) -> bool:
    """Whether a test opens the window, or says by its marker that it needs Qt."""
    return item.get_closest_marker("qt") is not None or any(item.path.is_relative_to(each) for each in WITH_WINDOW)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    prepare(of_window=QT_IS_HERE and needs_qt(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    yield
    if QT_IS_HERE and needs_qt(item):
        tidy()


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """A test that asks for `qtbot` runs on Qt's loop, as the window does; every other one on the stock loop."""
    if "qtbot" not in getattr(item, "fixturenames", ()):
        return {"asyncio": asyncio.new_event_loop}
    return {"qt": make_qt_loop}


def make_qt_loop() -> asyncio.AbstractEventLoop:
    import qasync
    from PySide6.QtWidgets import QApplication

    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    application.setQuitOnLastWindowClosed(False)  # or the loop ends with the first message box
    loop: asyncio.AbstractEventLoop = qasync.QEventLoop(application)
    return loop
