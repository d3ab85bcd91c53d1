"""Every task has a name and an owner; tests wait for a condition and never for a time."""

import ast

from tests.rules.sources import PROGRAMS, calls, place, python_files, tree

STARTERS = ("create_task", "ensure_future")
NOBODY = ("asyncio", "loop", "get_running_loop", "get_event_loop")


def ownerless(root: ast.AST) -> list[int]:
    """Return the lines that start a task without a name, or without somebody who keeps it."""
    lines = []
    for name, call in calls(root):
        owner, _, function = name.rpartition(".")
        if function not in STARTERS:
            continue
        named = any(keyword.arg == "name" for keyword in call.keywords)
        if not named or owner.rpartition(".")[2].lstrip("_") in NOBODY:
            lines.append(call.lineno)
    return lines


def sleeps(root: ast.AST) -> list[int]:
    """Return the lines that wait for a time; `asyncio.sleep(0)` only lets others go on."""
    return [
        call.lineno
        for name, call in calls(root)
        if name.rpartition(".")[2] in {"sleep", "qWait", "wait"}
        and name.partition(".")[0] in {"time", "asyncio", "qtbot", "QTest", "sleep"}
        and not (call.args and isinstance(call.args[0], ast.Constant) and call.args[0].value == 0)
        and name != "asyncio.wait"
    ]


def test_every_task_has_a_name_and_an_owner() -> None:
    files = python_files(*PROGRAMS, "tests")
    assert not [place(path, line) for path in files for line in ownerless(tree(path))]


def test_tests_wait_for_a_condition() -> None:
    """Only tests/support may sleep: between two looks at the condition that a test waits for."""
    files = [path for path in python_files("tests") if "support" not in path.parts]
    assert not [place(path, line) for path in files for line in sleeps(tree(path))]


def test_an_ownerless_task_is_seen() -> None:
    text = "asyncio.create_task(f(), name='a')\ngroup.create_task(f())\ngroup.create_task(f(), name='a')\n"
    assert ownerless(ast.parse(text)) == [1, 2]


def test_a_sleep_is_seen() -> None:
    assert sleeps(ast.parse("time.sleep(1)\nawait asyncio.sleep(0)\nqtbot.wait(50)\nawait asyncio.wait(tasks)\n")) == [
        1,
        3,
    ]
