"""`vault add`, and finding a vault by its name."""

from collections.abc import Callable

import msgspec

from server.cli.operator import Operator
from server.protocol.calls import AddVault, Vaults
from server.protocol.vault import Vault


async def add(operator: Operator, name: str, *, say: Callable[[str], None]) -> None:
    """A new, empty vault."""
    await _made(operator, name)
    say(f"The vault {name} is there, empty, for everybody to edit.")


async def found_or_made(operator: Operator, name: str) -> Vault:
    """The vault of that name, in whatever case it is written; a new one if there is none."""
    vaults = (await operator.get("/api/vaults", Vaults)).vaults
    wanted = name.casefold()
    found = next((vault for vault in vaults if vault.name.casefold() == wanted), None)
    return found or await _made(operator, name)


async def _made(operator: Operator, name: str) -> Vault:
    return msgspec.json.decode(await operator.change("POST", "/api/vaults", AddVault(name=name)), type=Vault)
