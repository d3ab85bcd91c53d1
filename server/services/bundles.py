"""Many files at once, only read: each by the rights of its own, all in one snapshot."""

from collections.abc import Sequence

from sqlalchemy import Connection

from server.domain.errors import NotFound, ProblemError
from server.domain.session import Session
from server.protocol.calls import FileState, RevisionWanted
from server.protocol.vault import Revision
from server.services.listing import revision_of
from server.services.reading import epoch_of
from server.services.rights import NO_FILE, readable_vaults
from server.services.stored import StoredFile, find_files


def states_of(connection: Connection, session: Session, file_ids: Sequence[str]) -> list[FileState]:
    """Those of the files that there are and that may be read, deleted or not, in the order asked for."""
    seqs = _readable(connection, session)
    epoch = epoch_of(connection)
    known = find_files(connection, file_ids)
    found = [each for file_id in file_ids if (each := known.get(file_id)) is not None and each.vault in seqs]
    return [
        FileState(epoch=epoch, vault=each.vault, seq=seqs[each.vault], file=each.file, deleted=each.deleted is not None)
        for each in found
    ]


def revisions_of(
    connection: Connection, session: Session, wanted: Sequence[RevisionWanted]
) -> list[Revision | ProblemError]:
    """For each the revision, or what a call for it alone would be refused with (NotFound, Invalid)."""
    vaults = _readable(connection, session)
    known = find_files(connection, [each.file for each in wanted])
    readable = {file_id: found for file_id, found in known.items() if found.vault in vaults}
    return [_revision(connection, session, each, readable.get(each.file)) for each in wanted]


def _revision(
    connection: Connection, session: Session, wanted: RevisionWanted, found: StoredFile | None
) -> Revision | ProblemError:
    if found is None:
        return NotFound(NO_FILE)
    if found.file.head.number == wanted.revision:
        return found.file.head
    try:
        _, revision = revision_of(connection, session, wanted.file, wanted.revision)
    except ProblemError as refused:
        return refused
    return revision


def _readable(connection: Connection, session: Session) -> dict[str, int]:
    """The newest seq of each vault that may be read."""
    vaults = readable_vaults(connection, person_id=session.person_id, administrator=session.administrator)
    return {each.id: each.seq for each in vaults}
