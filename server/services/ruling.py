"""The rules of a vault for its files: changed by those who administer it, and tried before."""

from dataclasses import replace
from datetime import datetime

import msgspec
from sqlalchemy import Connection, update

from server.bus.base import ChangedHint
from server.domain.errors import Invalid
from server.domain.permissions import Action
from server.domain.session import Session
from server.domain.vault_rules import flaw_of_name, flaw_of_rules, flaw_of_terms
from server.protocol.calls import TriedName, TriedRules, TryRules
from server.protocol.names import flaw_of
from server.protocol.vault import Vault
from server.protocol.vault_rules import NO_RULES, VaultRules
from server.services.outcome import Outcome
from server.services.record import entry_of, write_audit
from server.services.rights import vault_for
from server.storage.tables import vault


def rule_vault(
    connection: Connection, session: Session, vault_id: str, wish: VaultRules, *, at: datetime
) -> Outcome[Vault]:
    """What holds for the files of a vault from now on; those that are there stay. Raises Forbidden, NotFound, Invalid.

    Rules whose own examples do not hold are refused, and the refusal names the example.
    """
    view = vault_for(connection, session, vault_id, Action.ADMINISTER)
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


def _flaw(rules: VaultRules, name: str) -> str | None:
    impossible = flaw_of(name)
    return f"“{name}” {impossible.value}." if impossible is not None else flaw_of_name(rules, name)
