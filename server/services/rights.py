"""Who may do what, looked up. What somebody may not read does not exist for that person."""

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    false,
    or_,
    select,
)

from server.domain.errors import Forbidden, Invalid, NotFound
from server.domain.permissions import Action, Grant, may, role_in
from server.domain.session import Session
from server.protocol.set_rule import SetRule
from server.protocol.vault import Role, Vault
from server.protocol.vault_rules import VaultRules
from server.services.stored import StoredFile, find_file, find_files
from server.storage.locking import may_lock
from server.storage.tables import access, file, person, server, vault

# Built once, and with a place for the person: building such statements takes longer than running them.
_VAULTS: Select[Any] = select(
    vault.c.id,
    vault.c.name,
    vault.c.seq,
    vault.c.default_role,
    vault.c.sets,
    vault.c.rules,
    select(person.c.by_default).where(person.c.id == bindparam("reader")).scalar_subquery().label("usual"),
    access.c.person.label("granted_to"),
    access.c.role.label("granted"),
).select_from(vault.outerjoin(access, and_(access.c.vault == vault.c.id, access.c.person == bindparam("reader"))))
_ALL_VAULTS = _VAULTS.order_by(vault.c.name_key)
_THESE_PEOPLE: BindParameter[list[str]] = bindparam("people", expanding=True)
_PEOPLE = select(person.c.id, person.c.administrator, person.c.by_default).where(
    person.c.id.in_(_THESE_PEOPLE), person.c.disabled.is_(None)
)
_GRANTS = select(access.c.person, access.c.vault, access.c.role).where(access.c.person.in_(_THESE_PEOPLE))
_JUST_VAULTS = select(
    vault.c.id, vault.c.name, vault.c.seq, vault.c.default_role, vault.c.sets, vault.c.rules
).order_by(vault.c.name_key)
_ONE_VAULT = _VAULTS.where(vault.c.id == bindparam("wanted"))
_ONE_VAULT_AND_EPOCH = _ONE_VAULT.add_columns(select(server.c.epoch).scalar_subquery().label("epoch"))
_HOME = _VAULTS.where(vault.c.id == select(file.c.vault).where(file.c.id == bindparam("wanted")).scalar_subquery())
_ONE_VAULT_TO_CHANGE = _ONE_VAULT.with_for_update(of=vault)
_HOME_TO_CHANGE = _HOME.with_for_update(of=vault)
NO_VAULT = "There is no such vault, or you may not read it."
NO_FILE = "There is no such file, or it lies in a vault that you may not read."


def readable_vaults(connection: Connection, *, person_id: str, administrator: bool) -> list[Vault]:
    """The vaults that the person may read, by name."""
    rows = connection.execute(_ALL_VAULTS, {"reader": person_id})
    found = ((row, _role_in(row, administrator=administrator)) for row in rows)
    return [_view(row, role) for row, role in found if role is not None]


def readable_by(connection: Connection, people: Collection[str]) -> dict[str, tuple[Vault, ...]]:
    """`readable_vaults` of each of these people, for all of them by three statements.

    None for somebody unknown or disabled. Who may read the same in the same roles is given the same tuple.
    """
    known = connection.execute(_PEOPLE, {"people": list(people)}).all()
    grants: dict[str, dict[str, Grant]] = {}
    for row in connection.execute(_GRANTS, {"people": list(people)}):
        grants.setdefault(row.person, {})[row.vault] = Grant(role=row.role)
    vaults = connection.execute(_JUST_VAULTS).all()
    views: dict[tuple[Role | None, ...], tuple[Vault, ...]] = {}
    found: dict[str, tuple[Vault, ...]] = dict.fromkeys(people, ())
    for reader in known:
        granted = grants.get(reader.id, {})
        roles = tuple(
            role_in(
                default=each.default_role if reader.by_default else None,
                grant=granted.get(each.id),
                server_administrator=reader.administrator,
            )
            for each in vaults
        )
        if roles not in views:
            views[roles] = tuple(
                _view(each, role) for each, role in zip(vaults, roles, strict=True) if role is not None
            )
        found[reader.id] = views[roles]
    return found


def readers_of(vaults: Sequence[str]) -> ColumnElement[bool]:
    """Of a row of `person`: may read one of these vaults. It says in the store's words what `role_in` says of one."""
    if not vaults:
        return false()
    here = access.c.person == person.c.id
    granted = exists().where(here, access.c.vault.in_(vaults), access.c.role.is_not(None))
    named = exists().where(here, access.c.vault == vault.c.id)
    usual = exists().where(vault.c.id.in_(vaults), vault.c.default_role.is_not(None), ~named)
    return or_(person.c.administrator, granted, and_(person.c.by_default, usual))


def administered(connection: Connection, session: Session) -> set[str]:
    """The ids of the vaults that I administer."""
    mine = readable_vaults(connection, person_id=session.person_id, administrator=session.administrator)
    return {each.id for each in mine if may(each.role, Action.ADMINISTER)}


