"""Other paths: for one file, or for everything below a folder."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from server.bus.base import VaultHint
from server.domain.errors import Invalid, Locked, NotFound
from server.domain.permissions import Action
from server.domain.session import Session
from server.domain.vault_rules import require_name
from server.protocol.calls import FileState, FolderMove, MoveFile, MoveFolder
from server.protocol.events import FileMoved, FolderMoved
from server.protocol.names import same_key
from server.protocol.vault import Vault
from server.services.change import Change, changed_file, unchanged_file
from server.services.checkout import living_file_at_home_for
from server.services.naming import allowed_path, any_file_below, is_below, require_free
from server.services.outcome import Outcome
from server.services.reading import epoch_of
from server.services.record import entry_of, record
from server.services.rights import vault_for
from server.services.stored import FILES, LOCKED, StoredFile, holder_id, stored_file
from server.services.watches import follow_folder
from server.storage.tables import file

_ON_THE_WAY = "/"
"""What a key begins with between two updates: no path does, so nothing collides half-way."""


def move_file(
    connection: Connection, session: Session, file_id: str, wish: MoveFile, *, at: datetime
) -> Outcome[FileState]:
    """Another path for a file, also one that differs in case alone.

    Raises NotFound, Forbidden, Gone, Locked (by somebody else), ForbiddenPath, AgainstRule, NameTaken.
    """
    home, found = living_file_at_home_for(connection, session, file_id)
    require_nobody_else(session, found)
    path = allowed_path(wish.path)
    if path == found.file.path:
        return unchanged_file(connection, found)
    require_name(home, path, before=found.file.path)
    require_free(connection, found.vault, [path], staying=file.c.id != file_id)
    connection.execute(update(file).where(file.c.id == file_id).values(path=path, path_key=same_key(path)))
    now = replace(found.file, path=path)
    event = FileMoved(file=now, from_=found.file.path, by=session.person)
    entry = entry_of(
        session, "moved", at=at, vault_id=found.vault, file_id=file_id, path=path, came_from=found.file.path
    )
    return changed_file(connection, found.vault, Change(file=now, events=(event,), entry=entry), at=at)


def move_folder(
    connection: Connection, session: Session, vault_id: str, wish: MoveFolder, *, at: datetime
) -> Outcome[FolderMove]:
    """Another path for everything below a folder, in one event. It may join another folder.

    Raises NotFound, Forbidden, Locked (something below is held by somebody else), ForbiddenPath, AgainstRule,
    NameTaken, Invalid.
    """
    view = vault_for(connection, session, vault_id, Action.CHANGE)
    source, target = _spelled(connection, vault_id, wish.path), allowed_path(wish.to)
    if source == target:
        return Outcome(FolderMove(epoch=epoch_of(connection), vault=vault_id, seq=view.seq, files=0))
    source_key = same_key(source)
    if same_key(target).startswith(f"{source_key}/"):
        raise Invalid(f"The folder “{source}” cannot be moved into itself. Choose another place.")
    _require_nobody_else_below(connection, session, vault_id, source_key)
    _require_room(connection, view, source, target)
    moved = _move_all(connection, vault_id, source, target)
    followed = follow_folder(connection, vault_id, source, target)
    event = FolderMoved(from_=source, to=target, by=session.person)
    entry = entry_of(session, "folder_moved", at=at, vault_id=vault_id, path=target, came_from=source, files=moved)
    now = record(connection, vault_id, [event], entries=[entry], at=at)
    answer = FolderMove(epoch=now.epoch, vault=vault_id, seq=now.seq, files=moved)
    return Outcome(answer, (VaultHint(vault_id, now.seq), *followed))


def require_nobody_else(session: Session, found: StoredFile) -> None:
    """Raises Locked when somebody else holds the file."""
    if found.file.lock is not None and found.holder_id != session.person_id:
        raise Locked(found.file.path, found.file.lock)


def _spelled(connection: Connection, vault_id: str, folder: str) -> str:
    """The folder as the vault spells it. Raises NotFound."""
    inside = any_file_below(connection, vault_id, folder)
    if inside is None:
        raise NotFound(f"There is no folder “{folder}” in this vault. It may have been moved meanwhile.", path=folder)
    return "/".join(inside.split("/")[: folder.count("/") + 1])


def _require_nobody_else_below(connection: Connection, session: Session, vault_id: str, source_key: str) -> None:
    held = connection.execute(
        FILES.where(file.c.vault == vault_id, is_below(source_key), LOCKED, holder_id != session.person_id)
        .order_by(file.c.path)
        .limit(1)
    ).one_or_none()
    if held is not None:
        require_nobody_else(session, stored_file(held))


def _require_room(connection: Connection, home: Vault, source: str, target: str) -> None:
    staying = ~is_below(same_key(source))
    paths = connection.execute(
        select(file.c.path).where(file.c.vault == home.id, is_below(same_key(source))).order_by(file.c.path)
    ).scalars()
    targets = []
    for path in paths:
        targets.append(allowed_path(target + path[len(source) :]))
        require_name(home, targets[-1], before=path)
    joined = any_file_below(connection, home.id, target, staying=staying)
    # Where no folder is yet, nothing below it can be taken: looking at the folder's own name is enough.
    require_free(connection, home.id, [target] if joined is None else targets, staying=staying)


def _move_all(connection: Connection, vault_id: str, source: str, target: str) -> int:
    source_key, target_key = same_key(source), same_key(target)
    moved = connection.execute(
        update(file)
        .where(file.c.vault == vault_id, is_below(source_key))
        .values(
            path=target + func.substr(file.c.path, len(source) + 1),
            path_key=_ON_THE_WAY + target_key + func.substr(file.c.path_key, len(source_key) + 1),
        )
    ).rowcount
    connection.execute(
        update(file)
        .where(
            file.c.vault == vault_id,
            file.c.deleted.is_(None),
            file.c.path_key >= _ON_THE_WAY,
            file.c.path_key < chr(ord(_ON_THE_WAY) + 1),
        )
        .values(path_key=func.substr(file.c.path_key, len(_ON_THE_WAY) + 1))
    )
    return moved
