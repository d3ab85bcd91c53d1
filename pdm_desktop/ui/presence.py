"""The signs of presence: a full disc is online, half a disc away, a ring offline; and the words beside them."""

from datetime import datetime
from typing import Final

from PySide6.QtGui import QIcon

from pdm_desktop.core import words
from pdm_desktop.core.office.presence import Presence, person_words, presence_of
from pdm_desktop.ui import icons
from pdm_desktop.ui.rows import Cell
from pdm_desktop.ui.theme import Tone

SIGNS: Final = {
    Presence.ONLINE: ("presence_online", Tone.GOOD),
    Presence.AWAY: ("presence_away", Tone.WARN),
    Presence.OFFLINE: ("presence_offline", Tone.SECOND),
}
"""The icon and the ink of each sign."""


def presence_icon(*, online: bool, away: datetime | None) -> QIcon:
    """The sign of somebody."""
    return icons.icon(*SIGNS[presence_of(online=online, away=away)])


def presence_cell(*, online: bool, away: datetime | None, seen: datetime | None, now: datetime) -> Cell:
    """The sign and the words of somebody who is here, or was."""
    said = person_words(online=online, away=away, seen=seen, now=now)
    tip = "" if seen is None else f"Last in contact {words.full_time(seen, now)}"
    if online and away is not None:
        tip = f"Nobody has touched the computer since {words.full_time(away, now)}"
    return Cell(text=said, icon=presence_icon(online=online, away=away), tip=tip)
