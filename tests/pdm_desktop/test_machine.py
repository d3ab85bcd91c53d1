"""What an administrator has said of this computer, from the registry's values to what is in force."""

import sys
from pathlib import Path

import pytest

from pdm_desktop import machine
from pdm_desktop.config import Config
from pdm_desktop.machine import Machine, Policy, expanded
from pdm_desktop.product import INSTALLED_KEY, POLICY_KEY
from tests.support.registry import Registry

ROOT = Path(__file__).parent.absolute()
VARIABLES = {"USERNAME": "anna", "UserProfile": str(ROOT / "anna")}


def test_a_computer_of_which_nobody_has_said_anything_fixes_nothing(registry: Registry) -> None:
    assert machine.read() == Machine()
    assert machine.policy() == Policy()
    known = Config(notices="local", limit_up=2.5, workspace="/files/PDM", server="a")
    assert Policy().over(known) == known


def test_what_the_installer_was_told_is_where_a_seat_begins(registry: Registry) -> None:
    registry.keys[INSTALLED_KEY] = {
        "ServerUrl": "https://pdm.works.example", "Workspace": rf"{ROOT}/%USERNAME%/PDM", "Version": "0.1.0",
    }  # fmt: skip
    found = machine.read(VARIABLES)
    assert found == Machine(server="https://pdm.works.example", workspace=ROOT / "anna" / "PDM")


def test_each_policy_is_read_as_text_or_number_whatever_the_case_of_its_name(registry: Registry) -> None:
    registry.keys[POLICY_KEY] = {
        "serverurl": " https://pdm.works.example ", "Workspace": "%userprofile%", "Notices": "Local",
        "PingInterval": 20, "RecoveryDays": "14", "RecoveryGb": "0.5", "LimitUp": "2.5", "LimitDown": 8, "Autostart": 0,
        "Updates": "0",
    }  # fmt: skip
    found = machine.read(VARIABLES)
    assert found.wrong == ()
    assert found.policy == Policy(
        server="https://pdm.works.example", workspace=ROOT / "anna", notices="local", ping_interval=20.0,
        recovery_days=14, recovery_gb=0.5, limit_up=2.5, limit_down=8.0, autostart=False, updates=False,
    )  # fmt: skip


def test_what_is_fixed_wins_over_the_settings_and_nothing_else_changes(registry: Registry) -> None:
    known = Config(server="a", name="Anna", workspace="/files/PDM", notices="all", recovery_days=7, limit_up=1.0)
    fixed = Policy(server="https://b", notices="none", recovery_days=60, limit_up=0.0)
    assert fixed.over(known) == Config(
        server="a", name="Anna", workspace="/files/PDM", notices="none", recovery_days=60, limit_up=0.0
    )


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("ServerUrl", 7, "it has to be text"),
        ("Workspace", "PDM", "it has to be a whole path, from the drive on"),
        ("Workspace", f"{ROOT}/%NOBODY%", "there is no variable %NOBODY%"),
        ("Workspace", f"{ROOT}/%%USERNAME%%", "%% names no variable"),
        ("Workspace", f"{ROOT}/50% done", "a % stands alone: variables are written as %NAME%"),
        ("Notices", "loud", "it has to be one of all, local, none"),
        ("PingInterval", "0.5", "it has to be from 1.0 to 3600.0, or 0"),
        ("PingInterval", "nan", "it has to be from 1.0 to 3600.0, or 0"),
        ("RecoveryDays", 0, "it has to be from 1 to 36500"),
        ("RecoveryDays", "14.5", "it has to be a whole number"),
        ("RecoveryGb", "inf", "it has to be from 0.001 to 1000000.0"),
        ("LimitUp", "-1", "it has to be from 0 to 10000.0"),
        ("LimitDown", "2,5", "it has to be a number"),
        ("Autostart", "yes", "it has to be 0 or 1"),
        ("Updates", 2, "it has to be 0 or 1"),
    ],
)
def test_one_wrong_value_is_told_and_costs_no_other(registry: Registry, name: str, value: object, why: str) -> None:
    others = {"RecoveryGb": "5"} if name != "RecoveryGb" else {"RecoveryDays": 5}
    registry.keys[POLICY_KEY] = {name: value, **others}
    found = machine.read(VARIABLES)
    kept = Policy(recovery_gb=5.0) if name != "RecoveryGb" else Policy(recovery_days=5)
    assert found == Machine(
        policy=kept, wrong=(rf"{name} in HKEY_LOCAL_MACHINE\{POLICY_KEY} is “{value}”, but {why}.",)
    )


def test_a_value_without_content_counts_as_not_set(registry: Registry) -> None:
    registry.keys[POLICY_KEY] = {"ServerUrl": "", "Notices": ""}
    assert machine.read() == Machine()


def test_a_key_that_may_not_be_read_is_told_and_the_other_one_holds(registry: Registry) -> None:
    registry.keys[POLICY_KEY] = PermissionError(13, "Access is denied")
    registry.keys[INSTALLED_KEY] = {"ServerUrl": "https://pdm"}
    wrong = (rf"HKEY_LOCAL_MACHINE\{POLICY_KEY} cannot be read: Access is denied.",)
    assert machine.read() == Machine(server="https://pdm", wrong=wrong)


def test_variables_are_found_in_any_case_and_what_they_hold_is_no_variable_again() -> None:
    assert expanded("D:/PDM/%username%-%UserName%", {"Username": "%X%"}) == "D:/PDM/%X%-%X%"
    assert expanded("D:/PDM", {}) == "D:/PDM"


@pytest.mark.skipif(sys.platform != "win32", reason="the registry is Windows'")
def test_the_registry_itself_is_read() -> None:
    version = machine.values_of(r"SOFTWARE\Microsoft\Windows NT\CurrentVersion")
    assert str(version["CurrentBuild"]).isdecimal()
    assert machine.values_of(r"Software\PDM Desktop that nobody has installed") == {}
