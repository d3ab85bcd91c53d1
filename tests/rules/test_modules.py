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
