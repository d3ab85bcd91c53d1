"""A workstation out of Wine with a screen, to which an administrator brings the installer as to any other."""

import getpass
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PureWindowsPath

from pdm_desktop.product import EXECUTABLE, INSTALLED_KEY, NAME
from tests.support.desktop import running
from tests.support.screen import Screen, screen
from tests.support.wine import LIBRARIES, Prefix

RUN_KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"
LACKING = ("icuuc", "bcryptprimitives")
"""What Windows 10 has and Wine 8 has not. It is put into the test's Windows alone."""
FONT = "DejaVu Sans"
STANDARD_FONTS = ("Segoe UI", "MS Shell Dlg", "MS Shell Dlg 2", "Tahoma")
INSTALL_S = 180.0


class Workstation(Prefix):
    """Its drive, its registry, what is installed on it, and its screen."""

    def __init__(self, folder: Path, screen: Screen) -> None:
        super().__init__(folder, display=screen.display)
        self.screen = screen

    def set_up(self) -> None:
        """Make a Windows 10 on which nothing of ours is."""
        self.make({name: LIBRARIES[name] for name in LACKING})
        self.wine("wine", "winecfg", "-v", "win10", timeout=60)
        for name in STANDARD_FONTS:
            self.set_value("HKCU", r"Software\Wine\Fonts\Replacements", name, FONT)

    def msiexec(self, *words: str) -> int:
        """Let Windows Installer work in silence; its exit code."""
        return self.run("msiexec", *words, "/qn", timeout=INSTALL_S).returncode

    def install(self, package: Path, **properties: str) -> int:
        """Install, as an administrator's tool does. Returns the exit code."""
        said = [f"{name}={value}" for name, value in properties.items()]
        return self.msiexec("/i", windows_path(package), *said)

    def set_value(self, root: str, key: str, name: str, value: str) -> None:
        """Write into the registry."""
        done = self.run("reg", "add", rf"{root}\{key}", "/v", name, "/d", value, "/f", timeout=60)
        assert done.returncode == 0, done.stdout

    def values(self, key: str, *, root: str = "HKLM") -> dict[str, str]:
        """What stands below a key; the value without a name is `(Default)`. Nothing: {}."""
        told = self.run("reg", "query", rf"{root}\{key}", timeout=60).stdout
        found = re.findall(r"^    (.+?)    REG_\w+(?:    (.*?))?\s*$", told, re.MULTILINE)
        return dict(found)

    @property
    def installed(self) -> dict[str, str]:
        """What the installer left in the registry."""
        return self.values(INSTALLED_KEY)

    @property
    def program(self) -> str:
        """The installed program's path."""
        return str(PureWindowsPath(self.installed["InstallDir"], EXECUTABLE))

    @property
    def user(self) -> str:
        """The name of the person at this Windows: Wine takes it from this system."""
        return getpass.getuser()

    def products(self) -> int:
        """How many programs of our name Windows lists as installed."""
        told = self.run("uninstaller", "--list", timeout=60).stdout
        return len(re.findall(rf"\|\|\|{re.escape(NAME)}\s*$", told, re.MULTILINE))

    def credentials(self) -> str:
        """What is in the credential store of the person, as Wine keeps it."""
        return self.run("reg", "query", r"HKCU\Software\Wine\Credential Manager", "/s", timeout=60).stdout

    def on_drive(self, path: str) -> Path:
        """A path of Windows as one of this system, each name as it is written on the disk."""
        here = self.drive
        for name in PureWindowsPath(path).parts[1:]:
            there = here.iterdir() if here.is_dir() else ()
            here = next((each for each in there if each.name.lower() == name.lower()), here / name)
        return here

    def files(self, path: str) -> list[str]:
        """All files below a folder of Windows; none where there is no folder."""
        folder = self.on_drive(path)
        return sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())

    def what_is_here(self) -> set[str]:
        """All files but Windows' own and people's, and the names of the manufacturers in the registry."""
        top = [each for each in self.drive.iterdir() if each.name not in {"windows", "users"}]
        found = {str(each.relative_to(self.drive)) for place in top for each in place.rglob("*") if each.is_file()}
        return found | set(self.run("reg", "query", r"HKLM\Software", timeout=60).stdout.split("\n"))

    def shortcuts(self) -> list[str]:
        """Names of the shortcuts to our program: on the desktops and in the Start menus."""
        places = [*self.home.rglob("*.lnk"), *self.drive.rglob("*.lnk")]
        return sorted({str(each.relative_to(each.parents[1])) for each in places if NAME in each.name})

    @property
    def log(self) -> str:
        """What the seat has written down for who looks for the reason of something."""
        return self.on_drive(rf"C:\users\{self.user}\AppData\Local\{NAME}\seat.log").read_text(encoding="utf-8")

    def open(self, link: str) -> None:
        """Follow a link, as a mail program does."""
        done = self.run("start", link, timeout=60)
        assert done.returncode == 0, done.stdout

    def end_session(self) -> None:
        """Sign out of Windows: each window is asked first, and then told."""
        self.wine("wineboot", "--end-session", timeout=60)

    @contextmanager
    def program_running(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """The installed program, as a shortcut starts it."""
        silent = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with running(["wine", self.program, *words], self.variables(), cwd=self.home, **silent) as process:
            yield process


def windows_path(path: Path) -> str:
    """A path of this system as Windows programs in Wine see it."""
    return str(PureWindowsPath("Z:/", *path.parts[1:]))


@contextmanager
def workstation(folder: Path) -> Iterator[Workstation]:
    """A workstation, made and switched on; at the end it is switched off."""
    with screen(folder / "screen") as before_it:
        made = Workstation(folder, before_it)
        try:
            made.set_up()
            yield made
        finally:
            made.switch_off()