def vault_for(connection: Connection, session: Session, vault_id: str, action: Action) -> Vault:
    """The vault, for somebody who wants to do that in it; locked against other changes when it is one.

    Raises NotFound, Forbidden.
    """
    query = _ONE_VAULT_TO_CHANGE if action is not Action.READ and may_lock(connection) else _ONE_VAULT
    return _granted(connection, session, query, wanted=vault_id, action=action, absent=NO_VAULT)


def vault_and_epoch_for(connection: Connection, session: Session, vault_id: str) -> tuple[Vault, str]:
    """The vault, for somebody who wants to read it, and which life of the data that is. Raises NotFound."""
    query, wanted = _ONE_VAULT_AND_EPOCH, vault_id
    row, view = _granted_row(connection, session, query, wanted=wanted, action=Action.READ, absent=NO_VAULT)
    return view, row.epoch


def file_for(
    connection: Connection, session: Session, file_id: str, action: Action, *, locked: bool = False
) -> StoredFile:
    """The file, deleted or not, for somebody who wants to do that with it; its vault is locked as by `vault_for`.

    `locked` says so of who may read it and changes something about it all the same. Raises NotFound, Forbidden.
    """
    return file_at_home_for(connection, session, file_id, action, locked=locked)[1]


def file_at_home_for(
    connection: Connection, session: Session, file_id: str, action: Action, *, locked: bool = False
) -> tuple[Vault, StoredFile]:
    """The same, with its vault. Raises NotFound, Forbidden."""
    query = _HOME_TO_CHANGE if (action is not Action.READ or locked) and may_lock(connection) else _HOME
    home = _granted(connection, session, query, wanted=file_id, action=action, absent=NO_FILE)
    found = find_file(connection, file_id)
    if found is None:
        raise NotFound(NO_FILE)
    return home, found


def files_for(
    connection: Connection, session: Session, file_ids: Sequence[str], action: Action
) -> tuple[Vault, list[StoredFile]]:
    """Several files of one vault, deleted or not, in the order asked for; the vault is locked as by `vault_for`.

    That one lock is taken before any other and stands for all files of the vault, so sets that overlap wait for each
    other whatever their order. Raises NotFound, Forbidden, and Invalid: no file, one twice, one of another vault.
    """
    if not file_ids:
        raise Invalid("There is no file in this call. Name at least one.")
    query = _HOME_TO_CHANGE if action is not Action.READ and may_lock(connection) else _HOME
    home = _granted(connection, session, query, wanted=file_ids[0], action=action, absent=NO_FILE)
    known = find_files(connection, file_ids)
    for number, file_id in enumerate(file_ids):
        if file_id not in known:
            raise NotFound(NO_FILE)
        path = known[file_id].file.path
        if known[file_id].vault != home.id:
            file_for(connection, session, file_id, Action.READ)
            raise Invalid(f"“{path}” lies in another vault. Make one call for each vault.", path=path)
        if file_id in file_ids[:number]:
            raise Invalid(f"“{path}” is in this call twice. Name it once.", path=path)
    return home, [known[file_id] for file_id in file_ids]


def _granted(
    connection: Connection, session: Session, query: Select[Any], *, wanted: str, action: Action, absent: str
) -> Vault:
    return _granted_row(connection, session, query, wanted=wanted, action=action, absent=absent)[1]


def _granted_row(
    connection: Connection, session: Session, query: Select[Any], *, wanted: str, action: Action, absent: str
) -> tuple[Row[Any], Vault]:
    row = connection.execute(query, {"reader": session.person_id, "wanted": wanted}).one_or_none()
    role = None if row is None else _role_in(row, administrator=session.administrator)
    if row is None or role is None:
        raise NotFound(absent)
    if not may(role, action):
        raise Forbidden(why_not(row.name, action))
    return row, _view(row, role)


def why_not(vault_name: str, action: Action) -> str:
    """Why somebody who may read a vault may not do that in it."""
    if action is Action.ADMINISTER:
        return f"Only an administrator of the vault “{vault_name}” may do this. Please ask one."
    return f"You may read the vault “{vault_name}” and not change it. Please ask its administrator."


def _view(row: Row[Any], role: Role) -> Vault:
    sets = None if row.sets is None else msgspec.json.decode(row.sets, type=SetRule)
    rules = None if row.rules is None else msgspec.json.decode(row.rules, type=VaultRules)
    return Vault(id=row.id, name=row.name, role=role, seq=row.seq, sets=sets, rules=rules)


def _role_in(row: Row[Any], *, administrator: bool) -> Role | None:
    grant = None if row.granted_to is None else Grant(role=row.granted)
    default = row.default_role if row.usual else None
    return role_in(default=default, grant=grant, server_administrator=administrator)
