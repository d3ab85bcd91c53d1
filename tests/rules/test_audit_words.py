"""Every action that the server writes into its audit trail has words for a person."""

import ast
from collections.abc import Iterator

from server.protocol.audit_words import AUDIT_WORDS, words_of
from tests.rules.sources import calls, place, python_files, tree

WHERE = "server/protocol/audit_words.py"


def actions(root: ast.AST) -> Iterator[tuple[int, str | None]]:
    """Give each action that is written down, by its line; None is one that nobody can read here.

    One that comes as an argument `action` is read where it is given, or where it has a default.
    """
    for node in ast.walk(root):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from ((node.lineno, each) for each in _by_default(node.args))
    for name, call in calls(root):
        function = name.rpartition(".")[2]
        given = next((keyword.value for keyword in call.keywords if keyword.arg == "action"), None)
        if function == "entry_of" and given is None:
            given = call.args[1] if len(call.args) > 1 else None
        elif given is None or function == "getattr":
            continue
        if isinstance(given, ast.Name) and given.id == "action":
            continue
        yield from ((call.lineno, each) for each in _texts(given))


def _by_default(arguments: ast.arguments) -> Iterator[str | None]:
    """What an argument `action` is when nobody gives one."""
    by_place = [*arguments.posonlyargs, *arguments.args]
    by_place = by_place[len(by_place) - len(arguments.defaults) :]
    pairs = [*zip(by_place, arguments.defaults, strict=True)]
    pairs += [(each, given) for each, given in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if given]
    for argument, default in pairs:
        if argument.arg == "action":
            yield from _texts(default)


def _texts(node: ast.expr | None) -> list[str | None]:
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.IfExp(body=body, orelse=other):
            return [*_texts(body), *_texts(other)]
        case ast.Attribute(attr="action"):
            return []
        case _:
            return [None]


def written() -> list[tuple[str, str | None]]:
    """Every action of the server, with its place in the source."""
    files = [path for path in python_files("server") if "routes" not in path.parts]
    return [
        (place(path, line), action)
        for path in files
        if "entry_of" in (text := path.read_text(encoding="utf-8")) or "Entry(" in text
        for line, action in actions(tree(path))
    ]


def test_every_action_has_words() -> None:
    found = written()
    assert {"checked_in", "adopted", "epoch_began", "transferred"} <= {action for _, action in found}, (
        "none of them was found"
    )
    assert [where for where, action in found if action is None] == [], "write the action as a text there"
    assert [each for each in found if each[1] not in AUDIT_WORDS] == [], f"say in {WHERE} what the person did"


def test_an_action_without_words_is_seen() -> None:
    text = """
entry_of(session, "melted", at=at)
entry_of(session, "a" if kept else "b", at=at)
_locked(session, action="taken")
entry_of(session, action, at=at)
entry_of(session, f"x{y}", at=at)
def give(session, action="given", *, at):
    entry_of(session, action, at=at)
def pass_on(session, *, action="passed_on", at):
    entry_of(session, action, at=at)
"""
    assert list(actions(ast.parse(text))) == [
        (7, "given"), (9, "passed_on"), (2, "melted"), (3, "a"), (3, "b"), (4, "taken"), (6, None)
    ]  # fmt: skip


def test_what_a_newer_server_writes_is_shown_by_its_name() -> None:
    assert words_of("melted_down") == "melted down"
