"""The list of Debian packages, and what is done about those that are missing."""

import sys
from pathlib import Path

import pytest

from develop import debian

STATUS = """\
installed|libgl1|
installed|libglib2.0-0t64|libglib2.0-0 (= 2.84.1-1), libgio-2.0
config-files|xvfb|xserver
"""


def test_sections_and_comments_are_read() -> None:
    text = "# first\n[window]\nlibgl1   # why\n\n[tests]\nxvfb\ndbus\n"
    assert debian.read_package_list(text) == {"window": ["libgl1"], "tests": ["xvfb", "dbus"]}


def test_a_name_above_the_first_section_is_refused() -> None:
    with pytest.raises(ValueError, match="xvfb stands above"):
        debian.read_package_list("xvfb\n[tests]\n")


def test_the_list_has_what_the_commands_ask_for() -> None:
    sections = debian.read_package_list(debian.LIST.read_text(encoding="utf-8"))
    assert set(sections) == {"window", "tests", "windows"}
    assert {"xvfb", "dbus", "gnome-keyring", "chromium"} <= set(sections["tests"])
    assert {"wine", "wixl", "osslsigncode"} <= set(sections["windows"])


def test_a_package_counts_under_its_own_name_and_under_those_it_provides_but_not_when_removed() -> None:
    assert debian.installed(STATUS) == {"libgl1", "libglib2.0-0t64", "libglib2.0-0", "libgio-2.0"}


@pytest.mark.skipif(sys.platform != "linux", reason="packages of Debian")
def test_where_nothing_can_be_installed_the_command_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # a system without dpkg
    monkeypatch.setattr(debian, "is_debian_root", lambda: False)
    debian.provide(["tests"])
    printed = capsys.readouterr().out
    assert "sudo apt-get install --yes --no-install-recommends xvfb" in printed
    assert "libgl1" not in printed


@pytest.mark.skipif(sys.platform != "linux", reason="packages of Debian")
def test_where_nothing_is_missing_nothing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    everything = "".join(f"installed|{name}|\\n" for name in debian.read_package_list(debian.LIST.read_text())["tests"])
    query = tmp_path / "dpkg-query"
    query.write_text(f"#!/bin/sh\nprintf '{everything}'\n")
    query.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    debian.provide(["tests"])
    assert capsys.readouterr().out == ""
