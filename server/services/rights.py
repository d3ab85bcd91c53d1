"""Who may do what, looked up. What somebody may not read does not exist for that person."""

from typing import Any

from sqlalchemy import Connection, Row, Select, and_, select

from server.domain.errors import Forbidden, NotFound
from server.domain.permissions import Action, Grant, may, role_in
from server.domain.session import Session
from server.protocol.vault import Role, Vault
from server.services.stored import StoredFile, find_file
from server.storage.tables import access, file, vault

NO_VAULT = "There is no such vault, or you may not read it."
NO_FILE = "There is no such file, or it lies in a vault that you may not read."


def readable_vaults(connection: Connection, *, person_id: str, administrator: bool) -> list[Vault]:
    """The vaults that the person may read, by name."""
    rows = connection.execute(_vaults_for(person_id).order_by(vault.c.name_key))
    found = ((row, _role_in(row, administrator=administrator)) for row in rows)
    return [Vault(id=row.id, name=row.name, role=role, seq=row.seq) for row, role in found if role is not None]


def vault_for(connection: Connection, session: Session, vault_id: str, action: Action) -> Vault:
    """The vault, for somebody who wants to do that in it; locked against other changes when it is one.

    Raises NotFound, Forbidden.
    """
    return _granted(connection, session, _vaults_for(session.person_id).where(vault.c.id == vault_id), action, NO_VAULT)


def file_for(connection: Connection, session: Session, file_id: str, action: Action) -> StoredFile:
    """The file, deleted or not, for somebody who wants to do that with it; its vault is locked as by `vault_for`.

    Raises NotFound, Forbidden.
    """
    home = select(file.c.vault).where(file.c.id == file_id).scalar_subquery()
    _granted(connection, session, _vaults_for(session.person_id).where(vault.c.id == home), action, NO_FILE)
    found = find_file(connection, file_id)
    if found is None:
        raise NotFound(NO_FILE)
    return found


def _granted(connection: Connection, session: Session, query: Select[Any], action: Action, absent: str) -> Vault:
    if action is not Action.READ:
        query = query.with_for_update(of=vault)
    row = connection.execute(query).one_or_none()
    role = None if row is None else _role_in(row, administrator=session.administrator)
    if row is None or role is None:
        raise NotFound(absent)
    if not may(role, action):
        raise Forbidden(f"You may read the vault “{row.name}” and not change it. Please ask its administrator.")
    return Vault(id=row.id, name=row.name, role=role, seq=row.seq)


def _vaults_for(person_id: str) -> Select[Any]:
    return select(
        vault.c.id,
        vault.c.name,
        vault.c.seq,
        vault.c.default_role,
        access.c.person.label("granted_to"),
        access.c.role.label("granted"),
    ).select_from(vault.outerjoin(access, and_(access.c.vault == vault.c.id, access.c.person == person_id)))


def _role_in(row: Row[Any], *, administrator: bool) -> Role | None:
    grant = None if row.granted_to is None else Grant(role=row.granted)
    return role_in(default=row.default_role, grant=grant, server_administrator=administrator)
