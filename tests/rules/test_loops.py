"""A test of the window runs on Qt's loop, any other on the stock one; so says tests/conftest.py."""

import asyncio

import pytest


async def test_a_plain_test_runs_on_the_stock_loop() -> None:
    assert type(asyncio.get_running_loop()).__module__.startswith("asyncio")


@pytest.mark.qt
@pytest.mark.skipif("not __import__('importlib.util').util.find_spec('PySide6')", reason="needs Qt")
async def test_a_test_with_qtbot_runs_on_the_loop_of_qt(qtbot: object) -> None:
    assert type(asyncio.get_running_loop()).__module__.startswith("qasync")
