"""The installed seat, asked with an administrator's rights to install an update, in Wine: the real program and MSI."""

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pdm_desktop.app.update_install import Verdict
from tests.support.desktop import wait_for
from tests.support.installer import Installers
from tests.support.wine import COMPILER, PARTS
from tests.support.workstation import Workstation, workstation

pytestmark = pytest.mark.windows_seat
DONE = 0
NO_SUCH_WORD = 2
PATIENCE_S = 180.0
SETTINGS = r"""
openssl_conf = all
[all]
providers = those
[those]
foreign = one
[one]
module = C:\\foreign.dll
activate = 1
"""
"""For OpenSSL: load a library."""


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Workstation]:
    with workstation(tmp_path / "station") as made:
        yield made


def test_the_installed_seat_installs_its_own_newer_update_and_no_older_one(
    station: Workstation, installers: Installers
) -> None:
    assert station.install(installers.previous, AUTOSTART="0") == DONE
    assert asked(station, installers.current) == Verdict.NOT_TRUSTED, "nobody knows who signs it"
    station.trust(installers.certificate)
    loaded = a_person_names_a_library(station)
    assert station.run(station.program, "--no-such-word", timeout=PATIENCE_S).returncode == NO_SUCH_WORD
    assert loaded.exists(), "without an administrator's rights a person may load what they like"
    loaded.unlink()
    assert asked(station, installers.previous) == Verdict.NOT_NEWER
    assert station.installed["Version"] == installers.previous_version

    assert asked(station, installers.current) == Verdict.HANDED_OVER
    told = wait_for(lambda: _when_updated(station, installers.current_version), "the update", timeout=PATIENCE_S)
    assert told["Autostart"] == "0", "what the administrator had said holds"
    assert station.products() == 1
    assert asked(station, installers.current) == Verdict.NOT_NEWER, "the newer seat knows itself"
    assert not loaded.exists(), "a person's variable loaded a library into what has an administrator's rights"


def a_person_names_a_library(station: Workstation) -> Path:
    """A variable of the person's has OpenSSL load a library, which leaves a trace: that is returned."""
    library, source = station.drive / "foreign.dll", PARTS / "left_a_trace.c"
    subprocess.run([COMPILER, "-shared", "-o", str(library), str(source)], check=True, timeout=60)
    (station.drive / "foreign.cnf").write_text(SETTINGS, encoding="utf-8")
    station.set_value("HKCU", "Environment", "OPENSSL_CONF", r"C:\foreign.cnf")
    return station.drive / "loaded.txt"


def asked(station: Workstation, package: Path) -> int:
    """How it ends when the program is asked to install that file."""
    fetched = station.drive / package.name
    shutil.copy(package, fetched)
    sha256 = hashlib.sha256(fetched.read_bytes()).hexdigest()
    words = ("--install-update", rf"C:\{package.name}", "--sha256", sha256)
    return station.run(station.program, *words, timeout=PATIENCE_S).returncode


def _when_updated(station: Workstation, version: str) -> dict[str, str] | None:
    told = station.installed
    return told if told.get("Version") == version else None
