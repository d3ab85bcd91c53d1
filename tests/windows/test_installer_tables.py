"""The tables of the built installer: what Windows Installer will find in them."""

import subprocess
from pathlib import Path

import pytest

from develop.installer.msi import make, rows
from develop.installer.settings import SETTINGS, assignments
from develop.installer.stage import Stage
from pdm_desktop.app.update_install import COPIES, LOG
from pdm_desktop.product import APP_ID, EXECUTABLE, INSTALLED_KEY, SCHEME, UPDATES_FOLDER
from pdm_desktop.release import VERSION
from tests.support.installer import Installers, version_after

pytestmark = pytest.mark.windows_seat
X64 = 256
"""Of a component: it goes to the 64-bit places."""


def properties(installers: Installers) -> dict[str, str]:
    return {row["Property"]: row["Value"] for row in rows(installers.current, "Property")}


def sequence(installers: Installers, table: str) -> dict[str, int]:
    return {row["Action"]: int(row["Sequence"]) for row in rows(installers.current, table)}


def registry(installers: Installers) -> dict[tuple[str, str], tuple[str, str]]:
    """Return what is written below HKEY_LOCAL_MACHINE, by key and name, each with its component."""
    written = rows(installers.current, "Registry")
    assert {row["Root"] for row in written} == {"2"}
    return {(row["Key"], row["Name"]): (row["Value"], row["Component_"]) for row in written}


def test_components_are_the_same_in_every_version(installers: Installers) -> None:
    before, after = (
        {row["Component"]: row["ComponentId"] for row in rows(path, "Component")}
        for path in (installers.previous, installers.current)
    )
    assert before == after
    assert len(set(after.values())) == len(after)


def test_a_component_has_one_file_and_that_is_its_key(installers: Installers) -> None:
    components = {row["Component"]: row for row in rows(installers.current, "Component")}
    files = {row["File"]: row["Component_"] for row in rows(installers.current, "File")}
    assert len(set(files.values())) == len(files)
    assert all(components[component]["KeyPath"] == file for file, component in files.items())
    assert all(int(each["Attributes"]) & X64 for each in components.values())


def test_a_version_is_a_product_of_its_own_and_upgrades_those_before(installers: Installers) -> None:
    before, after = (
        {row["Property"]: row["Value"] for row in rows(path, "Property")}
        for path in (installers.previous, installers.current)
    )
    assert (before["ProductVersion"], after["ProductVersion"]) == (VERSION, version_after(VERSION))
    assert before["UpgradeCode"] == after["UpgradeCode"] == after["UpgradeCode"].upper()
    assert before["ProductCode"] != after["ProductCode"]
    related = {row["ActionProperty"]: row for row in rows(installers.current, "Upgrade")}
    assert related["WIX_UPGRADE_DETECTED"]["VersionMax"] == after["ProductVersion"]
    assert related["WIX_DOWNGRADE_DETECTED"]["VersionMin"] == after["ProductVersion"]
    assert {row["UpgradeCode"] for row in related.values()} == {after["UpgradeCode"]}


def test_it_installs_for_everybody_at_the_computer(installers: Installers) -> None:
    said = properties(installers)
    assert said["ALLUSERS"] == "1"
    assert said["Manufacturer"] == installers.publisher
    summary = subprocess.run(
        ["msiinfo", "suminfo", str(installers.current)], capture_output=True, text=True, check=True
    )
    assert "Template: x64;1033" in summary.stdout
    assert "Version: 500" in summary.stdout


def test_what_the_administrator_tells_reaches_the_elevated_half(installers: Installers) -> None:
    secure = properties(installers)["SecureCustomProperties"].split(";")
    assert {each.name for each in SETTINGS} <= set(secure)
    assert {"WIX_UPGRADE_DETECTED", "WIX_DOWNGRADE_DETECTED"} <= set(secure)


