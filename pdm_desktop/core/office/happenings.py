"""What happened lately in vaults, in words, and by which badge it is marked."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pdm_desktop.core.badges import Badge
from server.protocol.calls import Happening, What

_DID: Final[Mapping[What, str]] = MappingProxyType(
    {
        "checked_out": "checked out {it}",
        "transferred": "got {it} from its holder",
        "given": "gave {it} to {to}",
        "checked_in": "checked in {it}",
        "kept": "checked in {it} and keeps it",
        "undone": "undid the check-out of {it}",
        "forced": "released {it} for its holder",
        "added": "added {it}",
        "moved": "moved {it}",
        "folder_moved": "moved the folder {it}",
        "deleted": "deleted {it}",
        "restored": "restored {it}",
    }
)
_BADGES: Final[Mapping[What, Badge]] = MappingProxyType(
    {
        "checked_out": Badge.OTHER,
        "transferred": Badge.OTHER,
        "given": Badge.OTHER,
        "undone": Badge.FREE,
        "forced": Badge.FREE,
    }
)
"""All others brought something new."""


def told(happening: Happening, *, reader: str | None) -> str:
    """`Priya Shah checked in 2210-cover-op10.mcam and 2 more, Rev 3.0`; `reader` is called "You"."""
    who = "You" if happening.by == reader else happening.by
    name = happening.path.rpartition("/")[2]
    it = f"{name} and {happening.more} more" if happening.more else name
    number = f", Rev {happening.number}" if happening.number is not None and not happening.more else ""
    words = _DID[happening.what]
    if happening.what == "kept" and who == "You":
        words = "checked in {it} and keep it"
    to = "you" if happening.to == reader else happening.to or "somebody else"
    return f"{who} {words.format(it=it, to=to)}{number}"


def badge_of(happening: Happening, *, reader: str | None) -> Badge:
    """The badge that stands beside it."""
    badge = _BADGES.get(happening.what, Badge.NEWER)
    return Badge.MINE if badge is Badge.OTHER and (happening.to or happening.by) == reader else badge
