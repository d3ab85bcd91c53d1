"""What comes onto a seat: what is on the list, and nothing else."""

import ast
import re

import pytest

from develop.installer import contents
from develop.installer.stage import own_files
from tests.rules.sources import ROOT, tree

OWN = own_files(ROOT)


def test_of_the_server_come_its_words_alone() -> None:
    of_server = [name for name in OWN if name.startswith("server/")]
    assert "server/__init__.py" in of_server
    assert "server/protocol/vault.py" in of_server
    assert not [name for name in of_server if not re.match(r"server/(__init__\.py|protocol/)", name)]


def test_the_whole_seat_comes_and_its_icons() -> None:
    seat = {path.relative_to(ROOT).as_posix() for path in (ROOT / "pdm_desktop").rglob("*.py")}
    icons = {path.relative_to(ROOT).as_posix() for path in (ROOT / "resources" / "icons").iterdir()}
    assert seat <= set(OWN)
    assert icons <= set(OWN)


def test_nothing_of_tests_tools_and_samples_comes() -> None:
    assert {name.partition("/")[0] for name in OWN} == {"pdm_desktop", "resources", "server"}
    assert not [name for name in OWN if "sample_vault" in name]


@pytest.mark.parametrize("name", ["python.exe", "pythonw.exe", "_wmi.pyd", "winsound.pyd", "icuuc.dll"])
def test_of_windows_python_no_program_comes(name: str) -> None:
    assert not contents.is_of_runtime(name)
    assert contents.is_of_runtime("python313.dll")


@pytest.mark.parametrize(
    ("wheel", "name"),
    [
        ("pyside6-essentials", "PySide6/Qt6Core.dll"),
        ("pyside6-essentials", "PySide6/QtWidgets.pyd"),
        ("pyside6-essentials", "PySide6/plugins/platforms/qwindows.dll"),
        ("shiboken6", "shiboken6/Shiboken.pyd"),
        ("shiboken6", "shiboken6-6.11.3.dist-info/licenses/LicenseRef-Qt-Commercial.txt"),
        ("keyring", "keyring/backends/Windows.py"),
        ("keyring", "keyring-25.7.0.dist-info/entry_points.txt"),
        ("msgspec", "msgspec/_core.cp313-win_amd64.pyd"),
        ("certifi", "certifi/cacert.pem"),
    ],
)
def test_what_the_seat_needs_comes(wheel: str, name: str) -> None:
    assert contents.is_of_wheel(wheel, name)


@pytest.mark.parametrize(
    ("wheel", "name"),
    [
        ("pyside6-essentials", "PySide6/opengl32sw.dll"),
        ("pyside6-essentials", "PySide6/Qt6Qml.dll"),
        ("pyside6-essentials", "PySide6/designer.exe"),
        ("pyside6-essentials", "PySide6/icuuc.dll"),
        ("pyside6-essentials", "PySide6/plugins/platforms/qoffscreen.dll"),
        ("pyside6-essentials", "PySide6/QtCore.pyi"),
        ("shiboken6", "shiboken6/include/shiboken.h"),
        ("shiboken6", "shiboken6/msvcp140.dll"),
        ("websockets", "websockets/speedups.c"),
        ("more-itertools", "more_itertools/more.pyi"),
        ("anyio", "anyio/pytest_plugin.py"),
        ("websockets", "websockets/trio/client.py"),
        ("httpcore", "httpcore/_async/http2.py"),
        ("keyring", "keyring-25.7.0.dist-info/RECORD"),
        ("keyring", "keyring/testing/backend.py"),
        ("any", "any/tests/test_it.py"),
    ],
)
def test_what_the_seat_does_not_need_stays_away(wheel: str, name: str) -> None:
    assert not contents.is_of_wheel(wheel, name)


def test_every_part_of_qt_that_the_seat_imports_comes() -> None:
    imported = set()
    for name in OWN:
        if name.endswith(".py"):
            modules = (each.module or "" for each in ast.walk(tree(ROOT / name)) if isinstance(each, ast.ImportFrom))
            imported |= {module.removeprefix("PySide6.Qt") for module in modules if module.startswith("PySide6.")}
    assert imported == set(contents.QT)
