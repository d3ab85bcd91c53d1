"""Calls that change a vault's rules and who may do what in it."""

from server.protocol import calls
from server.protocol.vault_rules import VaultRules
from tests.support.keyed import Effect, Wanted
from tests.support.keyed_others import administers
from tests.support.sim_shop import SimShop


async def rule_vault(shop: SimShop) -> Wanted:
    """Afterwards there are no rules."""
    await administers(shop)
    path = f"/vaults/{shop.server.vault}/rules"

    async def ruled_otherwise(shop: SimShop) -> None:
        await shop.anna.change("PUT", path, VaultRules())

    wish, other = VaultRules(max_bytes=10**12), VaultRules(comment=True)
    return Wanted("PUT", path, wish, Effect(audit=1), other=other, then=ruled_otherwise)


async def rename_vault(shop: SimShop) -> Wanted:
    """Afterwards it has the name of before."""
    await administers(shop)
    path = f"/vaults/{shop.server.vault}/name"

    async def named_as_before(shop: SimShop) -> None:
        await shop.anna.change("PUT", path, calls.RenameVault(name="Production"))

    wish, other = calls.RenameVault(name="The shop"), calls.RenameVault(name="The other shop")
    return Wanted("PUT", path, wish, Effect(audit=1), other=other, then=named_as_before)


async def set_default(shop: SimShop) -> Wanted:
    """Afterwards everybody may edit again."""
    await administers(shop)
    path = f"/vaults/{shop.server.vault}/default"

    async def as_before(shop: SimShop) -> None:
        await shop.anna.change("PUT", path, calls.GiveRole(role="editor"))

    wish, other = calls.GiveRole(role="reader"), calls.GiveRole(role="none")
    return Wanted("PUT", path, wish, Effect(audit=1), other=other, then=as_before)


async def give_role(shop: SimShop) -> Wanted:
    """To Ida; afterwards she has another."""
    path = await _ida(shop)

    async def another(shop: SimShop) -> None:
        await shop.anna.change("PUT", path, calls.GiveRole(role="none"))

    wish, other = calls.GiveRole(role="reader"), calls.GiveRole(role="administrator")
    return Wanted("PUT", path, wish, Effect(audit=1), other=other, then=another)


async def take_role_back(shop: SimShop) -> Wanted:
    """From Ida; afterwards she has one again."""
    path = await _ida(shop)
    await shop.anna.change("PUT", path, calls.GiveRole(role="reader"))

    async def given_again(shop: SimShop) -> None:
        await shop.anna.change("PUT", path, calls.GiveRole(role="reader"))

    return Wanted("DELETE", path, None, Effect(audit=1), then=given_again)


async def set_usual(shop: SimShop) -> Wanted:
    """Of Ida; afterwards the defaults count for her again."""
    await _ida(shop)

    async def as_before(shop: SimShop) -> None:
        await shop.anna.change("PUT", "/people/Ida/usual", calls.SetUsual(usual=True))

    wish, other = calls.SetUsual(usual=False), calls.SetUsual(usual=True)
    return Wanted("PUT", "/people/Ida/usual", wish, Effect(audit=1), other=other, then=as_before)


async def _ida(shop: SimShop) -> str:
    """Where the role of Ida is."""
    await administers(shop)
    await shop.server.sign_in("Ida", "seat-ida")
    return f"/vaults/{shop.server.vault}/access/Ida"
