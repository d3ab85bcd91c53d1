"""The files in the built installer: what lies on a seat after it, and who made it."""

import ast
import re
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from develop.console import Problem
from develop.installer import lock, sizes, stage
from develop.installer.authenticode import Verdict, verdict
from develop.installer.build import WORK, build
from develop.installer.contents import SHARED
from develop.installer.fetch import fetched
from develop.installer.icon import sizes as icon_sizes
from develop.installer.launcher import compile_launcher
from develop.installer.msi import rows
from develop.installer.portable_executable import file_version, is_executable
from pdm_desktop.product import EXECUTABLE, NAME
from pdm_desktop.release import VERSION
from tests.support.installer import Installers, make_signing, version_after

pytestmark = pytest.mark.windows_seat
OF_WINDOWS = re.compile(
    r"(api-ms-win-.*|advapi32|authz|bcrypt|bcryptprimitives|comdlg32|crypt32|d3d9|d3d11|d3d12|dnsapi|dwmapi|dwrite|dxgi"
    r"|gdi32|icuuc|imm32|iphlpapi|kernel32|mpr|msvcrt|netapi32|ntdll|ole32|oleaut32|rpcrt4|secur32|setupapi|shell32"
    r"|shlwapi|uiautomationcore|user32|userenv|uxtheme|version|winhttp|winmm|winspool\.drv|ws2_32|wtsapi32)(\.dll)?"
)
"""Libraries that each Windows 10 since version 1809 has."""
OWN = {"pdm_desktop", "resources", "server"}
ELSEWHERE = {"jeepney"}
"""Modules that the seat imports on Linux only."""


