"""A restored server may know less than its seats: what becomes of a copy that it has to confirm (N19). Pure."""

from enum import Enum

from server.protocol.records import dataclass
from server.protocol.vault import File, Revision


class Lineage(Enum):
    """What a copy is to a server that was restored."""

    STORED = "stored"
    """The server has the revision that the copy came from: nothing has to be done."""
    ALONE = "alone"
    """The server has no such file: what is here is only here, and may be added as a new file."""
    WORK = "work"
    """The server lacks the revision, and the copy is somebody's work: it stays, as an edit of what the server has."""
    LEFT_OVER = "left over"
    """The server lacks the revision, and nobody works on the copy: it is kept, and what the server has comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """What the server says of a file after it was restored."""

    file: File | None
    """None: there is no such file."""
    is_deleted: bool = False
    revision: Revision | None = None
    """The one with the number that the copy came from; None when there is none."""


def lineage_of(confirmed: Confirmed, *, base_hash: str, is_work: bool) -> Lineage:
    """What becomes of a copy. `is_work`: it is checked out here, or its content is not that of its base."""
    if confirmed.file is None:
        return Lineage.ALONE
    if confirmed.is_deleted:
        return Lineage.STORED  # a clean copy of a deleted file goes to the recovery store in any case
    if confirmed.revision is not None and confirmed.revision.hash == base_hash:
        return Lineage.STORED
    return Lineage.WORK if is_work else Lineage.LEFT_OVER
