"""One seat's HTTP calls: what a session that is over means to them, and what something on the way answers."""

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from pdm_desktop.core.errors import NotSignedIn, SignInRefused, Stranger, Told
from pdm_desktop.net import session
from pdm_desktop.net.http import Http, trust
from pdm_desktop.net.vault import VaultCalls
from server.protocol.wire import lines_of
from tests.support.client import Client
from tests.support.server import RealServer

ADDRESS = "http://127.0.0.1:9"


async def test_a_dead_token_is_told_once_for_each_call(anna: Client) -> None:
    over: list[bool] = []
    http = Http(anna.address, token="dead", seat=anna.seat, tls=trust(), signed_out=lambda: over.append(True))
    calls = VaultCalls(http)
    try:
        with pytest.raises(NotSignedIn):
            await calls.vaults()
        with pytest.raises(NotSignedIn):
            async with calls.tree("any"):
                """Nothing is to be read."""
        assert over == [True, True]
    finally:
        await http.close()


async def test_a_wrong_password_ends_no_session(shop_server: RealServer) -> None:
    over: list[bool] = []
    http = Http(shop_server.address, tls=trust(), signed_out=lambda: over.append(True))
    try:
        with pytest.raises(SignInRefused):
            await session.sign_in(http, "Anna", "not this one", seat="seat-of-nobody-yet", computer="PC")
        assert over == []
    finally:
        await http.close()


async def test_a_401_page_of_a_gateway_ends_no_session() -> None:
    """It asks for a sign-in of its own: our token is good, and must not be thrown away for that."""
    over: list[bool] = []
    page = httpx.Response(401, html="<html>Proxy sign-in</html>", headers={"WWW-Authenticate": "Basic realm=Works"})
    transport = httpx.MockTransport(lambda _: page)
    http = Http(ADDRESS, token="t", seat="s", tls=trust(), signed_out=lambda: over.append(True), transport=transport)
    try:
        with pytest.raises(Told) as met:
            await VaultCalls(http).vaults()
        assert over == []
        assert type(met.value) is Stranger
    finally:
        await http.close()


@pytest.mark.parametrize("call", [session.sign_out, lambda http: VaultCalls(http).drop_parked("p1", "k1")])
async def test_a_page_of_something_else_is_no_success(call: Callable[[Http], Awaitable[None]]) -> None:
    """200 and a page: nothing was dropped, and no session was ended."""
    page = httpx.Response(200, html="<html>Please sign in to the network</html>")
    http = Http(ADDRESS, token="t", seat="s", tls=trust(), transport=httpx.MockTransport(lambda _: page))
    try:
        met: Stranger | None = None
        try:
            await call(http)
        except Stranger as error:
            met = error
        assert met is not None, "it counts as done"
    finally:
        await http.close()


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
async def test_only_a_newline_ends_a_line(size: int) -> None:
    """What ends lines of text elsewhere may stand in a comment, and a block may end anywhere, inside a letter too."""
    lines = ["one\u2028two\u2029", "\x85\x0b\x0c\x1c\x1d\x1e\r", "", "Zahnräder"]
    text = "\n".join(lines).encode()

    async def blocks() -> AsyncIterator[bytes]:
        for start in range(0, len(text), size):
            yield text[start : start + size]

    assert [line async for line in lines_of(blocks())] == lines
