"""docs/deploy-windows.md and the code say the same: an administrator copies what stands there."""

import math
import re
import shlex
from dataclasses import fields

import pytest

from develop.checkout import ROOT
from develop.commands import TEST_HELP
from develop.installer import lock
from develop.installer.__main__ import parser as build_parser
from develop.installer.settings import FORGET, SETTINGS
from develop.installer.stage import OWN_RUNTIME
from pdm_desktop import log, machine
from pdm_desktop.app.update_install import LOG, Verdict
from pdm_desktop.app.update_words import FLAG
from pdm_desktop.machine import Policy
from pdm_desktop.product import (
    APP_ID,
    EXECUTABLE,
    INSTALLED_KEY,
    NAME,
    POLICY_KEY,
    SCHEME,
    UPDATES_FOLDER,
    UPGRADE_CODE,
    installer_name,
)
from server.cli.arguments import parser as server_parser
from tests.support.registry import Registry

PAGE = ROOT / "docs" / "deploy-windows.md"
DOCS = PAGE.read_text(encoding="utf-8")
CODE = [line for block in re.findall(r"```\w+\n(.*?)```", DOCS, re.DOTALL) for line in block.splitlines()]
CODE += re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", DOCS, flags=re.DOTALL))
"""Each line and each piece that is written as code."""
SOURCE = (ROOT / "packaging" / "windows" / "product.wxs").read_text(encoding="utf-8")
OF_WINDOWS = {"REINSTALL"}
"""Properties that Windows Installer itself knows."""
PROPERTIES = "property | default | remembered | taken back by | meaning"
POLICIES = "policy | type | from | to | meaning"
PROGRAMS = {EXECUTABLE, "msiexec.exe", "python.exe", "IntuneWinAppUtil.exe"}
RUN_KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"
UNINSTALL_KEY = r"Software\Microsoft\Windows\CurrentVersion\Uninstall"
KNOWN = (INSTALLED_KEY, POLICY_KEY, RUN_KEY, UNINSTALL_KEY, rf"Software\Classes\{SCHEME}")
PAGE_LINES, PAGE_COLUMNS = 60, 110
"""What a printed page takes, as a browser prints it in a usual size."""


def rows(head: str) -> list[list[str]]:
    """The cells of each line of the table with that head."""
    before, found, after = DOCS.partition(f"\n| {head} |\n")
    assert found, f"there is no table {head}"
    table = after.split("\n\n", 1)[0]
    assert before
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[1:]]


def firsts(head: str) -> list[str]:
    """The first cells of a table, without the marks of code."""
    return [cells[0].strip("`") for cells in rows(head)]


def section(title: str) -> str:
    """What stands below a heading of the second level."""
    return DOCS.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def commands(program: str) -> list[list[str]]:
    """The words after a program, wherever it stands in code."""
    return [shlex.split(piece.split(program, 1)[1]) for piece in CODE if program in piece]


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    made = Registry()
    monkeypatch.setattr(machine, "values_of", made.values_of)
    return made


def test_every_property_is_described_with_its_default_and_how_to_take_it_back() -> None:
    shown = {name.strip("`"): (default, back) for name, default, _, back, _ in rows(PROPERTIES)}
    usual = {each.name: f"`{each.default}`" if each.default else "none" for each in SETTINGS}
    usual["INSTALLDIR"] = rf"`C:\Program Files\{NAME}`"
    back = {each.name: f"`{each.name}={FORGET}`" for each in SETTINGS if each.may_be_forgotten}
    back |= {each.name: f"`{each.name}={each.default}`" for each in SETTINGS if each.default}
    back["INSTALLDIR"] = "an uninstall"
    assert shown == {name: (default, back[name]) for name, default in usual.items()}


def test_nobody_is_told_a_property_that_there_is_not() -> None:
    told = {name for piece in CODE for name in re.findall(r"(?<![\w-])([A-Z][A-Z_]{3,})=", piece)}
    assert told - OF_WINDOWS - {OWN_RUNTIME} == {each.name for each in SETTINGS}


