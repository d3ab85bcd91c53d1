"""The tests themselves: none bounds the time of a busy computer, and none that needs Qt is left out of both runs."""

import ast
from collections.abc import Iterator

import pytest

from tests.conftest import WITH_WINDOW
from tests.rules.sources import calls, place, python_files, tree

CLOCKS = {"monotonic", "perf_counter", "time"}
MEASURED = ("tests/bench", "tests/support")
"""Where time is what is measured, or what is waited for at most."""


def bounded(root: ast.AST) -> list[int]:
    """Return the lines that compare the time since an instant with a most."""
    return sorted(node.lineno for node in ast.walk(root) if isinstance(node, ast.Compare) and _bounds_time(node))


def _bounds_time(compared: ast.Compare) -> bool:
    most = isinstance(compared.ops[0], ast.Lt | ast.LtE)
    since = compared.left if most else compared.comparators[0]
    if not isinstance(since, ast.BinOp) or not isinstance(since.op, ast.Sub):
        return False
    asked = any(name.rpartition(".")[2] in CLOCKS for name, _ in calls(since.left))
    return asked and (most or isinstance(compared.ops[0], ast.Gt | ast.GtE))


def is_unmarked(root: ast.Module) -> bool:
    """Whether a file skips tests where Qt is missing and marks none of them with `qt`."""
    words = set(_words(root))
    return any("PySide6" in word for word in words) and "pytest.mark.qt" not in words


def _words(root: ast.Module) -> Iterator[str]:
    for name, call in calls(root):
        if name in {"pytest.importorskip", "pytest.mark.skipif"}:
            yield from (str(each.value) for each in call.args if isinstance(each, ast.Constant))
    for node in ast.walk(root):
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node)


def test_no_test_bounds_the_time_of_a_busy_computer() -> None:
    paths = [path for path in python_files("tests") if not any(each in path.as_posix() for each in MEASURED)]
    assert not [place(path, line) for path in paths for line in bounded(tree(path))]


def test_a_test_that_is_skipped_without_qt_is_run_with_the_window() -> None:
    elsewhere = [path for path in python_files("tests") if not any(map(path.is_relative_to, WITH_WINDOW))]
    assert not [place(path, 1) for path in elsewhere if is_unmarked(tree(path))]


@pytest.mark.parametrize("line", ["assert time.monotonic() - began < 1.0", "assert 1 >= perf_counter() - at, 'slow'"])
def test_a_bound_of_time_is_found(line: str) -> None:
    assert bounded(ast.parse(line)) == [1]


@pytest.mark.parametrize("line", ["assert time.monotonic() - began >= 0.4", "assert count - 1 < 3"])
def test_what_bounds_no_time_is_left(line: str) -> None:
    assert not bounded(ast.parse(line))


def test_a_file_without_the_mark_is_found() -> None:
    skipped = 'pytest.importorskip("PySide6.QtGui")'
    assert is_unmarked(ast.parse(skipped))
    assert not is_unmarked(ast.parse(f"pytestmark = pytest.mark.qt\n{skipped}"))
