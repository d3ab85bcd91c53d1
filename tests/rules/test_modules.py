"""Every module says what it is, tests are no packages, and an exception from a rule stands beside its reason."""

import ast
import re

from tests.rules.sources import PROGRAMS, ROOT, place, python_files, tree

EVERYWHERE = [ROOT / "dev.py", *python_files(*PROGRAMS, "tests")]
EXCEPTION = re.compile(
    r"#\s*(type:\s*ignore|noqa|pragma)(?P<codes>\[[^\]]*\]|:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*)?(?P<reason>.*)"
)


def without_reason(text: str) -> list[int]:
    """Return the lines that switch a rule off without a code or without the reason beside it."""
    found = [(number, EXCEPTION.search(line)) for number, line in enumerate(text.splitlines(), start=1)]
    return [
        number
        for number, match in found
        if match and (not match["codes"] or len(re.sub(r"[^a-z]", "", match["reason"].lower())) < 10)
    ]


def test_every_module_says_what_it_is() -> None:
    written = [path for path in EVERYWHERE if tree(path).body]
    silent = [place(path, 1) for path in written if not ast.get_docstring(tree(path))]
    assert not silent


def test_tests_are_no_packages() -> None:
    """One `__init__.py` in tests/server would hide the server itself."""
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_every_exception_from_a_rule_has_its_reason() -> None:
    bare = [place(path, line) for path in EVERYWHERE for line in without_reason(path.read_text(encoding="utf-8"))]
    assert not bare


def test_an_exception_without_reason_is_seen() -> None:
    mark = "# " + "noqa"
    assert without_reason(f"a {mark}\nb {mark}: S101\nc {mark}: S101  the caller checked it before\n") == [1, 2]
    mark = "# " + "type: ignore"
    assert without_reason(f"a {mark}\nb {mark}[arg-type]\nc {mark}[arg-type]  # the library has no types\n") == [1, 2]


def compiles_at_once(text: ast.Module) -> bool:
    """Whether a module makes classes by Python's own `dataclass`."""
    return any(
        isinstance(each, ast.ImportFrom)
        and each.module == "dataclasses"
        and any(name.name == "dataclass" for name in each.names)
        for each in ast.walk(text)
    )


def test_the_methods_of_the_seats_classes_are_made_when_they_are_used() -> None:
    """Hundreds of them are loaded at each start."""
    files = [path for path in python_files("pdm_desktop", "server/protocol") if path.name != "records.py"]
    assert not [place(path, 1) for path in files if compiles_at_once(tree(path))]


def test_a_class_that_is_compiled_at_once_is_seen() -> None:
    assert compiles_at_once(ast.parse("from dataclasses import dataclass, field"))
    assert not compiles_at_once(ast.parse("from dataclasses import field, replace"))
