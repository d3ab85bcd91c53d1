"""The calls about vaults, their rules, and who may do what in them."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from pdm_desktop.core.office import vaults as asked
from pdm_desktop.core.office.requests import OfficeRequest, Query
from pdm_desktop.net.http import Http
from server.protocol import calls
from server.protocol.vault import Vault
from server.protocol.vault_rules import tag_of


async def read_access(http: Http, query: Query) -> calls.VaultAccess:
    """Who may do what in the vault that the query names. Raises core.errors."""
    return await http.get(f"{_path(dict(query)['vault'])}/access", calls.VaultAccess)


async def list_editors(http: Http, query: Query) -> calls.VaultEditors:
    """Who may change files of the vault that the query names. Raises core.errors."""
    return await http.get(f"{_path(dict(query)['vault'])}/editors", calls.VaultEditors)


async def _make(http: Http, wish: asked.MakeVault, key: str) -> Vault:
    body = calls.AddVault(name=wish.name, default=wish.default)
    return await http.change("POST", "/api/vaults", Vault, body=body, key=key)


async def _call(http: Http, wish: asked.CallVault, key: str) -> Vault:
    body = calls.RenameVault(name=wish.name)
    return await http.change("PUT", f"{_path(wish.vault)}/name", Vault, body=body, key=key)


async def _rule(http: Http, wish: asked.RuleVault, key: str) -> Vault:
    base = None if wish.base is None else tag_of(wish.base)
    return await http.change("PUT", f"{_path(wish.vault)}/rules", Vault, body=wish.rules, key=key, base=base)


async def _try(http: Http, wish: asked.TryRules, key: str) -> calls.TriedRules:
    body = calls.TryRules(rules=wish.rules, names=list(wish.names))
    return await http.change("POST", f"{_path(wish.vault)}/rules/try", calls.TriedRules, body=body)


async def _grant(http: Http, wish: asked.GrantRole, key: str) -> calls.PersonAccess:
    body = calls.GiveRole(role=wish.role, give_up=wish.give_up)
    path = f"{_path(wish.vault)}/access/{_part(wish.person)}"
    return await http.change("PUT", path, calls.PersonAccess, body=body, key=key)


async def _drop(http: Http, wish: asked.DropRole, key: str) -> calls.PersonAccess:
    path = f"{_path(wish.vault)}/access/{_part(wish.person)}"
    return await http.change("DELETE", path, calls.PersonAccess, key=key, give_up=str(wish.give_up).lower())


async def _set_default(http: Http, wish: asked.SetDefaultRole, key: str) -> calls.VaultAccess:
    body = calls.GiveRole(role=wish.role, give_up=wish.give_up)
    return await http.change("PUT", f"{_path(wish.vault)}/default", calls.VaultAccess, body=body, key=key)


async def _count_usual(http: Http, wish: asked.CountUsualRoles, key: str) -> None:
    body = calls.SetUsual(usual=wish.usual)
    await http.change("PUT", f"/api/people/{_part(wish.person)}/usual", type(None), body=body, key=key)


CHANGES: Mapping[type[OfficeRequest], Callable[[Http, Any, str], Awaitable[object]]] = MappingProxyType(
    {
        asked.MakeVault: _make,
        asked.CallVault: _call,
        asked.RuleVault: _rule,
        asked.TryRules: _try,
        asked.GrantRole: _grant,
        asked.DropRole: _drop,
        asked.SetDefaultRole: _set_default,
        asked.CountUsualRoles: _count_usual,
    }
)
"""How each is made."""


def _path(vault: str) -> str:
    return f"/api/vaults/{_part(vault)}"


def _part(text: str) -> str:
    return quote(text, safe="")
