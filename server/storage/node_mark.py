"""Which node of a server a data folder is: by a file in it that no copy of the folder has."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from server.storage.durable import rename

NAME = "node.id"
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class NodeMark:
    """A node, from one start to the next."""

    id: str
    """Another one for a copy of the folder, and for a folder that was moved to another disk."""
    running: str
    """The same for two processes of that folder on one computer that has not been started anew between them: one at a
    time runs there, so the earlier one has ended. Empty where nobody can tell.
    """


def node_mark_in(data: Path) -> NodeMark:
    """That of a data folder, which is made the first time. Waits for the disk, and raises OSError."""
    place = data / NAME
    if not place.exists():
        half_made = place.with_suffix(".part")
        half_made.write_text(f"{secrets.token_hex(8)}\n", encoding="ascii")
        rename(half_made, place)
    found = place.stat()
    text = place.read_text(encoding="ascii", errors="replace").strip()[:64]
    return NodeMark(f"{text}.{found.st_ino}.{found.st_ctime_ns}", _running(found.st_dev))


def _running(device: int) -> str:
    try:
        boot = _BOOT.read_text(encoding="ascii").strip().replace("-", "")[:16]
    except OSError:
        return ""
    return f"{boot}.{device}."
