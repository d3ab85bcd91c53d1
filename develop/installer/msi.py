"""The installer's file: made by wixl, completed by msibuild, read by msiinfo (Debian's `wixl` and `msitools`)."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from develop.console import Problem
from develop.installer import components, tables
from develop.installer.components import identifier
from develop.installer.launcher import PARTS
from develop.installer.portable_executable import file_version, is_executable
from develop.installer.stage import Stage
from pdm_desktop.product import EXECUTABLE, INSTALLED_KEY, NAME, SCHEME

BATCH = 200
"""Statements for one start of msibuild; a command line has an end."""

UTF_8 = 65001
"""Windows' number for it."""


def make(target: Path, stage: Stage, *, made: Path, version: str, manufacturer: str, given: Mapping[str, str]) -> None:
    """Make the installer of a staged folder.

    `made` is the folder with the launcher, its icon and, as `stage`, the staged one; `given` are properties with values
    stamped in. Raises `Problem` when a tool is missing or refuses.
    """
    (made / "files.wxs").write_text(components.files_fragment(Path(stage.folder.name), stage.files()), encoding="utf-8")
    names = {"Name": NAME, "Version": version, "Manufacturer": manufacturer, "Key": INSTALLED_KEY}
    names |= {"Executable": EXECUTABLE, "Scheme": SCHEME}
    names["ProductCode"] = str(components.product_code(version)).upper()
    source = filled_in((PARTS / "product.wxs").read_text(encoding="utf-8"), names)
    (made / "product.wxs").write_text(source, encoding="utf-8")
    _run(
        "wixl", ["-a", "x64", "-o", str(target), "product.wxs", "files.wxs"], folder=made
    )  # it knows relative paths only
    if not manufacturer.isascii():
        _set_code_page(target, made)
    _query(target, _completing(target, version, _versions(stage, made / EXECUTABLE), given))


def _set_code_page(path: Path, made: Path) -> None:
    """Say that the texts are UTF-8. Without letters beyond ASCII they need no code page, which suits every Windows."""
    table = made / "_ForceCodepage.idt"
    table.write_bytes(f"\r\n\r\n{UTF_8}\t_ForceCodepage\r\n".encode())
    _run("msibuild", [str(path), "-i", str(table)])


def filled_in(source: str, names: Mapping[str, str]) -> str:
    """Return WiX source with values in place of `$(var.Name)`: wixl would read neither letters like ü nor quotes."""
    for name, value in names.items():
        source = source.replace(f"$(var.{name})", escape(value, {'"': "&quot;"}))
    return source


def rows(path: Path, table: str) -> list[dict[str, str]]:
    """Return the rows of a table of an installer, each by its columns' names; none where there is no such table."""
    if table not in _run("msiinfo", ["tables", str(path)]).split():
        return []
    lines = _run("msiinfo", ["export", str(path), table]).replace("\r", "").rstrip("\n").split("\n")
    columns = lines[0].split("\t")
    return [dict(zip(columns, line.split("\t"), strict=True)) for line in lines[3:]]


def _versions(stage: Stage, launcher: Path) -> dict[str, str]:
    paths = {identifier("f", name): stage.folder / name for name in stage.files()} | {"program.exe": launcher}
    contents = ((row, path.read_bytes()) for row, path in paths.items())
    found = {row: file_version(content) for row, content in contents if is_executable(content)}
    return {row: version for row, version in found.items() if version}


def _completing(path: Path, version: str, versions: Mapping[str, str], given: Mapping[str, str]) -> list[str]:
    attributes = {each["Component"]: int(each["Attributes"]) for each in rows(path, "Component")}
    secure = next(each for each in rows(path, "Property") if each["Property"] == "SecureCustomProperties")
    named = {
        ("File", "File", "FileName"): rows(path, "File"),
        ("Directory", "Directory", "DefaultDir"): rows(path, "Directory"),
        ("Shortcut", "Shortcut", "Name"): rows(path, "Shortcut"),
    }
    short = [tables.short_names(*key, ((row[key[1]], row[key[2]]) for row in listed)) for key, listed in named.items()]
    return [
        *tables.versions(versions),
        *tables.conditions(attributes),
        *tables.settled_settings(),
        *tables.properties(secure["Value"].split(";"), given),
        *tables.places(),
        *tables.leftovers(version),
        *tables.shortcut_properties(),
        *(statement for each in short for statement in each),
    ]


def _query(path: Path, statements: Sequence[str]) -> None:
    for at in range(0, len(statements), BATCH):
        words = [word for each in statements[at : at + BATCH] for word in ("-q", each)]
        _run("msibuild", [str(path), *words])


def _run(tool: str, words: Sequence[str], *, folder: Path | None = None) -> str:
    """Run a tool. It counts as refusing when it complains: these tools go on, and end well, after many a fault."""
    if shutil.which(tool) is None:
        raise Problem(f"{tool} is missing. On Debian: sudo apt-get install wixl msitools")
    done = subprocess.run([tool, *words], cwd=folder, capture_output=True, encoding="utf-8", check=False)
    if done.returncode or done.stderr.strip():
        raise Problem(f"{tool} refused:\n{done.stderr.strip()}")
    return done.stdout
