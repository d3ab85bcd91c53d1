"""What needs people at their seats, in words."""

from pdm_desktop.core.words import listed, several
from server.protocol.events import Troubles


def told(troubles: Troubles) -> str:
    """`2 files to decide about and the disk is full`."""
    parts = [
        (troubles.absent, "the workspace cannot be seen"),
        (troubles.full, "the disk is full"),
        (troubles.decisions, several(troubles.decisions, "file to decide about", "files to decide about")),
        (troubles.stopped, several(troubles.stopped, "check-in that cannot go on", "check-ins that cannot go on")),
        (troubles.waiting, several(troubles.waiting, "check-in that waits", "check-ins that wait")),
    ]
    return listed([words for so, words in parts if so])
