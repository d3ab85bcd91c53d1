"""The hand-over of an update in Wine: the protected copy, signature, publisher, product and version, and msiexec.

Wine takes every signature as trusted and does not compare an MSI's content with its own: that an untrusted or broken
one is refused only Windows can show. It asks nobody before it gives an administrator's rights.
"""

import hashlib
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from tests.support import wine
from tests.support.installer import PUBLISHER, make_signing

HERE = Path(__file__).parent
TOOLS = [name for name in ("wixl", "osslsigncode") if shutil.which(name) is None]
pytestmark = [
    *wine.needs_wine,
    pytest.mark.skipif(bool(TOOLS), reason=f"not installed here: {', '.join(TOOLS)}"),
]
PATIENCE_S = 180
UPDATES = Path("Program Files", "PDM Desktop Updates")
UNSIGNED_SEAT = 41


class Shop:
    """A Windows computer, and installers that cost nothing to make."""

    def __init__(self, windows: wine.Windows, folder: Path) -> None:
        self.windows = windows
        self.folder = folder
        self._signing = make_signing(folder)

    def msi(self, version: str, *, name: str = "PDM Desktop", signed: bool = True) -> str:
        """An installer at the drive's top, by its name there."""
        made, target = self.folder / "made.msi", self.windows.drive / f"{version}.msi"
        variables = ["-D", f"Version={version}", "-D", f"Name={name}"]
        subprocess.run(["wixl", "-a", "x64", *variables, "-o", made, HERE / "tiny.wxs"], check=True, timeout=60)
        target.unlink(missing_ok=True)
        if signed:
            keys = ["-certs", str(self._signing.certificate), "-key", self._signing.key]
            sign = ["osslsigncode", "sign", *keys, "-h", "sha256", "-in", str(made), "-out", str(target)]
            subprocess.run(sign, check=True, timeout=60, stdout=subprocess.DEVNULL)
        else:
            shutil.copy(made, target)
        return f"C:\\{target.name}"

    def install(self, msi: str, *, publisher: str = PUBLISHER, own: str = "0.1.0") -> list[str]:
        """What comes of it."""
        words = (r"tests\support\windows_update.py", msi, publisher, own)
        done = self.windows.run(wine.PYTHON, *words, timeout=PATIENCE_S)
        assert done.returncode == 0, done.stdout
        return done.stdout.splitlines()

    @property
    def copies(self) -> list[str]:
        """What lies where only administrators may write."""
        return sorted(each.name for each in (self.windows.drive / UPDATES).iterdir())


@pytest.fixture(scope="module")
def shop(windows: wine.Windows, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop(windows, tmp_path_factory.mktemp("shop"))


def test_an_unsigned_one_is_refused(shop: Shop) -> None:
    assert shop.install(shop.msi("0.2.1", signed=False)) == ["NOT_TRUSTED"]
    assert shop.copies == []


def test_one_of_another_publisher_is_refused(shop: Shop) -> None:
    assert shop.install(shop.msi("0.2.2"), publisher="Hartmann Precision") == ["OTHER_PUBLISHER"]
    assert shop.copies == []


def test_another_product_and_one_that_is_not_newer_are_refused(shop: Shop) -> None:
    assert shop.install(shop.msi("0.2.3", name="Another program")) == ["OTHER_PRODUCT"]
    assert shop.install(shop.msi("0.2.4"), own="0.2.4") == ["NOT_NEWER"]
    assert shop.copies == []


def test_a_signed_program_that_is_no_installer_is_refused(shop: Shop) -> None:
    """It is signed by somebody whom Windows trusts, and named by its true publisher."""
    assert shop.install(wine.PYTHON, publisher="Python Software Foundation") == ["OTHER_PRODUCT"]


def test_our_own_newer_one_is_installed_from_the_copy(shop: Shop) -> None:
    msi = shop.msi("0.2.5")
    assert shop.install(msi) == ["HANDED_OVER", "installed 0.2.5"]
    assert shop.copies == ["update.log", "update.msi"]
    copy, source = shop.windows.drive / UPDATES / "update.msi", shop.windows.drive / "0.2.5.msi"
    assert copy.read_bytes() == source.read_bytes()
    assert stat.S_IMODE(copy.parent.stat().st_mode) & 0o007 == 0, "it is nobody's but administrators'"


def test_while_the_copy_is_held_nobody_writes_renames_or_removes_it(shop: Shop) -> None:
    shop.msi("0.2.6")
    script = r"""
from pathlib import Path
from pdm_desktop.app.update_windows import Windows
file = Path(r"C:\0.2.6.msi")
tries = {
    "read": lambda: file.read_bytes(),
    "write": lambda: file.open("r+b"),
    "rename": lambda: file.rename(r"C:\other.msi"),
    "remove": lambda: file.unlink(),
}
with Windows().held(file):
    for name, what in tries.items():
        try:
            what()
            print(name, "done")
        except PermissionError:
            print(name, "refused")
"""
    (shop.windows.drive / "held.py").write_text("import sys; sys.path.insert(0, '.')\n" + script)
    done = shop.windows.run(wine.PYTHON, r"C:\held.py", timeout=PATIENCE_S)
    assert done.stdout.splitlines() == ["read done", "write refused", "rename refused", "remove refused"]


def test_the_seat_starts_it_with_rights_and_reads_how_it_ended(shop: Shop) -> None:
    """The checkout is no signed build, so it refuses: the exit code is what the seat reads."""
    sha256 = hashlib.sha256(b"").hexdigest()
    words = ["-m", "pdm_desktop", "--install-update", r"C:\0.2.5.msi", "--sha256", sha256]
    script = f"""
import sys; sys.path.insert(0, ".")
from pathlib import Path
from pdm_desktop.app.update_windows import run_as_administrator
import os; os.environ["PYTHONPATH"] = r"C:\\pdm"
print(run_as_administrator(Path(sys.executable), {words!r}))
"""
    (shop.windows.drive / "rights.py").write_text(script)
    done = shop.windows.run(wine.PYTHON, r"C:\rights.py", timeout=PATIENCE_S)
    assert done.stdout.splitlines() == [str(UNSIGNED_SEAT)], done.stdout