def test_each_setting_is_searched_for_where_it_is_written(installers: Installers) -> None:
    wanted = {row["Property"]: row["Signature_"] for row in rows(installers.current, "AppSearch")}
    places = {row["Signature_"]: (row["Key"], row["Name"]) for row in rows(installers.current, "RegLocator")}
    written = registry(installers)
    for each in SETTINGS:
        value, component = written[places[wanted[each.old]]]
        assert (value, component) == (f"[{each.name}]", "settings")


@pytest.mark.parametrize("table", ["InstallExecuteSequence", "InstallUISequence"])
def test_settings_are_settled_between_the_search_and_their_use(installers: Installers, table: str) -> None:
    at = sequence(installers, table)
    settled = [at[each.action] for each in assignments()]
    assert settled == sorted(settled)
    assert at["AppSearch"] < settled[0]
    assert settled[-1] < at["LaunchConditions"] < at["CostInitialize"] < at["CostFinalize"]


def test_no_place_in_a_sequence_is_taken_twice(installers: Installers) -> None:
    places = list(sequence(installers, "InstallExecuteSequence").values())
    assert len(set(places)) == len(places)
    assert max(places) == sequence(installers, "InstallExecuteSequence")["InstallFinalize"]


def test_the_old_version_goes_within_the_transaction_before_the_new_one_comes(installers: Installers) -> None:
    at = sequence(installers, "InstallExecuteSequence")
    assert at["InstallInitialize"] < at["RemoveExistingProducts"] < at["ProcessComponents"] < at["InstallFiles"]
    assert at["FindRelatedProducts"] < at["LaunchConditions"]
    assert properties(installers)["REINSTALLMODE"] == "amus"


def test_custom_actions_only_set_properties(installers: Installers) -> None:
    """So nothing of ours runs with the installer's rights, and nothing can fail in an upgrade."""
    kinds = {row["Action"]: row["Type"] for row in rows(installers.current, "CustomAction")}
    assert set(kinds.values()) == {"51", "307"}
    in_both = set(sequence(installers, "InstallUISequence")) & set(kinds)
    assert {each for each, kind in kinds.items() if kind == "307"} == in_both, "what is settled once stays settled"


def test_it_refuses_what_it_cannot_install(installers: Installers) -> None:
    conditions = [row["Condition"] for row in rows(installers.current, "LaunchCondition")]
    assert "NOT WIX_DOWNGRADE_DETECTED" in conditions
    assert "Installed OR (VersionNT64 AND BUILDNUMBER >= 17763)" in conditions
    assert "Installed OR AUTOSTART = 0 OR AUTOSTART = 1" in conditions


def test_autostart_and_desktop_shortcut_are_choices(installers: Installers) -> None:
    components = {row["Component"]: row for row in rows(installers.current, "Component")}
    chosen = {name: row["Condition"] for name, row in components.items() if row["Condition"]}
    assert chosen == {"autostart": "AUTOSTART = 1", "desktop": "DESKTOPSHORTCUT = 1"}
    program = f'"[INSTALLDIR]{EXECUTABLE}"'
    run = registry(installers)[r"Software\Microsoft\Windows\CurrentVersion\Run", "PDM Desktop"]
    assert run == (f"{program} --tray", "autostart")


def test_links_open_the_program(installers: Installers) -> None:
    written = registry(installers)
    key = rf"Software\Classes\{SCHEME}"
    assert (key, "URL Protocol") in written
    assert written[rf"{key}\shell\open\command", ""][0] == f'"[INSTALLDIR]{EXECUTABLE}" -- "%1"'


def test_the_registry_says_what_is_installed(installers: Installers) -> None:
    names = {name for key, name in registry(installers) if key == INSTALLED_KEY}
    assert names == {"ServerUrl", "Workspace", "Autostart", "DesktopShortcut", "InstallDir", "Version"}
    assert registry(installers)[INSTALLED_KEY, "Version"][0] == version_after(VERSION)


