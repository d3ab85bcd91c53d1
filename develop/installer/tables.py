"""What wixl leaves out of an installer's tables, as statements that put it there.

Each function returns SQL in the small dialect of Windows Installer, which `msibuild` knows. Where a rule comes from is
Microsoft's documentation of the table that the statement names.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from develop.installer.settings import SETTINGS, assignments
from pdm_desktop.app.update_install import COPIES, LOG
from pdm_desktop.product import APP_ID, UPDATES_FOLDER, installer_name

REMOVE_EXISTING: Final = 1510
"""Behind InstallInitialize (1500): an upgrade that fails puts the old version back. wixl's place, before it, would
leave nothing installed."""
COST_FINALIZE: Final = 1000
TRANSITIVE: Final = 64
"""An attribute of components: ask their condition again when the same version is installed anew."""
CONDITIONS: Final = {"autostart": "AUTOSTART = 1", "desktop": "DESKTOPSHORTCUT = 1"}
SHORTCUTS: Final = ("startMenu", "onDesktop")
SEQUENCES: Final = ("InstallExecuteSequence", "InstallUISequence")
SETS: Final = 51
"""The type of a custom action that sets a property."""
SETS_FIRST: Final = SETS + 256
"""The same, in the first sequence alone (msidbCustomActionTypeFirstSequence)."""
AT_UNINSTALL: Final = 2
"""msidbRemoveFileInstallModeOnRemove."""
NEUTRAL: Final = "0"
"""The language of a file that is in none."""
SHORT: Final = re.compile(r"[A-Za-z0-9_-]{1,8}(\.[A-Za-z0-9_-]{1,3})?")


def versions(of_files: Mapping[str, str]) -> list[str]:
    """Return what gives each file, by its row's name, the version in its resources; a file without one keeps its hash.

    Without it Windows takes the file on disk for newer than the one that comes, and an upgrade loses it.
    """
    made = []
    for row, version in of_files.items():
        made.append(f"UPDATE `File` SET `Version`='{version}', `Language`='{NEUTRAL}' WHERE `File`='{row}'")
        made.append(f"DELETE FROM `MsiFileHash` WHERE `File_`='{row}'")
    return made


def conditions(attributes: Mapping[str, int]) -> list[str]:
    """Return what makes components optional; `attributes` are those that wixl gave each component."""
    return [
        f"UPDATE `Component` SET `Condition`='{condition}', `Attributes`={attributes[component] | TRANSITIVE} "
        f"WHERE `Component`='{component}'"
        for component, condition in CONDITIONS.items()
    ]


def settled_settings() -> list[str]:
    """Return the actions that settle what the administrator tells, in both sequences.

    Each acts in the first of them that runs: what was settled before a person's eyes is not settled again behind them,
    where a value that was taken back would be found once more.
    """
    made = []
    for each in assignments():
        row = f"'{each.action}', {SETS_FIRST}, '{each.target}', '{each.value}'"
        made.append(f"INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ({row})")
        made += [_sequenced(table, each.action, each.condition, each.sequence) for table in SEQUENCES]
    return made


def properties(secure: Sequence[str], given: Mapping[str, str]) -> list[str]:
    """Return what lets the settings through to the elevated half, and values that are stamped into this installer.

    `secure` are the names that wixl put there already.
    """
    names = ";".join([*secure, *(each.name for each in SETTINGS)])
    made = [f"UPDATE `Property` SET `Value`='{names}' WHERE `Property`='SecureCustomProperties'"]
    for name, value in given.items():
        made.append(f"INSERT INTO `Property` (`Property`, `Value`) VALUES ('{name}', '{_quoted(value)}')")
    return made


def places() -> list[str]:
    """Return what removes an old version inside the transaction, and tells the list of programs where this one lies."""
    return [
        f"UPDATE `InstallExecuteSequence` SET `Sequence`={REMOVE_EXISTING} WHERE `Action`='RemoveExistingProducts'",
        *_told("tellPlace", "ARPINSTALLLOCATION", "[INSTALLDIR]", "", COST_FINALIZE + 1),
    ]


def leftovers(version: str) -> list[str]:
    """Return what removes, at an uninstall of this version, the folder that updates are installed from.

    Its place is told then alone, and not when a newer version takes the place of this one, which may be coming from
    there: without a place Windows Installer removes nothing (its RemoveFile table).
    """
    folder = f"[ProgramFiles64Folder]{UPDATES_FOLDER}\\"
    columns = "`FileKey`, `Component_`, `FileName`, `DirProperty`, `InstallMode`"
    own = installer_name(
        version
    )  # by its name as well: not every Windows Installer, as Wine's, knows the asterisk here
    named = {"updateCopies": COPIES, "updateCopy": f"{short_name('updateCopy', own)}|{own}", "updateLog": LOG}
    files = [f"'{row}', 'program', '{name}', 'UPDATES', {AT_UNINSTALL}" for row, name in named.items()]
    itself = f"'updateFolder', 'program', 'UPDATES', {AT_UNINSTALL}"  # no file's name: the folder
    return [
        *_told("findUpdates", "UPDATES", folder, 'REMOVE="ALL" AND NOT UPGRADINGPRODUCTCODE', COST_FINALIZE + 2),
        *(f"INSERT INTO `RemoveFile` ({columns}) VALUES ({each})" for each in files),
        f"INSERT INTO `RemoveFile` ({columns.replace('`FileName`, ', '')}) VALUES ({itself})",
    ]


def shortcut_properties() -> list[str]:
    """Return what makes shortcut and running program one to Windows: for toasts, and for the task bar."""
    columns = "`MsiShortcutProperty`, `Shortcut_`, `PropertyKey`, `PropVariantValue`"
    kinds = (
        "`MsiShortcutProperty` CHAR(72) NOT NULL, `Shortcut_` CHAR(72) NOT NULL, "
        "`PropertyKey` CHAR(255) NOT NULL, `PropVariantValue` CHAR(255) NOT NULL PRIMARY KEY `MsiShortcutProperty`"
    )
    rows = [f"'{each}Id', '{each}', 'System.AppUserModel.ID', '{APP_ID}'" for each in SHORTCUTS]
    return [
        f"CREATE TABLE `MsiShortcutProperty` ({kinds})",
        *(f"INSERT INTO `MsiShortcutProperty` ({columns}) VALUES ({row})" for row in rows),
    ]


def short_names(table: str, key: str, column: str, names: Iterable[tuple[str, str]]) -> list[str]:
    """Return what gives each name that is not short a short one as well, as Windows Installer's format asks for.

    `names` are the rows' keys and names.
    """
    return [
        f"UPDATE `{table}` SET `{column}`='{short_name(row, name)}|{_quoted(name)}' WHERE `{key}`='{row}'"
        for row, name in names
        if "|" not in name and not SHORT.fullmatch(name) and name not in {".", "SourceDir"}
    ]


def short_name(row: str, name: str) -> str:
    """Return a name of 8 + 3 characters for a row: the same each time, and different for different rows."""
    ending = re.sub(r"[^A-Z0-9]", "", name.rpartition(".")[2].upper())[:3] if "." in name else ""
    stem = hashlib.sha256(row.encode()).hexdigest()[:8].upper()
    return f"{stem}.{ending}" if ending else stem


def _told(action: str, target: str, value: str, condition: str, sequence: int) -> list[str]:
    """Return a custom action that sets a property, and its place."""
    row = f"'{action}', {SETS}, '{target}', '{value}'"
    return [
        f"INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ({row})",
        _sequenced("InstallExecuteSequence", action, condition, sequence),
    ]


def _sequenced(table: str, action: str, condition: str, sequence: int) -> str:
    values = f"'{action}', '{condition}', {sequence}"
    return f"INSERT INTO `{table}` (`Action`, `Condition`, `Sequence`) VALUES ({values})"


def _quoted(text: str) -> str:
    """Windows Installer's SQL has no way to write a quotation mark within a text."""
    if "'" in text:
        raise ValueError(f"{text} has a quotation mark, which cannot be written into the tables")
    return text
