r"""What an administrator has said of this computer: where a seat begins, and what is fixed for everybody.

On Windows it is in the registry below HKEY_LOCAL_MACHINE, where only administrators may write: `Software\PDM Desktop`
is what the installer was told, `Software\Policies\PDM Desktop` holds the policies. Elsewhere there is no such place.
"""

import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar

from pdm_desktop.config import LEAST_DAYS, LEAST_GB, LEAST_PING, MOST_DAYS, MOST_GB, MOST_PING, Config
from pdm_desktop.product import INSTALLED_KEY, POLICY_KEY
from server.protocol.records import dataclass

NOTICES: Final = ("all", "local", "none")
"""What the policy `Notices` may say."""
_SETTINGS: Final = ("notices", "ping_interval", "recovery_days", "recovery_gb", "limit_up", "limit_down")
"""What can be fixed as it stands in `seat.json`, under the same names."""
MOST_LIMIT: Final = 10_000.0
"""Megabytes a second that a limit can be, as in its window."""
_VARIABLE: Final = re.compile(r"%([^%]*)%?")

T = TypeVar("T")
N = TypeVar("N", int, float)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is fixed for everybody at this computer. None, or an empty server: that is the person's own choice."""

    server: str = ""
    """The address, as the administrator wrote it."""
    workspace: Path | None = None
    notices: str | None = None
    ping_interval: float | None = None
    recovery_days: int | None = None
    recovery_gb: float | None = None
    limit_up: float | None = None
    limit_down: float | None = None
    autostart: bool = True
    """Whether a seat may start by itself when somebody signs in to Windows."""
    updates: bool = True
    """Whether the seat offers updates itself; False where something else brings them."""

    def over(self, known: Config) -> Config:
        """The settings that are in force: somebody's own, but for what is fixed. Never keep them as somebody's."""
        fixed: dict[str, Any] = {name: getattr(self, name) for name in _SETTINGS}
        changes = {name: value for name, value in fixed.items() if value is not None}
        return replace(known, **changes)


NOTHING_FIXED: Final = Policy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """All that an administrator has said. `wrong` has a sentence for each value that counts as not set."""

    server: str = ""
    """The address that a seat begins with, as the installer was told."""
    workspace: Path | None = None
    """The folder that a seat begins with."""
    policy: Policy = NOTHING_FIXED
    wrong: tuple[str, ...] = ()


if sys.platform == "win32":
    import winreg

    def values_of(key: str) -> dict[str, object]:
        """The values of a key below HKEY_LOCAL_MACHINE; none where there is no such key. Raises OSError.

        The view of 64 bits whatever this Python is: there the installer and group policies write.
        """
        try:
            opened = winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key, 0, winreg.KEY_READ | winreg.KEY_WOW64_64KEY)
        except FileNotFoundError:
            return {}
        with opened:
            count = winreg.QueryInfoKey(opened)[1]
            return {name: value for name, value, _ in (winreg.EnumValue(opened, at) for at in range(count))}

else:

    def values_of(_key: str) -> dict[str, object]:
        """Nothing: only Windows has a registry."""
        return {}


def policy() -> Policy:
    """What is fixed now. Wrong values count as not set."""
    return read().policy


def read(variables: Mapping[str, str] = os.environ) -> Machine:
    """All that an administrator has said, as it stands now. `variables` are those that a folder may name."""
    begin = _Key(INSTALLED_KEY)
    fixed = _Key(POLICY_KEY)
    folder = lambda value: _folder(_text(value), variables)  # noqa: E731 - said once, used twice below
    made = Machine(
        server=begin.value("ServerUrl", _text) or "",
        workspace=begin.value("Workspace", folder),
        policy=Policy(
            server=fixed.value("ServerUrl", _text) or "",
            workspace=fixed.value("Workspace", folder),
            notices=fixed.value("Notices", _notices),
            ping_interval=fixed.value("PingInterval", _between(LEAST_PING, MOST_PING, float, or_zero=True)),
            recovery_days=fixed.value("RecoveryDays", _between(LEAST_DAYS, MOST_DAYS, int)),
            recovery_gb=fixed.value("RecoveryGb", _between(LEAST_GB, MOST_GB, float)),
            limit_up=fixed.value("LimitUp", _between(0, MOST_LIMIT, float)),
            limit_down=fixed.value("LimitDown", _between(0, MOST_LIMIT, float)),
            autostart=fixed.value("Autostart", _switch) is not False,
            updates=fixed.value("Updates", _switch) is not False,
        ),
    )
    return replace(made, wrong=(*begin.wrong, *fixed.wrong))


def expanded(text: str, variables: Mapping[str, str] = os.environ) -> str:
    """A text with each `%NAME%` replaced by that variable; case does not count. Raises ValueError, which says why."""
    known = {name.upper(): value for name, value in variables.items()}

    def replaced(found: re.Match[str]) -> str:
        if not found[0].endswith("%") or len(found[0]) == 1:
            raise ValueError("a % stands alone: variables are written as %NAME%")
        if not found[1]:
            raise ValueError("%% names no variable")
        if found[1].upper() not in known:
            raise ValueError(f"there is no variable {found[0]}")
        return known[found[1].upper()]

    return _VARIABLE.sub(replaced, text)


class _Key:
    """The values of one key, by their names in whatever case; what is wrong with them gathers in `wrong`."""

    def __init__(self, key: str) -> None:
        self._key = key
        self.wrong: list[str] = []
        try:
            self._values = {name.casefold(): value for name, value in values_of(key).items()}
        except OSError as error:
            self._values = {}
            self.wrong.append(f"{self._place} cannot be read: {error.strerror or error}.")

    def value(self, name: str, read_as: Callable[[object], T]) -> T | None:
        """The value of that name, or None when it is empty, absent or wrong."""
        found = self._values.get(name.casefold())
        if found is None or found == "":
            return None
        try:
            return read_as(found)
        except ValueError as error:
            self.wrong.append(f"{name} in {self._place} is “{found}”, but {error}.")
            return None

    @property
    def _place(self) -> str:
        return rf"HKEY_LOCAL_MACHINE\{self._key}"


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("it has to be text")
    return value.strip()


def _folder(text: str, variables: Mapping[str, str]) -> Path:
    made = Path(expanded(text, variables))
    if not made.is_absolute():
        raise ValueError("it has to be a whole path, from the drive on")
    return made


def _notices(value: object) -> str:
    text = _text(value).casefold()
    if text not in NOTICES:
        raise ValueError(f"it has to be one of {', '.join(NOTICES)}")
    return text


def _switch(value: object) -> bool:
    if str(value).strip() not in ("0", "1"):
        raise ValueError("it has to be 0 or 1")
    return str(value).strip() == "1"


def _between(least: float, most: float, kind: Callable[[str], N], *, or_zero: bool = False) -> Callable[[object], N]:
    """A number that makes sense: the settings' own bounds hold for administrators as well."""

    def read_as(value: object) -> N:
        try:
            number = kind(str(value).strip())
        except ValueError as error:
            raise ValueError("it has to be a whole number" if kind is int else "it has to be a number") from error
        if not (least <= number <= most or (or_zero and number == 0)):
            raise ValueError(f"it has to be from {least} to {most}{', or 0' if or_zero else ''}")
        return number

    return read_as
