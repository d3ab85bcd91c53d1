"""Compiling the staged modules by the very Python that will run them, and leaving only what it needs.

Only compiled modules come onto a seat, as python.org's own library does. So Python never writes beside the program,
which an uninstall would leave behind, and a seat starts as fast the first time. What was compiled is kept.
"""

import hashlib
import json
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from develop.installer import windows_python
from develop.installer.stage import Stage, member
from develop.installer.windows_python import path_there

SCRIPT = """\
import json, py_compile, sys
for source, target, shown in json.load(open(sys.argv[1], encoding="utf-8")):
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH  # of the content alone, with no time in it
    py_compile.compile(source, target, shown, doraise=True, invalidation_mode=mode)
"""


@dataclass(frozen=True)
class Module:
    """One staged module, and where its compiled form is kept."""

    source: Path
    shown: str
    """The path that a traceback shows, from the installed folder on."""
    kept: Path


def precompile(stage: Stage, runtime: zipfile.ZipFile, kept: Path) -> None:
    """Put compiled modules in the place of all staged sources.

    `kept` is a folder of what was compiled before. Raises `Problem` when Windows' Python cannot compile one.
    """
    kept.mkdir(parents=True, exist_ok=True)
    python = member(runtime, "python3.dll")
    modules = [_module(stage, name, python, kept) for name in stage.files() if name.endswith(".py")]
    absent = [each for each in modules if not each.kept.is_file()]
    if absent:
        _compile(absent, runtime)
    for each in modules:
        each.source.with_suffix(".pyc").write_bytes(each.kept.read_bytes())
        each.source.unlink()


def _module(stage: Stage, name: str, python: bytes, kept: Path) -> Module:
    source = stage.folder / name
    key = hashlib.sha256(b"\0".join([python, name.encode(), source.read_bytes()])).hexdigest()
    return Module(source, name.replace("/", "\\"), kept / f"{key}.pyc")


def _compile(modules: list[Module], runtime: zipfile.ZipFile) -> None:
    with tempfile.TemporaryDirectory() as folder:
        orders = Path(folder) / "orders.json"
        words = [[path_there(each.source), path_there(each.kept), each.shown] for each in modules]
        orders.write_text(json.dumps(words), encoding="utf-8")
        windows_python.run(runtime, SCRIPT, path_there(orders))
