"""Vaults: the list, new ones, and which of their files belong together."""

from dataclasses import replace
from datetime import datetime

import msgspec
from sqlalchemy import Connection, insert, select, update

from server.bus.base import AccessHint, ChangedHint
from server.domain.errors import Invalid, NameTaken
from server.domain.permissions import Action
from server.domain.session import Session
from server.domain.text import one_line, same_name
from server.protocol.calls import AddVault, GivenRole, RenameVault, RuleSets, Vaults
from server.protocol.set_rule import flaw_of_rule
from server.protocol.vault import Role, Vault
from server.services.administrators import require_administrator
from server.services.identity import new_id
from server.services.outcome import Outcome
from server.services.reading import epoch_of
from server.services.record import entry_of, write_audit
from server.services.rights import readable_vaults, vault_for
from server.storage.tables import server, vault


def list_vaults(connection: Connection, session: Session) -> Vaults:
    """The vaults that I may read."""
    mine = readable_vaults(connection, person_id=session.person_id, administrator=session.administrator)
    return Vaults(epoch=epoch_of(connection), vaults=mine)


def add_vault(connection: Connection, session: Session, wish: AddVault, *, at: datetime) -> Outcome[Vault]:
    """A new, empty vault, in which everybody has its default role. Raises Forbidden, NameTaken, Invalid."""
    require_administrator(session)
    name = one_line(wish.name, "name of the vault")
    made = insert_vault(connection, name, default=role_given(wish.default), at=at)
    write_audit(connection, [entry_of(session, "vault_added", at=at, vault_id=made, name=name, default=wish.default)])
    return Outcome(Vault(id=made, name=name, role="administrator", seq=0), (AccessHint(),))


def rule_sets(
    connection: Connection, session: Session, vault_id: str, wish: RuleSets, *, at: datetime
) -> Outcome[Vault]:
    """Which files of a vault belong together from now on. Raises Forbidden, NotFound, Invalid."""
    view = vault_for(connection, session, vault_id, Action.ADMINISTER)
    flaw = None if wish.rule is None else flaw_of_rule(wish.rule)
    if flaw is not None:
        raise Invalid(flaw)
    rule = None if wish.rule is None else msgspec.json.encode(wish.rule).decode()
    connection.execute(update(vault).where(vault.c.id == vault_id).values(sets=rule))
    write_audit(connection, [entry_of(session, "sets_ruled", at=at, vault_id=vault_id, rule=rule)])
    return Outcome(replace(view, sets=wish.rule), (ChangedHint("rules"),))


def rename_vault(
    connection: Connection, session: Session, vault_id: str, wish: RenameVault, *, at: datetime
) -> Outcome[Vault]:
    """Another name for a vault, also one that differs in case alone. Raises Forbidden, NotFound, NameTaken, Invalid."""
    view = vault_for(connection, session, vault_id, Action.ADMINISTER)
    name = one_line(wish.name, "name of the vault")
    if name == view.name:
        return Outcome(view)
    _require_free_name(connection, name, beside=vault_id)
    connection.execute(update(vault).where(vault.c.id == vault_id).values(name=name, name_key=same_name(name)))
    entry = entry_of(session, "vault_renamed", at=at, vault_id=vault_id, name=name, came_from=view.name)
    write_audit(connection, [entry])
    return Outcome(replace(view, name=name), (ChangedHint("rules"),))


def role_given(given: GivenRole) -> Role | None:
    """The role, or that there is none."""
    return None if given == "none" else given


def insert_vault(connection: Connection, name: str, *, at: datetime, default: Role | None = "editor") -> str:
    """Store a new vault, and say that access has changed. Returns its id. Raises NameTaken."""
    _require_free_name(connection, name)
    vault_id = new_id(at)
    connection.execute(
        insert(vault).values(id=vault_id, name=name, name_key=same_name(name), seq=0, default_role=default, made=at)
    )
    access_has_changed(connection)
    return vault_id


def access_has_changed(connection: Connection) -> None:
    """Let everybody who watches access look again."""
    connection.execute(update(server).values(access_version=server.c.access_version + 1))


def _require_free_name(connection: Connection, name: str, *, beside: str | None = None) -> None:
    taken = connection.execute(select(vault.c.id).where(vault.c.name_key == same_name(name))).scalar_one_or_none()
    if taken is not None and taken != beside:
        raise NameTaken(f"There is a vault “{name}” already. Choose another name.")
