"""Who may do what, looked up. What somebody may not read does not exist for that person."""

from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, select

from server.domain.errors import Forbidden, NotFound
from server.domain.permissions import Action, Grant, may, role_in
from server.domain.session import Session
from server.protocol.vault import Role, Vault
from server.services.stored import StoredFile, find_file
from server.storage.tables import access, file, vault

# Built once, and with a place for the person: building such statements takes longer than running them.
_VAULTS: Select[Any] = select(
    vault.c.id,
    vault.c.name,
    vault.c.seq,
    vault.c.default_role,
    access.c.person.label("granted_to"),
    access.c.role.label("granted"),
).select_from(vault.outerjoin(access, and_(access.c.vault == vault.c.id, access.c.person == bindparam("reader"))))
_ALL_VAULTS = _VAULTS.order_by(vault.c.name_key)
_ONE_VAULT = _VAULTS.where(vault.c.id == bindparam("wanted"))
_HOME = _VAULTS.where(vault.c.id == select(file.c.vault).where(file.c.id == bindparam("wanted")).scalar_subquery())
_ONE_VAULT_TO_CHANGE = _ONE_VAULT.with_for_update(of=vault)
_HOME_TO_CHANGE = _HOME.with_for_update(of=vault)
NO_VAULT = "There is no such vault, or you may not read it."
NO_FILE = "There is no such file, or it lies in a vault that you may not read."


def readable_vaults(connection: Connection, *, person_id: str, administrator: bool) -> list[Vault]:
    """The vaults that the person may read, by name."""
    rows = connection.execute(_ALL_VAULTS, {"reader": person_id})
    found = ((row, _role_in(row, administrator=administrator)) for row in rows)
    return [Vault(id=row.id, name=row.name, role=role, seq=row.seq) for row, role in found if role is not None]


def vault_for(connection: Connection, session: Session, vault_id: str, action: Action) -> Vault:
    """The vault, for somebody who wants to do that in it; locked against other changes when it is one.

    Raises NotFound, Forbidden.
    """
    query = _ONE_VAULT if action is Action.READ else _ONE_VAULT_TO_CHANGE
    return _granted(connection, session, query, wanted=vault_id, action=action, absent=NO_VAULT)


def file_for(connection: Connection, session: Session, file_id: str, action: Action) -> StoredFile:
    """The file, deleted or not, for somebody who wants to do that with it; its vault is locked as by `vault_for`.

    Raises NotFound, Forbidden.
    """
    query = _HOME if action is Action.READ else _HOME_TO_CHANGE
    _granted(connection, session, query, wanted=file_id, action=action, absent=NO_FILE)
    found = find_file(connection, file_id)
    if found is None:
        raise NotFound(NO_FILE)
    return found


def _granted(
    connection: Connection, session: Session, query: Select[Any], *, wanted: str, action: Action, absent: str
) -> Vault:
    row = connection.execute(query, {"reader": session.person_id, "wanted": wanted}).one_or_none()
    role = None if row is None else _role_in(row, administrator=session.administrator)
    if row is None or role is None:
        raise NotFound(absent)
    if not may(role, action):
        raise Forbidden(f"You may read the vault “{row.name}” and not change it. Please ask its administrator.")
    return Vault(id=row.id, name=row.name, role=role, seq=row.seq)


def _role_in(row: Row[Any], *, administrator: bool) -> Role | None:
    grant = None if row.granted_to is None else Grant(role=row.granted)
    return role_in(default=row.default_role, grant=grant, server_administrator=administrator)