@pytest.fixture(scope="module")
def installed(installers: Installers, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the installed program, taken out of the installer."""
    folder = tmp_path_factory.mktemp("extracted")
    subprocess.run(["msiextract", "-C", str(folder), str(installers.current)], check=True, capture_output=True)
    return folder / NAME


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as sources: what was staged before it was compiled."""
    locked = lock.read()
    files = fetched(locked, WORK / "downloads")
    folder = tmp_path_factory.mktemp("staged")
    return stage.lay_out(folder / "stage", lock=locked, fetched=files, version=VERSION, publisher="").folder


def names(folder: Path) -> list[str]:
    return [each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file()]


def executables(folder: Path) -> dict[str, bytes]:
    contents = ((name, (folder / name).read_bytes()) for name in names(folder))
    return {name: content for name, content in contents if is_executable(content)}


def test_every_executable_file_has_its_version_in_the_table_or_no_version_at_all(
    installers: Installers, installed: Path
) -> None:
    files = {row["FileName"].rpartition("|")[2]: row for row in rows(installers.current, "File")}
    hashed = {row["File_"] for row in rows(installers.current, "MsiFileHash")}
    found = {PurePosixPath(name).name: file_version(content) for name, content in executables(installed).items()}
    assert len(found) > 40
    assert {name: files[name]["Version"] for name in found} == found
    assert {name: files[name]["File"] in hashed for name in found} == {name: not found[name] for name in found}
    assert found["python313.dll"].startswith("3.13.")
    assert found["Qt6Core.dll"].startswith("6.11.3.")
    assert found[EXECUTABLE] == f"{version_after(VERSION)}.0"


def test_no_file_is_in_the_way_of_another(installers: Installers, installed: Path) -> None:
    assert len(names(installed)) == len(rows(installers.current, "File"))


def test_of_the_server_only_its_words_are_there(installed: Path) -> None:
    of_server = [name for name in names(installed) if name.startswith("lib/server/")]
    assert "lib/server/__init__.pyc" in of_server
    assert "lib/server/protocol/vault.pyc" in of_server
    assert not [name for name in of_server if not re.match(r"lib/server/(__init__\.pyc$|protocol/)", name)]


def test_no_tests_tools_shims_and_no_python_to_start_are_there(installed: Path) -> None:
    there = names(installed)
    assert EXECUTABLE in there
    lower = [name.lower() for name in there]
    strange = ("icuuc", "bcryptprimitives", "rstrtmgr", "mscms", "_wmi")
    assert not [name for name in lower if any(word in name for word in strange)]
    assert [name for name in lower if name.endswith(".exe")] == [EXECUTABLE.lower()]
    tops = {PurePosixPath(name).parts[1] for name in there if name.startswith("lib/")}
    assert not tops & {"tests", "develop", "packaging", "pip", "setuptools"}
    assert not [name for name in lower if re.search(r"/tests?/|sample_vault|\.pyi$|\.whl$", name)]


def test_python_has_nothing_to_write_beside_the_program(installed: Path) -> None:
    there = names(installed)
    assert not [name for name in there if name.endswith(".py")]
    assert "lib/pdm_desktop/__main__.pyc" in there


def test_python_looks_for_modules_here_alone(installed: Path) -> None:
    assert (installed / "python313._pth").read_text().split() == ["python313.zip", ".", "lib"]


def test_licences_and_what_keyring_finds_its_stores_by_are_there(installed: Path) -> None:
    there = names(installed)
    assert "LICENSE.txt" in there
    assert [name for name in there if re.fullmatch(r"lib/keyring-[^/]*\.dist-info/entry_points\.txt", name)]
    described = {name.split("/")[1] for name in there if name.endswith(".dist-info/METADATA")}
    assert len(described) == len(lock.read().wheels)


def test_the_seat_knows_its_version_and_publisher(installers: Installers, installed: Path) -> None:
    release = (installed / "lib" / "pdm_desktop" / "release.pyc").read_bytes()
    assert version_after(VERSION).encode() in release
    assert installers.publisher.encode() in release


def test_program_and_installer_are_signed_by_the_publisher(installers: Installers, installed: Path) -> None:
    for path in (installed / EXECUTABLE, installers.current, installers.previous):
        found = verdict(path, installers.certificate)
        assert (found.valid, found.signer) == (True, installers.publisher)


def test_a_changed_installer_is_seen(installers: Installers, tmp_path: Path) -> None:
    content = bytearray(installers.current.read_bytes())
    content[len(content) // 2] ^= 1
    changed = tmp_path / "changed.msi"
    changed.write_bytes(content)
    assert not verdict(changed, installers.certificate).valid


def test_a_changed_library_is_seen(installed: Path, tmp_path: Path) -> None:
    roots = WORK / "made" / "roots.pem"
    whole = installed / "python313.dll"
    assert verdict(whole, roots) == Verdict(True, lock.read().runtime.publisher)
    content = bytearray(whole.read_bytes())
    content[len(content) // 2] ^= 1
    changed = tmp_path / whole.name
    changed.write_bytes(content)
    assert not verdict(changed, roots).valid


def test_another_publisher_of_the_same_name_is_not_believed(installers: Installers, tmp_path: Path) -> None:
    other = make_signing(tmp_path, installers.publisher)
    assert not verdict(installers.current, other.certificate).valid


def test_the_sizes_keep_to_their_aims(installers: Installers, installed: Path) -> None:
    whole = sum((installed / name).stat().st_size for name in names(installed))
    assert whole / sizes.MEGABYTE < sizes.INSTALLED_MB
    assert installers.current.stat().st_size / sizes.MEGABYTE < sizes.PACKED_MB
    own = sizes.report(installed=whole, packed=installers.current.stat().st_size)
    assert own in installers.told.splitlines(), "and the build says so"


def test_a_build_stops_at_a_file_that_another_publisher_signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    locked = lock.read()
    wheels = tuple(
        replace(each, publisher="Somebody Else Oy") if each.name == "shiboken6" else each for each in locked.wheels
    )
    monkeypatch.setattr(lock, "read", lambda: replace(locked, wheels=wheels))
    with pytest.raises(Problem, match="Somebody Else Oy"):
        build(VERSION, tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_the_launcher_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    made = []
    for place in ("first", "second"):
        folder = tmp_path / place
        folder.mkdir()
        program = compile_launcher(folder, version="1.2.3", company="M\u00fcller & Co.", python="python313.dll")
        made.append(program.read_bytes())
    assert made[0] == made[1]
    assert file_version(made[0]) == "1.2.3.0"
    icon = (tmp_path / "first" / "launcher.ico").read_bytes()
    pictures = [struct.unpack_from("<II", icon, 6 + 16 * at + 8) for at in range(len(icon_sizes(icon)))]
    assert len(pictures) > 4
    assert all(icon[at : at + length] in made[0] for length, at in pictures), "each size of the icon is in it"
    assert "M\u00fcller & Co.".encode("utf-16-le") in made[0]
    for wish in (b"longPathAware", b"PerMonitorV2", b"UTF-8</activeCodePage>", b"asInvoker", b"Common-Controls"):
        assert wish in made[0]


def test_every_library_that_is_loaded_is_there_or_part_of_windows(installed: Path) -> None:
    there = {PurePosixPath(name).name.lower() for name in executables(installed)}
    absent = {name for name in loaded(installed) if name not in there and not OF_WINDOWS.fullmatch(name)}
    assert not absent


def test_every_library_that_is_there_is_loaded_by_something(installed: Path) -> None:
    wanted = loaded(installed)
    plugins = "lib/PySide6/plugins/"
    libraries = {name for name in executables(installed) if name.endswith(".dll") and not name.startswith(plugins)}
    unused = {name for name in libraries if PurePosixPath(name).name.lower() not in wanted}
    assert unused == {"python313.dll"} - wanted
    assert {PurePosixPath(each).name for each in SHARED} <= {PurePosixPath(name).name for name in libraries}


def loaded(folder: Path) -> set[str]:
    """Return the names, in small letters, of all libraries that the executable files load."""
    paths = [str(folder / name) for name in executables(folder)]
    told = subprocess.run(["x86_64-w64-mingw32-objdump", "-p", *paths], capture_output=True, text=True, check=True)
    return {name.lower() for name in re.findall(r"DLL Name: (\S+)", told.stdout)}


def test_every_module_that_is_imported_is_there(sources: Path) -> None:
    """All imports of our own code, and those of libraries that they make whenever they are imported themselves."""
    lib = sources / "lib"
    there = {each.name.partition(".")[0] for each in lib.iterdir() if not each.name.endswith(".dist-info")}
    known = there | set(sys.stdlib_module_names) | ELSEWHERE
    asked = {(path, module) for path in lib.rglob("*.py") for module in imported(path, everywhere=is_own(path, lib))}
    assert len(asked) > 1000
    assert not {(str(path), module) for path, module in asked if module.partition(".")[0] not in known}
    own = {module for _, module in asked if module.partition(".")[0] in OWN}
    assert not {module for module in own if not is_module(lib, module)}


def is_own(path: Path, lib: Path) -> bool:
    return path.relative_to(lib).parts[0] in OWN


def is_module(lib: Path, module: str) -> bool:
    path = lib.joinpath(*module.split("."))
    return path.with_suffix(".py").is_file() or path.is_dir()


def imported(path: Path, *, everywhere: bool) -> Iterator[str]:
    """Give the modules that a source imports by their whole names: everywhere in it, or by its outermost lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree) if everywhere else tree.body:
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module
