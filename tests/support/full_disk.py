"""A full disk under the product's own code: every place in it that needs room is known, counted, and can be refused.

`sites(module)` reads from a module's source where it asks the system for room: each call of a function, such as
`disk.LocalDisk.link: link`. `FullDisk(root, first=n)` lets the n-th such call below a folder, and all that follow, fail
as on a disk without room (a write is torn in the middle), until `free`; what it was asked is in `reached`, by site.
SQLite's writes are refused by `full_journal`, with SQLite's own error.
"""

import ast
import errno
import io
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self
from unittest.mock import patch

from pdm_desktop.sync import journal_file
from pdm_desktop.sync.journal import Journal

ROOT = Path(__file__).resolve().parents[2]
NEEDS_ROOM = ("open", "write", "fsync", "mkdir", "touch", "replace", "link", "truncate")
"""Calls that a full disk can refuse: new names need room as well, and some systems find out at the fsync."""
_NEW, _WRITING_MODES = ("xb", "wb"), ("xb", "wb", "r+b")


@dataclass
class End:
    """How a run ended, and which places were asked for room on the way."""

    state: object
    reached: list[str] = field(default_factory=list)


def sites(module: str) -> set[str]:
    """Where a module of the product asks for room, on this system: `durable.rename: replace`."""
    path = ROOT / f"{module.replace('.', '/')}.py"
    found = _Sites(module.rpartition(".")[2])
    found.visit(ast.parse(path.read_text(encoding="utf-8")))
    return found.found