def test_shortcuts_carry_the_identity_of_the_program(installers: Installers) -> None:
    said = {
        row["Shortcut_"]: (row["PropertyKey"], row["PropVariantValue"])
        for row in rows(installers.current, "MsiShortcutProperty")
    }
    assert said == dict.fromkeys(("startMenu", "onDesktop"), ("System.AppUserModel.ID", APP_ID))
    shortcuts = {row["Shortcut"]: row for row in rows(installers.current, "Shortcut")}
    assert shortcuts["startMenu"]["Directory_"] == "ProgramMenuFolder"
    assert {row["Target"] for row in shortcuts.values()} == {f"[INSTALLDIR]{EXECUTABLE}"}
    assert {row["Icon_"] for row in shortcuts.values()} == {""}  # Windows takes the program's own, and keeps no copy


def test_every_component_belongs_to_the_one_feature(installers: Installers) -> None:
    components = {row["Component"] for row in rows(installers.current, "Component")}
    told = {(row["Feature_"], row["Component_"]) for row in rows(installers.current, "FeatureComponents")}
    assert told == {("Seat", component) for component in components}


def test_a_publisher_may_have_any_letters_and_a_server_be_stamped_in(tmp_path: Path) -> None:
    publisher = 'M\u00fcller & S\u00f6hne "CNC", O\'Neil'
    for name in ("stage/a.txt", EXECUTABLE, "launcher.ico"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"anything")
    made, given = tmp_path / "a.msi", {"SERVER_URL": "https://pdm.example:8443"}
    stage = Stage(tmp_path / "stage", {})
    make(made, stage, made=tmp_path, version="1.2.3", manufacturer=publisher, given=given)
    said = {row["Property"]: row["Value"] for row in rows(made, "Property")}
    assert said["Manufacturer"] == publisher
    assert said["SERVER_URL"] == "https://pdm.example:8443"
    page = subprocess.run(["msiinfo", "export", str(made), "_ForceCodepage"], capture_output=True, check=True).stdout
    assert page.split()[0] == b"65001"


def test_every_name_has_a_short_one_of_its_own(installers: Installers) -> None:
    folders = {row["Component"]: row["Directory_"] for row in rows(installers.current, "Component")}
    names = [(folders[row["Component_"]], row["FileName"]) for row in rows(installers.current, "File")]
    names += [(row["Directory_Parent"], row["DefaultDir"]) for row in rows(installers.current, "Directory")]
    fixed = (".", "SourceDir")
    short = [(folder, name.partition("|")[0].upper()) for folder, name in names if name not in fixed]
    assert len(set(short)) == len(short) > 500
    assert all(name.isascii() for _, name in names)
    assert not [name for _, name in short if len(name.partition(".")[0]) > 8 or len(name.partition(".")[2]) > 3]


def test_what_updates_left_goes_with_the_program_and_not_while_an_update_is_installed_from_there(
    installers: Installers,
) -> None:
    """`UPGRADINGPRODUCTCODE` is set where a newer version removes this one. Wine sets none: it is not tried there."""
    found = rows(installers.current, "RemoveFile")
    assert {row["FileName"].rpartition("|")[2] for row in found} == {COPIES, installers.current.name, LOG, ""}
    assert {row["DirProperty"] for row in found} == {"UPDATES"}
    order = {row["Action"]: row for row in rows(installers.current, "InstallExecuteSequence")}
    assert order["findUpdates"]["Condition"] == 'REMOVE="ALL" AND NOT UPGRADINGPRODUCTCODE'
    assert int(order["findUpdates"]["Sequence"]) < int(order["RemoveFiles"]["Sequence"])
    told = {row["Action"]: row["Target"] for row in rows(installers.current, "CustomAction")}
    assert told["findUpdates"] == rf"[ProgramFiles64Folder]{UPDATES_FOLDER}" + "\\"
