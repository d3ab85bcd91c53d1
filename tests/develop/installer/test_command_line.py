"""The command line of the build, and what it hands on."""

import subprocess
import sys

import pytest

from develop.installer.__main__ import main, parser
from develop.installer.launcher import header
from develop.installer.sizes import report
from pdm_desktop.product import installer_name
from pdm_desktop.release import VERSION
from tests.rules.sources import ROOT


def test_without_words_it_builds_the_version_of_this_checkout() -> None:
    given = parser().parse_args([])
    assert given.version == VERSION
    assert str(given.out) == "dist"
    assert given.certificate is None


@pytest.mark.parametrize("version", ["1.0.0", "255.255.65535", "0.10.3"])
def test_a_version_is_three_numbers(version: str) -> None:
    assert parser().parse_args(["--version", version]).version == version


@pytest.mark.parametrize("version", ["1.0", "1.0.0.0", "1.0.0rc1", "256.0.0", "1.0.65536", "01.0.0", "v1.0.0"])
def test_a_version_that_windows_installer_cannot_compare_is_refused(
    version: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["--version", version])
    assert "--version" in capsys.readouterr().err


def test_a_certificate_without_its_key_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--certificate", "c.pem"])
    assert "belong together" in capsys.readouterr().err


def test_the_installer_is_called_by_name_version_and_kind() -> None:
    assert installer_name("1.2.3") == "PDM-Desktop-1.2.3-x64.msi"


def test_the_sizes_are_said_beside_the_aims() -> None:
    said = report(installed=74_100_000, packed=33_500_000)
    assert said == "Installed 74.1 MB (aim: 80), installer 33.5 MB (aim: 35)."


def test_the_launcher_is_told_texts_as_c_has_them() -> None:
    lines = header({"COMPANY": 'M\u00fcller "CNC" \\ S\u00f6hne'}, "1.2.3").splitlines()
    assert lines == ['#define COMPANY "M\u00fcller \\"CNC\\" \\\\ S\u00f6hne"', "#define VERSION_WORDS 1,2,3,0"]


def test_the_front_needs_nothing_but_python() -> None:
    """It is read by a bare Python, without the site packages of any environment."""
    front = ROOT / "packaging" / "windows" / "build.py"
    check = "import runpy, sys; runpy.run_path(sys.argv[1]); from develop import debian, environments, programs"
    script = f"import sys; sys.path.insert(0, {str(ROOT)!r}); {check}"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", script, str(front)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
