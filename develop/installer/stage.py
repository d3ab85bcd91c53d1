"""The installed folder, laid out as it will lie on a seat: Windows' Python, the wheels, and this project's code."""

import ast
import io
import os
import shutil
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from develop.checkout import ROOT
from develop.console import Problem
from develop.installer import contents
from develop.installer.lock import Lock, Package

OWN_RUNTIME = "PYTHON_EMBED_ZIP"
"""The variable with the path of a newer embeddable Python, `python-3.13.x-embed-amd64.zip`, as python.org has it."""
TOPS = ("pdm_desktop", "resources", "server")
PATHS = "python313.zip\r\n.\r\nlib\r\n"
"""`python313._pth`: where Python looks for modules, and nowhere else; no variable and no registry key changes that."""
RELEASE = '''\
"""Which release of the seat this is, and by whom."""

VERSION = {version!r}
PUBLISHER = {publisher!r}
'''


@dataclass(frozen=True)
class Stage:
    """A folder that is laid out, and from which package each foreign file in it comes."""

    folder: Path
    origins: Mapping[str, Package]
    """By the file's path in the folder, with `/`."""

    def files(self) -> list[str]:
        """Return the paths of all files in the folder, with `/`, in order."""
        return sorted(each.relative_to(self.folder).as_posix() for each in self.folder.rglob("*") if each.is_file())


def runtime_archive(lock: Lock, fetched: Mapping[str, Path]) -> zipfile.ZipFile:
    """Open the archive of Windows' Python: the locked one, or the one that the variable `PYTHON_EMBED_ZIP` names.

    Raises `Problem` when that is no embeddable Python of the version that the wheels are for.
    """
    named = os.environ.get(OWN_RUNTIME)
    if named:
        return _checked(zipfile.ZipFile(named), named, lock)
    with tarfile.open(fetched[lock.runtime.name]) as package:
        inner = next((each for each in package.getnames() if each.endswith("/data.zip")), "")
        content = package.extractfile(inner) if inner else None
        if content is None:
            raise Problem(f"{lock.runtime.name} holds no data.zip.")
        return zipfile.ZipFile(io.BytesIO(content.read()))


def _checked(archive: zipfile.ZipFile, named: str, lock: Lock) -> zipfile.ZipFile:
    wanted = f"python{lock.python.replace('.', '')}.dll"
    if wanted not in archive.namelist():
        raise Problem(f"{named} holds no {wanted}: it is no embeddable Python {lock.python} for 64-bit Windows.")
    return archive


def member(runtime: zipfile.ZipFile, name: str) -> bytes:
    """Return a file of the archive of Windows' Python, by its plain name. Raises `Problem` when there is none."""
    found = next((each for each in _names(runtime) if each.rpartition("/")[2] == name), None)
    if found is None:
        raise Problem(f"Windows' Python comes without {name}.")
    return runtime.read(found)


def lay_out(
    folder: Path, *, lock: Lock, fetched: Mapping[str, Path], version: str, publisher: str, checkout: Path = ROOT
) -> Stage:
    """Lay the installed folder out anew. `publisher` is whose signature updates must carry, or empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    origins: dict[str, Package] = {}
    for package, name, content in _foreign(lock, fetched):
        if name in origins:
            raise Problem(f"{name} comes from {origins[name].name} and from {package.name}.")
        origins[name] = package
        _write(folder / name, content)
    (folder / "python313._pth").write_bytes(PATHS.encode())
    for path in own_files(checkout):
        _write(folder / "lib" / path, (checkout / path).read_bytes().replace(b"\r\n", b"\n"))
    release = RELEASE.format(version=version, publisher=publisher)
    (folder / "lib" / "pdm_desktop" / "release.py").write_text(release, encoding="utf-8", newline="\n")
    return Stage(folder, origins)


def own_files(checkout: Path) -> list[str]:
    """Return the paths, with `/`, of what of the checkout comes onto a seat.

    Raises `Problem` when `server/__init__.py` has come to have code.
    """
    paths = (each.relative_to(checkout).as_posix() for top in TOPS for each in (checkout / top).rglob("*"))
    found = sorted(each for each in paths if contents.is_own(each))
    if _has_code(checkout / "server" / "__init__.py"):
        raise Problem("server/__init__.py has code, so a part of the server would come onto every seat.")
    return found


def _has_code(module: Path) -> bool:
    """Say whether a module is more than what it says of itself."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    return any(not isinstance(each, ast.Expr) or not isinstance(each.value, ast.Constant) for each in tree.body)


def _foreign(lock: Lock, fetched: Mapping[str, Path]) -> Iterator[tuple[Package, str, bytes]]:
    """Give each file of the fetched packages that comes onto a seat, with the path that it gets there."""
    with runtime_archive(lock, fetched) as archive:
        for entry in _names(archive):
            name = entry.rpartition("/")[2]
            if contents.is_of_runtime(name):
                yield lock.runtime, name, archive.read(entry)
    for package in lock.wheels:
        with zipfile.ZipFile(fetched[package.name]) as wheel:
            for entry in _names(wheel):
                if entry in contents.SHARED and package.name != "shiboken6":
                    yield package, entry.rpartition("/")[2], wheel.read(entry)
                elif contents.is_of_wheel(package.name, entry):
                    yield package, f"lib/{entry}", wheel.read(entry)


def _names(archive: zipfile.ZipFile) -> list[str]:
    return [each for each in archive.namelist() if not each.endswith("/")]


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
