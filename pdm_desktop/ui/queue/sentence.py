"""How many check-ins wait, in a few words: for the status bar, the files and the account's menu."""

from collections.abc import Sequence

from pdm_desktop.core import words
from pdm_desktop.core.waiting import Stand, WaitingCheckIn


def waiting_words(queue: Sequence[WaitingCheckIn]) -> str:
    """`2 check-ins wait`, `1 check-in waits, 1 needs you`; empty when there are none."""
    needing = sum(one.stand is Stand.NEEDS_YOU for one in queue)
    waiting = len(queue) - needing
    parts = [f"{words.several(waiting, 'check-in waits', 'check-ins wait')}"] if waiting else []
    if needing:
        noun = "" if parts else "check-in " if needing == 1 else "check-ins "
        parts.append(f"{needing:,} {noun}{'needs' if needing == 1 else 'need'} you")
    return ", ".join(parts)
