"""`vault rules …`: what holds for the files of a vault; shown, changed, and tried with names."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from server.cli.operator import Operator
from server.cli.trouble import Exit, Trouble
from server.cli.vaults import found
from server.domain.vault_rules import size_in_words
from server.protocol.calls import TriedRules
from server.protocol.vault import Vault
from server.protocol.vault_rules import VaultRules
from server.protocol.wire import plain

Say = Callable[[str], None]

COUNTINGS = {
    "minor": "minor, major when asked",
    "major": "every check-in is a major one",
    "administrators": "minor; only administrators make major ones",
}
FILE_MOST = 1 << 20
"""Bytes of a file with rules: what is longer is something else."""


async def rules(operator: Operator, name: str, wish: argparse.Namespace, *, say: Say) -> Exit:
    """Change a vault's rules, or try names with them; and show them. Raises Trouble.

    A name that no new file may have ends the command with 1, so that a script can ask.
    """
    given = None if wish.set is None else _in_file(wish.set)
    vault = await found(operator, name)
    if wish.tried:
        chosen = {} if wish.none else plain(vault.file_rules)
        return await _try(operator, vault, chosen if given is None else given, wish.tried, say=say)
    if wish.none:
        given = {}
    if given is not None:
        vault = msgspec.json.decode(await operator.change("PUT", f"/api/vaults/{vault.id}/rules", given), type=Vault)
    for line in [_as_json(vault.file_rules)] if wish.json else _lines(vault):
        say(line)
    return Exit.DONE


async def _try(operator: Operator, vault: Vault, chosen: Any, names: list[str], *, say: Say) -> Exit:
    body = {"rules": chosen, "names": names}
    answer = await operator.change("POST", f"/api/vaults/{vault.id}/rules/try", body)
    tried = msgspec.json.decode(answer, type=TriedRules)
    if tried.flaw is not None:
        say(tried.flaw)
    for each in tried.names:
        say(each.flaw or f"“{each.name}” is a good name.")
    is_good = tried.flaw is None and all(each.flaw is None for each in tried.names)
    return Exit.DONE if is_good else Exit.TROUBLE


def _in_file(file: Path) -> Any:
    """What the file has; whether that can be rules, the server says. Raises Trouble."""
    try:
        with file.open("rb") as opened:
            content = opened.read(FILE_MOST + 1)
        if len(content) > FILE_MOST:
            raise Trouble(f"{file} is too long to be the rules of a vault.", Exit.USAGE)
        found_in = json.loads(content)
    except OSError as error:
        raise Trouble(f"{file} cannot be read: {error.strerror or error}.", Exit.USAGE) from error
    except (ValueError, RecursionError) as error:
        why = f"{file} is no JSON: {error}. “vault rules NAME --json” shows how rules are written."
        raise Trouble(why, Exit.USAGE) from error
    if not isinstance(found_in, dict):
        why = f"{file} has no rules. They are written in braces; “vault rules NAME --json” shows how."
        raise Trouble(why, Exit.USAGE)
    return found_in


def _as_json(rules: VaultRules) -> str:
    return json.dumps(plain(rules), indent=2, ensure_ascii=False)


def _lines(vault: Vault) -> list[str]:
    said = vault.file_rules
    return [
        f"Rules of the vault {vault.name}{'' if vault.rules else ': none, everything may come'}:",
        f"extensions       {' '.join(said.extensions) or 'all'}",
        f"names            {said.pattern or 'all'}",
        f"good names       {', '.join(said.good) or 'none named'}",
        f"bad names        {', '.join(said.bad) or 'none named'}",
        f"largest file     {'any size' if said.max_bytes is None else size_in_words(said.max_bytes)}",
        f"revisions        {COUNTINGS[said.counting]}",
        f"comment          {'needed' if said.comment else 'may be left out'}",
        f"checked out alone  {' '.join(said.alone) or 'none'}",
    ]
