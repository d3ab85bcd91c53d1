"""Calls by which a file goes from one person to another. Each is made possible first."""

import msgspec

from server.protocol import calls
from tests.support.client import Client
from tests.support.keyed import NONE, ONE, Effect, Wanted
from tests.support.keyed_files import held, token_of
from tests.support.keyed_others import administers
from tests.support.keyed_refused import held_by_tomas
from tests.support.sim_shop import SimShop

IN_LINE = Effect(audit=1, in_line=1)


async def asked(client: Client, file: str) -> str:
    """Somebody has asked for it."""
    raw = await client.change("POST", f"/files/{file}/ask", calls.AskForFile())
    return msgspec.json.decode(raw, type=calls.Request).id


async def ask(shop: SimShop) -> Wanted:
    """Tomas has it. Afterwards he says no, and could be asked again."""
    file = await held_by_tomas(shop)

    async def kept(shop: SimShop) -> None:
        (request,) = (await shop.tomas.get("/session/mine", calls.MyLists)).requests
        await shop.tomas.change("POST", f"/requests/{request.id}/keep", calls.KeepFile())

    wish, other = calls.AskForFile(text="today?"), calls.AskForFile(text="tomorrow?")
    return Wanted("POST", f"/files/{file}/ask", wish, Effect(audit=1, asked=1), other=other, then=kept)


async def keep(shop: SimShop) -> Wanted:
    """Tomas asks her."""
    request = await asked(shop.tomas, (await held(shop)).file.id)
    wish, other = calls.KeepFile(reply="until four"), calls.KeepFile(reply="until five")
    return Wanted("POST", f"/requests/{request}/keep", wish, Effect(audit=1, asked=-1), other=other)


async def withdraw(shop: SimShop) -> Wanted:
    """She has asked Tomas."""
    request = await asked(shop.anna, await held_by_tomas(shop))
    return Wanted("DELETE", f"/requests/{request}", None, Effect(audit=1, asked=-1))


async def transfer(shop: SimShop) -> Wanted:
    """She has it. Afterwards Tomas gives it back."""
    state = await held(shop)
    file = state.file.id

    async def back(shop: SimShop) -> None:
        token = token_of(await shop.tomas.file(file))
        await shop.tomas.change("POST", f"/files/{file}/transfer", calls.TransferFile(to="Anna", token=token))

    wish = calls.TransferFile(to="Tomas", token=token_of(state))
    other = calls.TransferFile(to="Tomas", token=token_of(state) + 1)
    return Wanted("POST", f"/files/{file}/transfer", wish, ONE, other=other, then=back)


async def force(shop: SimShop) -> Wanted:
    """Tomas has it."""
    await administers(shop)
    file = await held_by_tomas(shop)
    token = token_of(await shop.anna.file(file))
    wish = calls.ForceRelease(token=token, reason="He is away for two weeks.")
    other = calls.ForceRelease(token=token, reason="He is away for three weeks.")
    return Wanted("POST", f"/files/{file}/force", wish, ONE, file, other)


async def wait(shop: SimShop) -> Wanted:
    """Tomas has it. Afterwards she leaves the line."""
    file = await held_by_tomas(shop)
    return Wanted("PUT", f"/files/{file}/waiting", None, IN_LINE, then=lambda shop: _leaves(shop, file))


async def wait_again(shop: SimShop) -> Wanted:
    """She waits already. Afterwards she leaves the line."""
    file = await held_by_tomas(shop)
    await _waits(shop, file)
    return Wanted("PUT", f"/files/{file}/waiting", None, NONE, then=lambda shop: _leaves(shop, file))


async def wait_no_longer(shop: SimShop) -> Wanted:
    """She waits. Afterwards she does so again."""
    file = await held_by_tomas(shop)
    await _waits(shop, file)
    effect = Effect(audit=1, in_line=-1)
    return Wanted("DELETE", f"/files/{file}/waiting", None, effect, then=lambda shop: _waits(shop, file))


async def _waits(shop: SimShop, file: str) -> None:
    await shop.anna.change("PUT", f"/files/{file}/waiting")


async def _leaves(shop: SimShop, file: str) -> None:
    await shop.anna.change("DELETE", f"/files/{file}/waiting")
