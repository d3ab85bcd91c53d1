"""A browser that is signed in by cookie hears of check-outs; a page of another origin does not get in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.browser import browser_page, chromium
from tests.support.client import PASSWORD, signed_in
from tests.support.server import real_server

SIGN_IN = """
const answer = await fetch("/api/session", {method: "POST", headers: {"Content-Type": "application/json"},
  body: JSON.stringify({name: "Ben", password: "%s", browser: true})});
return [answer.status, document.cookie, await answer.json()];
"""
LISTEN = """
const socket = new WebSocket("ws://" + location.host + "/ws");
window.locked = new Promise(heard => { socket.onmessage = message => {
  const said = JSON.parse(message.data);
  if (said.type === "file_locked") heard(said);
}});
await new Promise((opened, refused) => { socket.onopen = opened; socket.onclose = refused; });
socket.send(JSON.stringify({type: "resume", timestamp: new Date().toISOString(), data: {}}));
"""
INTRUDE = """
const socket = new WebSocket("%s/ws");
return await new Promise(end => { socket.onopen = () => end("let in"); socket.onclose = () => end("refused"); });
"""

pytestmark = pytest.mark.skipif(chromium() is None, reason="no Chromium is installed here")


async def test_a_browser_hears_of_a_check_out_and_a_page_of_another_origin_is_refused(tmp_path: Path) -> None:
    with real_server(tmp_path) as server:
        for name in ("Ada", "Ben"):
            server.add_person(name, PASSWORD)
        async with browser_page(tmp_path / "browser") as page, signed_in(server.address, "Ada") as ada:
            added = await ada.add(await ada.vault(), "Parts/a.nc")
            await page.go(f"{server.address}/healthz")
            status, readable_cookies, answer = await page.run(SIGN_IN % PASSWORD)
            assert (status, readable_cookies, answer["person"]) == (201, "", "Ben")
            assert "token" not in answer
            await page.run(LISTEN)
            await ada.check_out(added.file.id, message="Deburring")
            locked = await page.run("return await window.locked")
            assert (locked["seq"], locked["data"]["locked_by"]) == (2, "Ada")
            assert (locked["data"]["path"], locked["data"]["message"]) == ("Parts/a.nc", "Deburring")
            async with _another_site() as other:
                await page.go(other)
                assert await page.run(INTRUDE % server.address.replace("http", "ws")) == "refused"
            await page.go(f"{server.address}/docs")
            assert await page.run(INTRUDE % server.address.replace("http", "ws")) == "let in"
            scripts = await page.run("return [...document.scripts].map(each => each.src).filter(each => each)")
            assert all(script.startswith(server.address) for script in scripts)


@asynccontextmanager
async def _another_site() -> AsyncIterator[str]:
    """A page on another port: another origin, yet the same site, so that the browser sends the cookie all the same."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = b"<!doctype html><title>Another site</title>"
        head = f"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as site:
        yield f"http://127.0.0.1:{site.sockets[0].getsockname()[1]}/"
