"""The hand-over of an update in Wine: the protected copy, signature, publisher, product and version, and msiexec.

Wine's WinVerifyTrust takes every signature as trusted and does not compare an MSI's content with its own: that a broken
one is refused only Windows can show. Whether the computer trusts the signer it does tell. It asks nobody before it
gives an administrator's rights.
"""

import hashlib
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from develop.installer.signing import Signing
from pdm_desktop.product import UPDATES_FOLDER, UPGRADE_CODE, installer_name
from tests.support import wine
from tests.support.desktop import running, wait_for
from tests.support.installer import PUBLISHER, make_signing

HERE = Path(__file__).parent
TOOLS = [name for name in ("wixl", "osslsigncode") if shutil.which(name) is None]
pytestmark = [
    *wine.needs_wine,
    pytest.mark.skipif(bool(TOOLS), reason=f"not installed here: {', '.join(TOOLS)}"),
]
PATIENCE_S = 180
UPDATES = Path("Program Files", UPDATES_FOLDER)
UNSIGNED_SEAT = 41
SCRIPT = r"C:\script.py"
OTHER_FAMILY = "{5F6F9F53-6C7B-4C71-9B1D-0E8F2B7A11AA}"


class Shop:
    """A Windows computer, and installers that cost nothing to make."""

    def __init__(self, windows: wine.Windows, folder: Path) -> None:
        self.windows = windows
        self.folder = folder
        self._signing = make_signing(folder)
        windows.trust(self._signing.certificate)

    def msi(
        self,
        version: str,
        *,
        name: str = "PDM Desktop",
        family: str = UPGRADE_CODE,
        signed: bool = True,
        by: Signing | None = None,
    ) -> str:
        """An installer at the drive's top, by its name there."""
        made, target = self.folder / "made.msi", self.windows.drive / installer_name(version)
        variables = ["-D", f"Version={version}", "-D", f"Name={name}", "-D", f"Family={family.strip('{}')}"]
        subprocess.run(["wixl", "-a", "x64", *variables, "-o", made, HERE / "tiny.wxs"], check=True, timeout=60)
        target.unlink(missing_ok=True)
        if signed:
            self.sign(made, target, by or self._signing)
        else:
            shutil.copy(made, target)
        return f"C:\\{target.name}"

    def program(self, version: str) -> str:
        """A signed program that is called like an installer."""
        made, target = self.folder / "made.dll", self.windows.drive / installer_name(version)
        build = [wine.COMPILER, "-shared", "-o", str(made), str(HERE / "left_a_trace.c")]
        subprocess.run(build, check=True, timeout=60)
        self.sign(made, target, self._signing)
        return f"C:\\{target.name}"

    def sign(self, made: Path, target: Path, signing: Signing) -> None:
        """Sign a file."""
        target.unlink(missing_ok=True)
        keys = ["-certs", str(signing.certificate), "-key", signing.key]
        sign = ["osslsigncode", "sign", *keys, "-h", "sha256", "-in", str(made), "-out", str(target)]
        subprocess.run(sign, check=True, timeout=60, stdout=subprocess.DEVNULL)

    def install(self, msi: str, *, publisher: str = PUBLISHER, own: str = "0.1.0") -> list[str]:
        """What comes of it."""
        words = (r"tests\support\windows_update.py", msi, publisher, own)
        done = self.windows.run(wine.PYTHON, *words, timeout=PATIENCE_S)
        assert done.returncode == 0, done.stdout
        return done.stdout.splitlines()

    def script(self, text: str) -> list[str]:
        """What a script prints that knows the checkout."""
        self.write_script(text)
        done = self.windows.run(wine.PYTHON, SCRIPT, timeout=PATIENCE_S)
        assert done.returncode == 0, done.stdout
        return done.stdout.splitlines()

    def write_script(self, text: str) -> None:
        """Put it on the computer."""
        (self.windows.drive / "script.py").write_text("import sys; sys.path.insert(0, '.')\n" + text, encoding="utf-8")

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
    assert shop.install(shop.msi("0.2.3", family=OTHER_FAMILY)) == ["OTHER_PRODUCT"]
    assert shop.install(shop.msi("0.2.4"), own="0.2.4") == ["NOT_NEWER"]
    assert shop.copies == []


def test_a_signed_program_that_is_no_installer_is_refused(shop: Shop) -> None:
    """It is signed by somebody whom Windows trusts, and named by its true publisher."""
    assert shop.install(shop.program("0.2.9")) == ["OTHER_PRODUCT"]


def test_one_whose_signer_only_a_person_trusts_is_refused(shop: Shop, tmp_path: Path) -> None:
    """Anybody may put a root among their own, and name its certificate as they like."""
    own = make_signing(tmp_path)
    assert own.publisher == PUBLISHER
    msi = shop.msi("0.2.9", by=own)
    assert shop.install(msi) == ["NOT_TRUSTED"]
    shop.windows.trust(own.certificate, by="HKCU")
    assert shop.install(msi) == ["NOT_TRUSTED"]
    shop.windows.trust(own.certificate)
    assert shop.install(msi, own="0.2.9") == ["NOT_NEWER"], "the computer trusts it now"


