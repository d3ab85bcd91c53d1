"""The tables of the built installer: what Windows Installer will find in them."""

import subprocess

import pytest

from develop.installer.msi import rows
from pdm_desktop.product import APP_ID
from tests.support.installer import Installers

pytestmark = pytest.mark.windows_seat


def test_components_are_the_same_in_every_version(installers: Installers) -> None:
    before, after = (
        {row["Component"]: row["ComponentId"] for row in rows(path, "Component")}
        for path in (installers.previous, installers.current)
    )
    assert before == after
    assert len(set(after.values())) == len(after)


def test_shortcuts_carry_the_identity_of_the_program(installers: Installers) -> None:
    said = {
        row["Shortcut_"]: (row["PropertyKey"], row["PropVariantValue"])
        for row in rows(installers.current, "MsiShortcutProperty")
    }
    assert said == dict.fromkeys(("startMenu", "onDesktop"), ("System.AppUserModel.ID", APP_ID))


def test_the_installer_is_signed(installers: Installers) -> None:
    check = ["osslsigncode", "verify", "-in", str(installers.current), "-CAfile", str(installers.certificate)]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert f"CN={installers.publisher}" in done.stdout
