"""Writing the lock file's wheels anew, from the seat's pinned list."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from develop.console import Problem, say
from develop.environments import Environment
from develop.installer.fetch import QUIET, on_windows, sha256
from develop.installer.lock import PATH, Lock, Package, read

MARKERS = {
    "implementation_name": "cpython",
    "os_name": "nt",
    "platform_machine": "AMD64",
    "platform_python_implementation": "CPython",
    "platform_system": "Windows",
    "sys_platform": "win32",
}
HEAD = "\n[[wheel]]"


def on_the_seat(pinned: str, python: str) -> Iterator[Requirement]:
    """Give the requirements of a pinned list that hold for 64-bit Windows and that Python."""
    surroundings = {**MARKERS, "python_version": python, "python_full_version": f"{python}.0"}
    for line in pinned.splitlines():
        text = line.partition("\\")[0].strip()
        if not re.match(r"[a-z0-9]", text):
            continue
        each = Requirement(text)
        if each.marker is None or each.marker.evaluate(surroundings):
            yield each


def written(head: str, wheels: list[Package]) -> str:
    """Return the text of a lock file: its head as it was, and an entry for each wheel."""
    return head.rstrip("\n") + "\n" + "".join(_entry(each) for each in wheels)


def renew() -> None:
    """Write the lock file anew: versions from the pinned list; publishers and unsigned files stay as they were.

    Raises `Problem` when a wheel cannot be fetched.
    """
    lock = read()
    wanted = list(on_the_seat(Environment("seat").requirements.read_text(encoding="utf-8"), lock.python))
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", *QUIET, *on_windows(lock.python), "-d", folder]
        if subprocess.call([*pip, *(f"{each.name}{each.specifier}" for each in wanted)]):
            raise Problem("pip could not fetch the seat's packages for Windows, and says why above.")
        wheels = sorted(_packages(Path(folder), lock), key=lambda each: each.name)
    head = PATH.read_text(encoding="utf-8").partition(HEAD)[0]
    PATH.write_text(written(head, wheels), encoding="utf-8", newline="\n")
    say(f"{PATH.name}: {len(wheels)} wheels")


def _packages(folder: Path, before: Lock) -> Iterator[Package]:
    known = {each.name: each for each in before.wheels}
    for path in folder.glob("*.whl"):
        name, version = parse_wheel_filename(path.name)[:2]
        old = known.get(canonicalize_name(name))
        signed = {"publisher": old.publisher} if old else {}
        unsigned = old.unsigned if old else ()
        yield Package(name=name, version=str(version), sha256=sha256(path), unsigned=unsigned, **signed)


def _entry(package: Package) -> str:
    lines = [HEAD, f'name = "{package.name}"', f'version = "{package.version}"', f'sha256 = "{package.sha256}"']
    if package.publisher:
        lines.append(f'publisher = "{package.publisher}"')
    if package.unsigned:
        lines += ["unsigned = [", *(f'    "{name}",' for name in package.unsigned), "]"]
    return "\n".join(lines) + "\n"