def test_our_own_newer_one_is_installed_from_the_copy(shop: Shop) -> None:
    msi = shop.msi("0.2.5")
    assert shop.install(msi) == ["HANDED_OVER", "installed 0.2.5"]
    assert shop.copies == ["PDM-Desktop-0.2.5-x64.msi", "update.log"]
    copy, source = shop.windows.drive / UPDATES / shop.copies[0], shop.windows.drive / shop.copies[0]
    assert copy.read_bytes() == source.read_bytes()
    assert stat.S_IMODE(copy.parent.stat().st_mode) & 0o007 == 0, "it is nobody's but administrators'"


def test_while_the_copy_is_held_nobody_writes_renames_or_removes_it(shop: Shop) -> None:
    (shop.windows.drive / "held.msi").write_bytes(b"anything")
    script = r"""
from pathlib import Path
from pdm_desktop.app.update_windows import Windows
file = Path(r"C:\held.msi")
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
    words = ["-m", "pdm_desktop", "--install-update", r"C:\PDM-Desktop-0.2.5-x64.msi", "--sha256", sha256]
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


def test_while_the_installer_lives_its_copy_is_held_and_another_call_is_told_so(shop: Shop) -> None:
    """A stand-in for msiexec that lives until it is told to end; the call that started it has ended before."""
    begin = rf"""
from pathlib import Path
from pdm_desktop.app import update_windows as its
folder = its.Windows().protected_folder()
copy = folder / "PDM-Desktop-0.2.7-x64.msi"
copy.write_bytes(b"the one that was looked at")
(folder / "update.log").write_bytes(b"of the first")
waits = "import os, time\nwhile not os.path.exists('C:/end.txt'): time.sleep(0.1)\nopen('C:/ended.txt', 'w').close()"
with its.Windows().held(copy) as holder:
    its.start_holding([r"{wine.PYTHON}", "-c", waits], holder)
"""
    shop.write_script(begin)
    here, silent = shop.windows, dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    command = ["wine", wine.PYTHON, SCRIPT]
    with running(command, here.variables(), cwd=here.place(), **silent) as first:
        assert first.wait(PATIENCE_S) == 0
    folder = here.drive / UPDATES
    assert shop.install(shop.msi("0.2.8")) == ["BUSY"]
    assert shop.copies == ["PDM-Desktop-0.2.7-x64.msi", "update.log"]
    tries = r"""
from pathlib import Path
copy = Path(r"C:\Program Files\PDM Desktop Updates\PDM-Desktop-0.2.7-x64.msi")
for what in (copy.unlink, lambda: copy.open("r+b"), lambda: copy.rename(r"C:\a")):
    try:
        what()
        print("done")
    except PermissionError:
        print("refused")
"""
    assert shop.script(tries) == ["refused"] * 3
    assert (folder / "PDM-Desktop-0.2.7-x64.msi").read_bytes() == b"the one that was looked at"
    (shop.windows.drive / "end.txt").touch()
    wait_for((shop.windows.drive / "ended.txt").exists, "the end of the stand-in", timeout=PATIENCE_S)
    assert wait_for(lambda: shop.install(shop.msi("0.2.8"))[0] == "HANDED_OVER", "the next one", timeout=PATIENCE_S)


def test_the_installer_hears_no_variable_of_the_persons(shop: Shop) -> None:
    begin = rf"""
import os
from pathlib import Path
from pdm_desktop.app import update_windows as its
os.environ["A_PERSONS"] = "own"
file = Path("C:/held.msi")
file.write_bytes(b"anything")
tell = "import os; names = sorted(os.environ); open('C:/names.part', 'w').write(' '.join(names)); "
tell += "os.rename('C:/names.part', 'C:/names.txt')"
with its.Windows().held(file) as holder:
    its.start_holding([r"{wine.PYTHON}", "-c", tell], holder)
"""
    assert shop.script(begin) == []
    names = shop.windows.drive / "names.txt"
    wait_for(names.exists, "its variables", timeout=PATIENCE_S)
    told = [name for name in names.read_text().split() if not name.startswith("WINE")]  # Wine's own go everywhere
    assert told == ["PATH", "SYSTEMDRIVE", "SYSTEMROOT", "WINDIR"]


def test_a_file_of_another_computer_or_a_device_is_not_opened(shop: Shop) -> None:
    script = r"""
from pathlib import Path
from pdm_desktop.app import update_windows as its
from pdm_desktop.app.update_install import Refused
for name in (r"C:\windows\win.ini", r"Q:\a.msi", r"\\computer\share\a.msi", r"C:\windows\nul"):
    try:
        with its.Windows().opened(Path(name)) as content:
            print("opened", len(content.read()) > 0)
    except Refused as refused:
        print(refused.verdict.name)
"""
    assert shop.script(script) == ["opened True", *["NOT_LOCAL"] * 3]


def test_a_process_whose_end_is_not_told_has_not_handed_anything_over(shop: Shop) -> None:
    script = r"""
from pdm_desktop.app.update_windows import exit_code_of
for process in (None, 0x7ABC):
    try:
        print(exit_code_of(process))
    except OSError:
        print("not told")
"""
    assert shop.script(script) == ["not told"] * 2