def test_what_the_installer_writes_down_is_described() -> None:
    written = re.findall(r'Key="\$\(var\.Key\)" Name="(\w+)"[^>]*Value="([^"]*)"', SOURCE)
    described = [(name.strip("`"), holds.strip("`")) for name, holds in rows("value | holds")]
    told = {name: value.strip("[]") for name, value in written}
    assert {name for name, _ in described} == set(told)
    assert {name: holds for name, holds in described if holds.isupper()} == {
        name: value for name, value in told.items() if value in {each.name for each in SETTINGS} - {"INSTALLDIR"}
    }


def test_places_in_the_registry_are_those_of_installer_and_seat() -> None:
    named = [each for piece in CODE for each in re.findall(r"(?:HKLM:?|HKEY_LOCAL_MACHINE)\\([^`\"\]']+)", piece)]
    below = {each: [key for key in KNOWN if each.casefold().startswith(key.casefold())] for each in named}
    assert not [each for each, keys in below.items() if not keys]
    assert {key for keys in below.values() for key in keys} == set(KNOWN)
    written = set(re.findall(r'Key="((?!\$)[^"]*?)(?:\\DefaultIcon|\\shell[^"]*)?"', SOURCE))
    written = {key.replace("$(var.Scheme)", SCHEME) for key in written if key.startswith("Software\\")}
    assert written - {r"SOFTWARE\Microsoft\Windows NT\CurrentVersion"} <= set(KNOWN)


def test_program_and_its_id_are_called_as_they_are() -> None:
    assert f"AppUserModelID `{APP_ID}`" in DOCS
    assert rf"`C:\Program Files\{NAME}\{EXECUTABLE}`" in DOCS
    assert set(re.findall(r"\w+\.exe", DOCS)) == PROGRAMS


def test_the_installer_is_called_as_its_build_calls_it() -> None:
    named = set(re.findall(r"PDM-Desktop-(\d[^\s\"`]*)-x64\.msi", DOCS))
    assert named
    assert all(f"PDM-Desktop-{version}-x64.msi" == installer_name(version) for version in named)


def test_codes_and_the_oldest_windows_are_those_of_the_installer() -> None:
    upgrade = re.search(r'UpgradeCode="([^"]+)"', SOURCE)
    oldest = re.search(r"BUILDNUMBER &gt;= (\d+)", SOURCE)
    assert upgrade is not None
    assert oldest is not None
    assert f"{{{upgrade[1]}}}" == UPGRADE_CODE, "by which the seat knows its own updates"
    assert f"upgrade code is `{UPGRADE_CODE}`" in DOCS
    assert f"(build {oldest[1]})" in DOCS


def test_every_policy_is_described() -> None:
    of_seat = {"".join(part.capitalize() for part in each.name.split("_")) for each in fields(Policy)}
    assert set(firsts(POLICIES)) == of_seat - {"Server"} | {"ServerUrl"}


@pytest.mark.parametrize(
    ("name", "kind", "least", "most"), [[cells[0].strip("`"), *cells[1:4]] for cells in rows(POLICIES)]
)
def test_the_bounds_of_a_policy_are_those_of_the_seat(
    name: str, kind: str, least: str, most: str, registry: Registry
) -> None:
    def is_wrong(value: object) -> bool:
        registry.keys[POLICY_KEY] = {name: value}
        return bool(machine.read(variables={}).wrong)

    if kind == "text":
        assert (least, most) == ("", "")
        assert is_wrong(5)
        return
    assert not is_wrong(least)
    assert not is_wrong(most)
    assert is_wrong(str(int(most) + 1))
    assert is_wrong("-1")
    assert float(least) == 0 or is_wrong(str(float(least) / 2))


