"""`vault …`: new vaults, the rule that says which of their files belong together, and finding a vault by its name."""

import argparse
from collections.abc import Callable

import msgspec

from server.cli.operator import Operator
from server.cli.trouble import Trouble
from server.protocol.calls import AddVault, RuleSets, Vaults
from server.protocol.set_rule import SetRule
from server.protocol.vault import Vault


async def add(operator: Operator, name: str, *, say: Callable[[str], None]) -> None:
    """A new, empty vault."""
    await _made(operator, name)
    say(f"The vault {name} is there, empty, for everybody to edit.")


async def rule_sets(operator: Operator, name: str, wish: argparse.Namespace, *, say: Callable[[str], None]) -> None:
    """Change what is given of a vault's rule for sets, and show the rule. Raises Trouble."""
    vault = await found(operator, name)
    rule = _changed(vault.set_rule, wish)
    if wish.usual or rule != vault.set_rule:
        body = RuleSets(rule=None if wish.usual else rule)
        vault = msgspec.json.decode(await operator.change("PUT", f"/api/vaults/{vault.id}/sets", body), type=Vault)
    for line in _lines(vault):
        say(line)


async def found(operator: Operator, name: str) -> Vault:
    """The vault of that name, in whatever case it is written. Raises Trouble."""
    vault = await _found(operator, name)
    if vault is None:
        raise Trouble(f"There is no vault “{name}”. “vault add” makes one.")
    return vault


async def found_or_made(operator: Operator, name: str) -> Vault:
    """The vault of that name, in whatever case it is written; a new one if there is none."""
    return await _found(operator, name) or await _made(operator, name)


async def _found(operator: Operator, name: str) -> Vault | None:
    vaults = (await operator.get("/api/vaults", Vaults)).vaults
    wanted = name.casefold()
    return next((vault for vault in vaults if vault.name.casefold() == wanted), None)


def _changed(rule: SetRule, wish: argparse.Namespace) -> SetRule:
    """The rule with what was given of it; endings are separated by commas or blanks, a dot in front may be left out."""
    return SetRule(
        sources=_endings(wish.sources, rule.sources),
        programs=_endings(wish.programs, rule.programs),
        sheets=_endings(wish.sheets, rule.sheets),
        operation=rule.operation if wish.operation is None else wish.operation,
        sheet=rule.sheet if wish.sheet is None else wish.sheet,
    )


def _endings(text: str | None, known: list[str]) -> list[str]:
    return known if text is None else [f".{each.removeprefix('.')}" for each in text.replace(",", " ").split()]


def _lines(vault: Vault) -> list[str]:
    rule = vault.set_rule
    return [
        f"Sets of the vault {vault.name}{'' if vault.sets else ', by the usual rule'}:",
        f"CAM sources   {' '.join(rule.sources) or 'none'}",
        f"NC programs   {' '.join(rule.programs) or 'none'}",
        f"setup sheets  {' '.join(rule.sheets) or 'none'}",
        f"an operation is named  {rule.operation}",
        f"a setup sheet          {rule.sheet}",
    ]


async def _made(operator: Operator, name: str) -> Vault:
    return msgspec.json.decode(await operator.change("POST", "/api/vaults", AddVault(name=name)), type=Vault)
