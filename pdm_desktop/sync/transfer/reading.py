"""A stable read of a file: what it was while it did not change, with its hash."""

from collections.abc import Iterator
from pathlib import PurePath

from blake3 import blake3

from pdm_desktop.core.errors import KeepsChanging, NotHere, Spoiled
from pdm_desktop.sync.ports import Disk, Look
from server.protocol.records import dataclass

READS = 3
"""How often a file that changes meanwhile is read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a file was during one read in which it did not change."""

    size: int
    hash: str
    look: Look


def read_stably(disk: Disk, path: PurePath) -> Content:
    """Size and hash of a file that did not change meanwhile. Raises KeepsChanging, NotHere and what the disk raises."""
    for _ in range(READS):
        before = _present(disk, path)
        digest = blake3()
        size = 0
        for block in disk.blocks(path):
            digest.update(block)
            size += len(block)
        if _present(disk, path) == before and size == before.size:
            return Content(size=size, hash=digest.hexdigest(), look=before)
    raise KeepsChanging(f"{path.name} is being written right now.", advice="Wait until the program has saved it.")


def _present(disk: Disk, path: PurePath) -> Look:
    found = disk.look(path)
    if found is None:
        raise NotHere(f"{path.name} is not in the workspace any more.", advice="Put it back, or undo the check-out.")
    return found


def limited(blocks: Iterator[bytes], size: int) -> Iterator[bytes]:
    """The first bytes, `size` of them. Raises Spoiled when there are fewer: the file was cut meanwhile."""
    left = size
    for block in blocks:
        yield block[:left]
        left -= len(block)
        if left <= 0:
            return
    raise Spoiled("The file became shorter while it was sent.", advice="Try again.")
