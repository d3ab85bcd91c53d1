"""New files, one or many: all of them or none."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert

from server.bus.base import VaultHint
from server.domain.errors import Invalid
from server.domain.permissions import Action
from server.domain.revisions import FIRST
from server.domain.session import Session
from server.domain.text import optional_lines
from server.domain.vault_rules import require_name, require_size
from server.protocol.calls import AddFile, AddFiles, FileState, FileStates
from server.protocol.events import FileAdded
from server.protocol.names import same_key
from server.protocol.vault import File, Revision
from server.services.checkin import revision_row
from server.services.identity import new_id
from server.services.naming import allowed_path, require_free
from server.services.outcome import Outcome
from server.services.record import Place, entry_of, record
from server.services.rights import vault_for
from server.services.uploads import require_content, uploads_of
from server.storage.tables import file, revision


def add_file(
    connection: Connection, session: Session, vault_id: str, wish: AddFile, *, at: datetime
) -> Outcome[FileState]:
    """One new file. Raises what `add_files` raises."""
    [added], now = _add(connection, session, vault_id, [wish], at=at)
    state = FileState(epoch=now.epoch, vault=vault_id, seq=now.seq, file=added)
    return Outcome(state, (VaultHint(vault_id, now.seq),))


def add_files(
    connection: Connection, session: Session, vault_id: str, wish: AddFiles, *, at: datetime
) -> Outcome[FileStates]:
    """Several new files, each Rev 1.0.

    Raises NotFound, NotArrived, Forbidden, ForbiddenPath, AgainstRule, NameTaken, Gone, WrongHash, Invalid.
    """
    if not wish.files:
        raise Invalid("There is no file in this call. Name at least one.")
    added, now = _add(connection, session, vault_id, wish.files, at=at)
    states = FileStates(epoch=now.epoch, vault=vault_id, seq=now.seq, files=added)
    return Outcome(states, (VaultHint(vault_id, now.seq),))


def _add(
    connection: Connection, session: Session, vault_id: str, wishes: Sequence[AddFile], *, at: datetime
) -> tuple[list[File], Place]:
    home = vault_for(connection, session, vault_id, Action.CHANGE)
    paths = [allowed_path(wish.path) for wish in wishes]
    for path, wish in zip(paths, wishes, strict=True):
        require_name(home, path)
        require_size(home, path, wish.size)
    require_free(connection, vault_id, paths)
    uploads = uploads_of(connection, session, {wish.upload for wish in wishes})
    files = []
    for path, wish in zip(paths, wishes, strict=True):
        content = require_content(uploads.get(wish.upload), path=path, size=wish.size, content_hash=wish.hash, at=at)
        first = Revision(
            major=FIRST.major,
            minor=FIRST.minor,
            size=content.size,
            hash=content.hash,
            author=session.person,
            at=at,
            comment=optional_lines(wish.comment, "comment"),
        )
        files.append(File(id=new_id(at), path=path, head=first))
    connection.execute(insert(file), [_file_row(vault_id, each) for each in files])
    connection.execute(insert(revision), [revision_row(session, each.id, each.head) for each in files])
    entries = [
        entry_of(session, "added", at=at, vault_id=vault_id, file_id=each.id, path=each.path, hash=each.head.hash)
        for each in files
    ]
    events = [FileAdded(file=each, by=session.person) for each in files]
    return files, record(connection, vault_id, events, entries=entries, at=at)


def _file_row(vault_id: str, added: File) -> dict[str, object]:
    return {
        "id": added.id,
        "vault": vault_id,
        "path": added.path,
        "path_key": same_key(added.path),
        "major": added.head.major,
        "minor": added.head.minor,
        "token": 0,
    }