def test_the_file_to_import_has_every_policy_and_nothing_wrong(registry: Registry) -> None:
    text = re.search(r"```reg\n(.*?)```", DOCS, re.DOTALL)
    assert text is not None
    assert f"[HKEY_LOCAL_MACHINE\\{POLICY_KEY}]" in text[1]
    values: dict[str, object] = {}
    for name, written, number in re.findall(r'^"(\w+)"=(?:"(.*)"|dword:([0-9a-f]{8}))$', text[1], re.MULTILINE):
        values[name] = int(number, 16) if number else written.replace(r"\\", "\\")
    registry.keys[POLICY_KEY] = values
    read = machine.read(variables={"USERNAME": "anna"})
    assert set(values) == set(firsts(POLICIES))
    # Outside Windows no path begins with a drive.
    assert [each for each in read.wrong if "whole path" not in each] == []
    assert read.policy.recovery_days == values["RecoveryDays"]


def test_the_build_is_described_option_by_option() -> None:
    known = {word for action in build_parser()._actions for word in action.option_strings if word.startswith("--")}
    assert set(firsts("option | meaning")) == known - {"--help"}
    assert OWN_RUNTIME in DOCS


def test_commands_can_be_typed_as_they_stand() -> None:
    builds = commands("packaging/windows/build.py ")
    servers = commands("python -m server ")
    assert len(builds) > 4
    assert len(servers) > 1
    for words in builds:
        build_parser().parse_args(words)
    for words in servers:
        server_parser().parse_args(words)
    for words in commands("dev.py "):
        assert words[0] == "test"
        assert f"  {words[1]} " in TEST_HELP


def test_what_the_program_ends_with_is_described() -> None:
    start = (ROOT / "pdm_desktop" / "app" / "start.py").read_text(encoding="utf-8")
    launcher = (ROOT / "packaging" / "windows" / "launcher.c").read_text(encoding="utf-8")
    codes = {"0", "1", *re.findall(r"^[A-Z_]+ = (\d+)$", start, re.MULTILINE)}
    named = re.search(r"enum \{(.*?)\}", launcher)
    assert named is not None
    codes |= set(re.findall(r"= (\d+)", named[1]))
    assert set(firsts("code | means")) == codes
    assert len(codes) == 8


def test_how_an_update_ended_is_described() -> None:
    assert set(firsts(f"`{EXECUTABLE} {FLAG}` ends with | means")) == {str(each.value) for each in Verdict}
    assert rf"`C:\Program Files\{UPDATES_FOLDER}\{LOG}`" in DOCS


def test_publishers_and_unsigned_files_are_those_that_the_build_goes_by() -> None:
    locked = lock.read()
    packages = (locked.runtime, *locked.wheels)
    listed = [name for name in firsts("publisher | files") if not name.startswith("yours")]
    assert set(listed) == {each.publisher for each in packages if each.publisher}
    assert set(firsts("unsigned, below `lib`")) == {name for each in packages for name in each.unsigned}


def test_the_log_is_where_the_seat_writes_it() -> None:
    assert rf"`%LOCALAPPDATA%\{NAME}\{log.FILE}`" in DOCS
    assert f"of {log.LARGEST / 1e6:g} MB each" in DOCS


def test_the_acceptance_sheet_is_one_page_of_boxes() -> None:
    sheet = section("Acceptance sheet").strip().splitlines()
    assert sum(max(1, math.ceil(len(line) / PAGE_COLUMNS)) for line in sheet) <= PAGE_LINES
    assert sum(line.startswith("- [ ] ") for line in sheet) > 15
    assert "Windows 10 / 11" in section("Acceptance sheet")


def test_it_says_plainly_what_it_rests_on() -> None:
    assert "*install-tested in Wine*" in DOCS
    assert "Wine cannot prove:" in section("What Wine shows, and what it cannot")


def test_links_lead_somewhere() -> None:
    heads = {
        re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in re.findall(r"^#+ (.+)$", DOCS, re.MULTILINE)
    }
    for place, anchor in re.findall(r"\]\(([^)#]*)#?([^)]*)\)", DOCS):
        assert anchor in heads or not anchor
        assert (PAGE.parent / place).exists()


def test_others_lead_here() -> None:
    for page in ("README.md", "docs/seat.md", "docs/server.md"):
        assert PAGE.name in (ROOT / page).read_text(encoding="utf-8")