class _Sites(ast.NodeVisitor):
    def __init__(self, module: str) -> None:
        self.found: set[str] = set()
        self._inside = [module]

    def visit_If(self, node: ast.If) -> None:
        """The other system's side is not run here."""
        is_for_windows = ast.unparse(node.test) == "sys.platform == 'win32'"
        here: list[ast.stmt] = [*node.body, *node.orelse]
        if is_for_windows:
            here = node.body if sys.platform == "win32" else node.orelse
        for each in here if is_for_windows else [node.test, *here]:
            self.visit(each)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._visit_inside(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._visit_inside(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._visit_inside(node)

    def _visit_inside(self, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._inside.append(node.name)
        self.generic_visit(node)
        self._inside.pop()

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if name in NEEDS_ROOM and (name != "open" or _makes(node)):
            self.found.add(f"{'.'.join(self._inside)}: {name}")
        self.generic_visit(node)


def _makes(call: ast.Call) -> bool:
    return any(isinstance(each, ast.Constant) and each.value in _NEW for each in call.args)


class FullDisk:
    """Below a folder there is no room from the n-th call on that needs some; the first is 1. None: there always is."""

    def __init__(self, root: Path, *, first: int | None = None) -> None:
        self.first = first
        self.reached: list[str] = []
        """The site of every call so far."""
        self._root = os.fspath(root)
        self._patches = ExitStack()

    def free(self) -> None:
        """There is room again."""
        self.first = None

    def __enter__(self) -> Self:
        for owner, name in ((os, "replace"), (os, "link"), (os, "mkdir"), (Path, "touch")):
            self._patch(owner, name, self._refusing(getattr(owner, name), name))
        self._patch(os, "fsync", self._fsync(os.fsync))
        self._patch(Path, "open", self._opening(Path.open))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._patches.close()

    def ask(self, what: str, path: object) -> None:
        """Room is needed. Raises OSError when there is none."""
        site = _site(sys._getframe(2))
        if site is None or not os.fspath(str(path)).startswith(self._root):
            return
        self.reached.append(f"{site}: {what}")
        if self.first is not None and len(self.reached) >= self.first:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    def _patch(self, owner: object, name: str, put: Callable[..., Any]) -> None:
        self._patches.enter_context(patch.object(owner, name, put))

    def _refusing(self, real: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            target = arguments[1] if name in ("replace", "link") else arguments[0]
            if name not in ("mkdir", "touch") or not os.path.lexists(target):  # what is there needs no room
                self.ask(name, target)
            return real(*arguments, **named)

        return call

    def _fsync(self, real: Callable[[int], None]) -> Callable[[int], None]:
        def call(descriptor: int) -> None:
            self.ask("fsync", Path(f"/proc/self/fd/{descriptor}").readlink())
            real(descriptor)

        return call

    def _opening(self, real: Callable[..., Any]) -> Callable[..., Any]:
        full = self

        class Opened(io.FileIO):
            def write(self, block: Any, /) -> int:
                try:
                    full.ask("write", self.name)
                except OSError:
                    super().write(bytes(block)[: len(block) // 2])
                    raise
                return super().write(block) or 0

            def truncate(self, size: int | None = None, /) -> int:
                full.ask("truncate", self.name)
                return super().truncate(size)

        def call(path: Path, mode: str = "r", *arguments: Any, **named: Any) -> Any:
            if mode not in _WRITING_MODES:
                return real(path, mode, *arguments, **named)
            if mode in _NEW:
                self.ask("open", path)
            return Opened(os.fspath(path), mode.replace("b", ""))

        return call


def _site(frame: FrameType | None) -> str | None:
    """The function of the product that asks; None when it is no part of it."""
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        folder = path.relative_to(ROOT).parts[0] if path.is_relative_to(ROOT) else ""
        if folder in ("pdm_desktop", "server"):
            return f"{path.stem}.{frame.f_code.co_qualname.partition('.<locals>')[0]}"
        if folder == "tests" and path != Path(__file__):
            return None
        frame = frame.f_back
    return None


# SQLite


def journal_sites() -> set[str]:
    """The methods of the journal that write."""
    tree = ast.parse((ROOT / "pdm_desktop/sync/journal.py").read_text(encoding="utf-8"))
    (journal,) = (each for each in tree.body if isinstance(each, ast.ClassDef) and each.name == Journal.__name__)
    methods = (each for each in journal.body if isinstance(each, ast.FunctionDef))
    return {
        each.name
        for each in methods
        if each.name not in ("__init__", "_rows") and "_connection.execute" in ast.unparse(each)
    }


class FullJournal:
    """Refuses a journal's writes from the n-th on, as SQLite does on a full disk. None: there is room."""

    def __init__(self, *, first: int | None = None) -> None:
        self.first = first
        self.reached: list[str] = []

    def free(self) -> None:
        """There is room again."""
        self.first = None

    def take(self, journal: Journal) -> Journal:
        """Stand between a journal and its file."""
        journal._connection._real = _Refusing(journal._connection._real, self)  # type: ignore[assignment]  # what is asked of it is there
        return journal

    def ask(self, sql: str) -> None:
        """A statement is to be executed. Raises sqlite3.OperationalError when there is no room for it."""
        if sql.lstrip().startswith(("SELECT", "PRAGMA", "ROLLBACK", "BEGIN")):
            return
        self.reached.append(_method(sys._getframe(1)))
        if self.first is not None and len(self.reached) >= self.first:
            raise _no_room()


class FullJournalFile:
    """Refuses, while it is open, what the making and the opening of a journal's file write, from the n-th statement on.

    A statement is all of a transaction there, or a part of one that then never ends.
    """

    def __init__(self, *, first: int | None = None) -> None:
        self.first = first
        self.reached: list[str] = []
        self._patch = patch.object(journal_file, "_connected", self._connected)

    def free(self) -> None:
        """There is room again."""
        self.first = None

    def __enter__(self) -> Self:
        self._patch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._patch.stop()

    def ask(self, sql: str) -> None:
        """A statement is to be executed. Raises sqlite3.OperationalError when there is no room for it."""
        if sql.lstrip().startswith(("SELECT", "PRAGMA quick_check", "PRAGMA synchronous", "ROLLBACK", "BEGIN")):
            return
        self.reached.append(sql.strip().partition("\n")[0])
        if self.first is not None and len(self.reached) >= self.first:
            raise _no_room()

    def _connected(self, path: Path) -> journal_file.Connection:
        real = sqlite3.connect(path, isolation_level=None)
        return journal_file.Connection(_Refusing(real, self))  # type: ignore[arg-type]  # what is asked of it is there


def _no_room() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    return error


class _Refusing:
    def __init__(self, real: sqlite3.Connection, full: FullJournal | FullJournalFile) -> None:
        self._real = real
        self._full = full

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        self._full.ask(sql)
        return self._real.execute(sql, values)

    def executescript(self, script: str) -> None:
        """One statement after the other: each of them may be the one that there is no room for."""
        sql = ""
        for piece in script.split(";"):
            sql += f"{piece};"
            if piece.strip() and sqlite3.complete_statement(sql):
                self.execute(sql)
                sql = ""


def _method(frame: FrameType | None) -> str:
    """The journal's method that writes."""
    for each in _outwards(frame):
        owner, _, name = each.f_code.co_qualname.rpartition(".")
        if owner == Journal.__name__:
            return name
    raise AssertionError("nothing but the journal writes into its file")


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back
