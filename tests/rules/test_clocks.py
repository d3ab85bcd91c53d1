"""What decides reads no clock and touches no disk: the part of law 5 that an import contract cannot see."""

import ast

import pytest

from tests.rules.sources import calls, place, python_files, tree

PURE = ("pdm_desktop/core", "pdm_desktop/state", "server/domain", "server/protocol")
CLOCKS = {"now", "utcnow", "today", "fromtimestamp", "monotonic", "perf_counter", "time_ns"}
DISK = {
    "absolute", "chmod", "cwd", "exists", "expanduser", "glob", "home", "is_dir", "is_file", "iterdir", "lstat",
    "mkdir", "read_bytes", "read_text", "resolve", "rglob", "samefile", "stat", "touch", "unlink",
    "write_bytes", "write_text",
}  # fmt: skip
BUILT_IN = {"open", "print", "input", "breakpoint"}


def impure(root: ast.AST) -> list[int]:
    """Return the lines that ask a clock or the disk, or use an input or output of Python itself."""
    asked = [
        call.lineno
        for name, call in calls(root)
        if name in BUILT_IN or (name.startswith(("datetime.", "date.", "dt.")) and name.rpartition(".")[2] in CLOCKS)
    ]
    paths = {alias.name for node in ast.walk(root) if isinstance(node, ast.ImportFrom) for alias in node.names}
    if "Path" in paths:
        asked += [call.lineno for name, call in calls(root) if name.rpartition(".")[2] in DISK | {"open"}]
    return sorted(set(asked))


def test_what_decides_reads_no_clock_and_no_disk() -> None:
    assert not [place(path, line) for path in python_files(*PURE) for line in impure(tree(path))]


@pytest.mark.parametrize(
    "line",
    [
        "datetime.now(UTC)",
        "datetime.datetime.utcnow()",
        "date.today()",
        "open('x')",
        "print(1)",
        "Path('x').read_text()",
    ],
)
def test_a_look_at_the_world_is_seen(line: str) -> None:
    assert impure(ast.parse(f"from pathlib import Path\n{line}\n")) == [2]


def test_types_of_time_and_pure_paths_are_free() -> None:
    text = "from pathlib import PurePosixPath\nPurePosixPath('a').stem\ndatetime.fromisoformat(text)\nstate.exists()\n"
    assert not impure(ast.parse(text))


def in_the_zone_of_the_system(root: ast.AST) -> list[int]:
    """Return the lines that ask the system for the zone of a time that is not now; Windows refuses one before 1970."""
    asked = [(name, call) for name, call in calls(root) if name.rpartition(".")[2] == "astimezone" and not call.args]
    return [call.lineno for name, call in asked if ast.unparse(call.func) != "datetime.now().astimezone"]


def test_only_now_is_brought_into_the_zone_of_the_system() -> None:
    paths = python_files("pdm_desktop", "server")
    assert not [place(path, line) for path in paths for line in in_the_zone_of_the_system(tree(path))]


def test_a_time_without_a_zone_of_its_own_is_seen() -> None:
    assert in_the_zone_of_the_system(ast.parse("found.at.astimezone()")) == [1]
    assert not in_the_zone_of_the_system(ast.parse("datetime.now().astimezone()\nat.astimezone(now.tzinfo)"))
