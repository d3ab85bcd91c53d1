"""Who may do what in a vault: read and changed by those who administer it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, insert, select, update

from server.bus.base import AccessHint, ChangedHint, Hint
from server.domain.errors import Invalid, NotFound
from server.domain.permissions import Action, Grant, role_in
from server.domain.session import Session
from server.domain.text import same_name
from server.protocol.calls import GiveRole, PersonAccess, VaultAccess, VaultEditors, VaultUse, VaultUses
from server.services.administrators import OPERATOR, require_administrator
from server.services.claims import drop_claims_lost_by, drop_lost_claims
from server.services.late import tell_of_late_work
from server.services.outcome import Outcome
from server.services.reading import people_who_may
from server.services.record import entry_of, write_audit
from server.services.rights import readable_vaults, vault_for
from server.services.vaults import access_has_changed, role_given
from server.storage.tables import access, file, person, revision, vault

HINTS: tuple[Hint, ...] = (AccessHint(), ChangedHint("people"))
"""What every change of access tells."""


@dataclass(frozen=True, slots=True)
class _Whom:
    id: str
    name: str


def read_access(connection: Connection, session: Session, vault_id: str) -> VaultAccess:
    """Who may do what in the vault. Raises Forbidden, NotFound."""
    view = vault_for(connection, session, vault_id, Action.ADMINISTER)
    default = connection.execute(select(vault.c.default_role).where(vault.c.id == vault_id)).scalar_one()
    rows = connection.execute(_people_of(vault_id).order_by(person.c.name_key))
    people = [_access_in(row, default=default) for row in rows]
    return VaultAccess(vault=vault_id, name=view.name, default=default, people=people)


def list_editors(connection: Connection, session: Session, vault_id: str) -> VaultEditors:
    """Who may change files of the vault, for those who may themselves. Raises Forbidden, NotFound."""
    vault_for(connection, session, vault_id, Action.CHANGE)
    may = people_who_may(connection, vault_id, Action.CHANGE)
    everybody = select(person.c.id, person.c.name).where(person.c.name_key != OPERATOR).order_by(person.c.name_key)
    return VaultEditors(vault=vault_id, people=[row.name for row in connection.execute(everybody) if row.id in may])


def list_uses(connection: Connection, session: Session) -> VaultUses:
    """The vaults that I administer, how large they are and for whom they are there, by name."""
    mine = [
        each.id
        for each in readable_vaults(connection, person_id=session.person_id, administrator=session.administrator)
        if each.role == "administrator"
    ]
    head = and_(revision.c.file == file.c.id, revision.c.major == file.c.major, revision.c.minor == file.c.minor)
    sizes = {
        row.vault: row
        for row in connection.execute(
            select(file.c.vault, func.count().label("files"), func.sum(revision.c.size).label("size"))
            .join_from(file, revision, head)
            .where(file.c.vault.in_(mine), file.c.deleted.is_(None))
            .group_by(file.c.vault)
        )
    }
    named = select(func.count()).where(access.c.vault == vault.c.id, access.c.role.is_not(None)).scalar_subquery()
    rows = connection.execute(
        select(vault.c.id, vault.c.default_role, named.label("named"))
        .where(vault.c.id.in_(mine))
        .order_by(vault.c.name_key)
    )
    return VaultUses(
        vaults=[
            VaultUse(
                vault=row.id,
                files=sizes[row.id].files if row.id in sizes else 0,
                size=int(sizes[row.id].size) if row.id in sizes else 0,
                default=row.default_role,
                named=row.named,
            )
            for row in rows
        ]
    )


def give_role(
    connection: Connection, session: Session, vault_id: str, name: str, wish: GiveRole, *, at: datetime
) -> Outcome[PersonAccess]:
    """A role for one person, whatever the default is; `none` hides the vault. Raises Forbidden, NotFound, Invalid."""
    vault_for(connection, session, vault_id, Action.ADMINISTER)
    whom = _find(connection, name)
    _take_back(connection, vault_id, whom)
    connection.execute(insert(access).values(vault=vault_id, person=whom.id, role=role_given(wish.role)))
    return _changed(
        connection, session, vault_id, whom, action="role_given", give_up=wish.give_up, at=at, role=wish.role
    )


def take_role_back(
    connection: Connection, session: Session, vault_id: str, name: str, *, give_up: bool, at: datetime
) -> Outcome[PersonAccess]:
    """Say nothing of one person any more, so that the default counts. Raises Forbidden, NotFound, Invalid."""
    vault_for(connection, session, vault_id, Action.ADMINISTER)
    whom = _find(connection, name)
    _take_back(connection, vault_id, whom)
    return _changed(connection, session, vault_id, whom, action="role_taken_back", give_up=give_up, at=at)


def set_default(
    connection: Connection, session: Session, vault_id: str, wish: GiveRole, *, at: datetime
) -> Outcome[VaultAccess]:
    """What everybody may do whom the vault does not name. Raises Forbidden, NotFound, Invalid."""
    view = vault_for(connection, session, vault_id, Action.ADMINISTER)
    connection.execute(update(vault).where(vault.c.id == vault_id).values(default_role=role_given(wish.role)))
    access_has_changed(connection)
    default = role_given(wish.role)
    rows = connection.execute(_people_of(vault_id).order_by(person.c.name_key)).all()
    people = [_access_in(row, default=default) for row in rows]
    _require_administered(connection, session, vault_id, view.name, give_up=wish.give_up)
    over = drop_lost_claims(connection, vault_id, at=at)
    write_audit(connection, [entry_of(session, "default_role_set", at=at, vault_id=vault_id, role=wish.role)])
    answer = VaultAccess(vault=vault_id, name=view.name, default=default, people=people)
    return Outcome(answer, (*HINTS, ChangedHint("rules"), *over, *tell_of_late_work(connection, at=at)))


def set_usual(connection: Connection, session: Session, name: str, *, usual: bool, at: datetime) -> Outcome[None]:
    """Whether the default roles of vaults count for a person. Raises Forbidden, NotFound."""
    require_administrator(session)
    whom = _find(connection, name)
    connection.execute(update(person).where(person.c.id == whom.id).values(by_default=usual))
    access_has_changed(connection)
    over = drop_claims_lost_by(connection, whom.id, at=at)
    write_audit(connection, [entry_of(session, "usual_roles_set", at=at, name=whom.name, usual=usual)])
    return Outcome(None, (*HINTS, *over, *tell_of_late_work(connection, at=at)))


def _changed(
    connection: Connection,
    session: Session,
    vault_id: str,
    whom: _Whom,
    *,
    action: str,
    give_up: bool,
    at: datetime,
    **detail: str,
) -> Outcome[PersonAccess]:
    access_has_changed(connection)
    row = connection.execute(select(vault.c.name, vault.c.default_role).where(vault.c.id == vault_id)).one()
    _require_administered(connection, session, vault_id, row.name, give_up=give_up)
    over = drop_lost_claims(connection, vault_id, at=at)
    write_audit(connection, [entry_of(session, action, at=at, vault_id=vault_id, name=whom.name, **detail)])
    found = connection.execute(_people_of(vault_id).where(person.c.id == whom.id)).one()
    late = tell_of_late_work(connection, at=at)
    return Outcome(_access_in(found, default=row.default_role), (*HINTS, *over, *late))


def _require_administered(
    connection: Connection, session: Session, vault_id: str, vault_name: str, *, give_up: bool
) -> None:
    """Somebody must be able to administer the vault afterwards, and I unless I give that up. Raises Invalid."""
    default = connection.execute(select(vault.c.default_role).where(vault.c.id == vault_id)).scalar_one()
    rows = connection.execute(_people_of(vault_id).where(person.c.disabled.is_(None))).all()
    administrators = {row.id for row in rows if _access_in(row, default=default).role == "administrator"}
    if not administrators:
        raise Invalid(
            f"Nobody could administer the vault “{vault_name}” any more. Make somebody else its administrator before."
        )
    if not session.administrator and session.person_id not in administrators and not give_up:
        raise Invalid(
            f"You would not administer the vault “{vault_name}” any more, and could not take that back yourself. Say"
            " that you give it up (“give_up”), or leave it."
        )


def _people_of(vault_id: str) -> Any:
    """Everybody who can sign in, with what the vault says of them by name."""
    return (
        select(
            person.c.id,
            person.c.name,
            person.c.administrator,
            person.c.by_default,
            person.c.disabled,
            access.c.person.label("granted_to"),
            access.c.role.label("granted"),
        )
        .select_from(person.outerjoin(access, and_(access.c.vault == vault_id, access.c.person == person.c.id)))
        .where(person.c.name_key != OPERATOR)
    )


def _access_in(row: Row[Any], *, default: Any) -> PersonAccess:
    grant = None if row.granted_to is None else Grant(role=row.granted)
    return PersonAccess(
        name=row.name,
        role=role_in(default=default if row.by_default else None, grant=grant, server_administrator=row.administrator),
        granted=None if grant is None else grant.role or "none",
        usual=row.by_default,
        administrator=row.administrator,
        disabled=row.disabled is not None,
    )


def _take_back(connection: Connection, vault_id: str, whom: _Whom) -> None:
    connection.execute(delete(access).where(access.c.vault == vault_id, access.c.person == whom.id))


def _find(connection: Connection, name: str) -> _Whom:
    row = connection.execute(
        select(person.c.id, person.c.name).where(person.c.name_key == same_name(name), person.c.name_key != OPERATOR)
    ).one_or_none()
    if row is None:
        raise NotFound(f"There is no person “{name}”. Look at the list of people.")
    return _Whom(row.id, row.name)
