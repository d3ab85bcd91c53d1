"""What an administrator may tell the installer, and how it is remembered from one version to the next.

A value that is given wins; else that of the installed version stays; else the default holds. A minus sign takes back
what was given once. So an upgrade needs no properties.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

APP_SEARCH: Final = 50
COST_INITIALIZE: Final = 800
FORGET: Final = "-"


@dataclass(frozen=True)
class Setting:
    """One public property. What the installed version was told is found in `old` (`packaging/windows/product.wxs`)."""

    name: str
    default: str = ""
    may_be_forgotten: bool = False

    @property
    def old(self) -> str:
        """The property into which the installer searches what the installed version was told."""
        return f"OLD_{self.name}"


SETTINGS: Final = (
    Setting("SERVER_URL", may_be_forgotten=True),
    Setting("WORKSPACE", may_be_forgotten=True),
    Setting("AUTOSTART", default="1"),
    Setting("DESKTOPSHORTCUT", default="0"),
    Setting("INSTALLDIR"),  # its default is the folder below Program Files
)


@dataclass(frozen=True)
class Assignment:
    """A custom action that sets a property (type 51), and when."""

    action: str
    target: str
    value: str
    condition: str
    sequence: int


def assignments() -> Iterator[Assignment]:
    """Give the actions that settle the settings, in order: after the search, before anything asks for their values."""
    sequence = APP_SEARCH
    for each in SETTINGS:
        steps = [("keep", f"[{each.old}]", f"NOT {each.name} AND {each.old}")]
        if each.default:
            steps.append(("default", each.default, f"NOT {each.name}"))
        if each.may_be_forgotten:
            steps.append(("forget", "{}", f'{each.name} = "{FORGET}"'))
        for verb, value, condition in steps:
            sequence += 1
            yield Assignment(f"{verb}_{each.name}", each.name, value, condition, sequence)
