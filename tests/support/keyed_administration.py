"""Calls of administrators of the server: about people, their seats, and messages to them."""

from server.protocol import calls
from tests.support.keyed import Effect, Wanted
from tests.support.keyed_others import administers
from tests.support.sim_shop import SimShop


async def enable_person(shop: SimShop) -> Wanted:
    """Afterwards she is disabled again."""
    await _with_ida(shop)
    await shop.anna.change("DELETE", "/people/Ida")

    async def disabled_again(shop: SimShop) -> None:
        await shop.anna.change("DELETE", "/people/Ida")

    return Wanted("POST", "/people/Ida/enable", None, Effect(audit=1), then=disabled_again)


async def make_administrator(shop: SimShop) -> Wanted:
    """Afterwards it is taken from her."""
    await _with_ida(shop)

    async def taken_away(shop: SimShop) -> None:
        await shop.anna.change("DELETE", "/people/Ida/administrator")

    return Wanted("PUT", "/people/Ida/administrator", None, Effect(audit=1), then=taken_away)


async def take_administrator_away(shop: SimShop) -> Wanted:
    """Afterwards she is one again."""
    await _with_ida(shop)
    await shop.anna.change("PUT", "/people/Ida/administrator")

    async def made_again(shop: SimShop) -> None:
        await shop.anna.change("PUT", "/people/Ida/administrator")

    return Wanted("DELETE", "/people/Ida/administrator", None, Effect(audit=1), then=made_again)


async def look_at_person(shop: SimShop) -> Wanted:
    """She is new. Whoever was looked at stays so."""
    await _with_ida(shop)
    return Wanted("POST", "/people/Ida/seen", None, Effect(audit=1))


async def end_seat_of(shop: SimShop) -> Wanted:
    """Afterwards she signs in there again."""
    await _with_ida(shop)

    async def is_there_again(shop: SimShop) -> None:
        await shop.server.sign_in("Ida", "seat-ida")

    return Wanted("DELETE", "/seats/seat-ida", None, Effect(audit=1, ended=1), then=is_there_again)


async def send_message(shop: SimShop) -> Wanted:
    """To Tomas, and once only."""
    await administers(shop)
    wish, other = calls.SendMessage(text="Hello", to="Tomas"), calls.SendMessage(text="Hello", everybody=True)
    return Wanted("POST", "/messages", wish, Effect(audit=1, told=1), other=other)


async def _with_ida(shop: SimShop) -> None:
    await administers(shop)
    await shop.server.sign_in("Ida", "seat-ida")
