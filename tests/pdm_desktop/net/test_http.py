"""One seat's HTTP calls: what a session that is over means to them, and what something on the way answers."""

import gzip
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from pdm_desktop.core.errors import BadAnswer, NotSignedIn, SignInRefused, Stranger, Told
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


class Endless(httpx.AsyncByteStream):
    """An answer that goes on until nobody reads it any more."""

    def __init__(self) -> None:
        self.sent = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.sent < 200 << 20:
            self.sent += 1 << 18
            yield b" " * (1 << 18)


@pytest.mark.parametrize(("status", "most"), [(200, 64 << 20), (404, 1 << 20)])
@pytest.mark.parametrize("is_change", [False, True])
async def test_an_answer_that_does_not_end_is_not_read_to_its_end(status: int, most: int, is_change: bool) -> None:
    stream = Endless()
    transport = httpx.MockTransport(lambda _: httpx.Response(status, stream=stream))
    http = Http(ADDRESS, tls=trust(), transport=transport)
    with pytest.raises(BadAnswer, match=f"longer than {most >> 20} MiB"):
        await (session.sign_out(http) if is_change else session.about_server(http))
    await http.close()
    assert stream.sent <= most + (1 << 18)


async def test_a_refusal_instead_of_content_that_does_not_end_is_not_read_to_its_end() -> None:
    stream = Endless()
    http = Http(ADDRESS, tls=trust(), transport=httpx.MockTransport(lambda _: httpx.Response(404, stream=stream)))
    with pytest.raises(Told) as met:
        async with VaultCalls(http).content("f", "A"):
            """Nothing is to be read."""
    await http.close()
    assert stream.sent <= 2 << 20
    assert "longer than 1 MiB" in met.value.text


@pytest.mark.parametrize("coding", ["gzip", "deflate", "gzip, gzip"])
async def test_what_comes_packed_unasked_is_not_unpacked(coding: str) -> None:
    """What a few bytes become is not known before."""
    asked = list[str]()

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers["Accept-Encoding"])
        return httpx.Response(200, stream=Endless(), headers={"Content-Encoding": coding})

    http = Http(ADDRESS, tls=trust(), transport=httpx.MockTransport(answer))
    with pytest.raises(BadAnswer, match="came packed"):
        await session.about_server(http)
    with pytest.raises(BadAnswer, match="came packed"):
        async with VaultCalls(http).content("f", "A"):
            """Nothing is to be read."""
    await http.close()
    assert asked == ["identity", "identity"]


async def test_only_a_tree_may_come_packed_and_only_once() -> None:
    asked = list[str]()
    codings = ["gzip", "gzip, gzip"]

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers["Accept-Encoding"])
        packed = gzip.compress(b"{}\n")
        packed = packed if len(asked) == 1 else gzip.compress(packed)
        return httpx.Response(200, content=packed, headers={"Content-Encoding": codings[len(asked) - 1]})

    http = Http(ADDRESS, tls=trust(), transport=httpx.MockTransport(answer))
    async with VaultCalls(http).tree("v") as lines:
        assert [line async for line in lines] == ["{}"]
    with pytest.raises(BadAnswer, match="came packed"):
        async with VaultCalls(http).tree("v"):
            """Nothing is to be read."""
    await http.close()
    assert asked == ["gzip", "gzip"]


@pytest.mark.parametrize("begin", ["9" * 5000, "9" * 20, "٣", "-1", ""])
async def test_a_part_that_no_file_can_have_is_another_than_was_asked_for(begin: str) -> None:
    page = httpx.Response(206, content=b"x", headers=[(b"Content-Range", f"bytes {begin}-{begin}/*".encode())])
    http = Http(ADDRESS, tls=trust(), transport=httpx.MockTransport(lambda _: page))
    with pytest.raises(Stranger, match="Another part"):
        async with VaultCalls(http).content("f", "A", start=3) as blocks:
            _ = [block async for block in blocks]
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
