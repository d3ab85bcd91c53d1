"""The rules of a vault for its files: changed by those who administer it, and tried before."""

from dataclasses import replace
from datetime import datetime

import msgspec
from sqlalchemy import Connection, select, update

from server.bus.base import ChangedHint
from server.domain.errors import Invalid, Otherwise, moment
from server.domain.permissions import Action
from server.domain.session import Session
from server.domain.vault_rules import flaw_of_name, flaw_of_rules, flaw_of_terms
from server.protocol.calls import TriedName, TriedRules, TryRules
from server.protocol.names import flaw_of
from server.protocol.vault import Vault
from server.protocol.vault_rules import NO_RULES, VaultRules, tag_of
from server.services.outcome import Outcome
from server.services.record import entry_of, write_audit
from server.services.rights import vault_for
from server.storage.tables import audit, person, vault


def rule_vault(
    connection: Connection, session: Session, vault_id: str, wish: VaultRules, *, base: str | None = None, at: datetime
) -> Outcome[Vault]:
    """What holds for the files of a vault from now on; those that are there stay.

    Rules whose own examples do not hold are refused, and the refusal names the example. `base` is the tag of the rules
    from which these were made, if the caller looked at them: nobody takes back unseen what another has saved meanwhile.
    Raises Forbidden, NotFound, Otherwise, Invalid.
    """
    view = vault_for(connection, session, vault_id, Action.ADMINISTER)
    if base is not None and base != tag_of(view.file_rules):
        raise Otherwise(_changed_meanwhile(connection, view))
    flaw = flaw_of_rules(wish)
    if flaw is not None:
        raise Invalid(flaw)
    rules = None if wish == NO_RULES else wish
    kept = None if rules is None else msgspec.json.encode(rules).decode()
    connection.execute(update(vault).where(vault.c.id == vault_id).values(rules=kept))
    write_audit(connection, [entry_of(session, "vault_ruled", at=at, vault_id=vault_id, rules=wish)])
    return Outcome(replace(view, rules=rules), (ChangedHint("rules"),))


def try_rules(connection: Connection, session: Session, vault_id: str, wish: TryRules) -> TriedRules:
    """What rules would say of names. Changes nothing. Raises Forbidden, NotFound."""
    vault_for(connection, session, vault_id, Action.ADMINISTER)
    names = wish.names if flaw_of_terms(wish.rules) is None else []
    return TriedRules(
        flaw=flaw_of_rules(wish.rules),
        names=[TriedName(name=each, flaw=_flaw(wish.rules, each)) for each in names],
    )


def _changed_meanwhile(connection: Connection, view: Vault) -> str:
    last = connection.execute(
        select(audit.c.at, person.c.name)
        .join(person, person.c.id == audit.c.person)
        .where(audit.c.vault == view.id, audit.c.action == "vault_ruled")
        .order_by(audit.c.at.desc(), audit.c.number.desc())
        .limit(1)
    ).one_or_none()
    who = "Somebody" if last is None else last.name
    when = "" if last is None else f" at {moment(last.at)}"
    return f"{who} changed the rules of the vault “{view.name}”{when}. Look at them and save again."


def _flaw(rules: VaultRules, name: str) -> str | None:
    impossible = flaw_of(name)
    return f"“{name}” {impossible.value}." if impossible is not None else flaw_of_name(rules, name)
