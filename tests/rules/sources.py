"""What the rules look at: the project's own Python files, and every file that git keeps."""

import ast
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ("develop", "pdm_desktop", "resources", "server")


def python_files(*folders: str) -> list[Path]:
    """Return the Python files below folders of the checkout, in order."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    """Return a file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@cache
def kept_files() -> list[Path]:
    """Return every file that git keeps or would keep; skips the test in a copy that is no checkout."""
    if not (ROOT / ".git").exists():
        pytest.skip("this copy is no git checkout")
    if shutil.which("git") is None:
        pytest.skip("git is not installed here")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    paths = [ROOT / name.decode() for name in listed.stdout.split(b"\0") if name]
    return [path for path in paths if path.is_file()]


def calls(root: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Give each call below the node with the dotted name of what it calls, as written."""
    for node in ast.walk(root):
        if isinstance(node, ast.Call):
            yield dotted(node.func), node


def dotted(node: ast.expr) -> str:
    """Return a dotted name as written; what is not a name, such as a call, becomes `?`."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            return f"{dotted(value)}.{name}"
    return "?"


def place(path: Path, line: int) -> str:
    """Return where something was found, for a person."""
    return f"{path.relative_to(ROOT)}:{line}"
