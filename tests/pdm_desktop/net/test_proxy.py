"""The system's proxy: who is reached through it, by calls and by the socket alike."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime

import pytest

from pdm_desktop.core.errors import Told
from pdm_desktop.core.link import Ending
from pdm_desktop.net.http import Http, trust
from pdm_desktop.net.proxy import proxy_for
from pdm_desktop.net.push import Push
from pdm_desktop.net.session import find_server
from tests.support.dialling import HELLO, Ears
from tests.support.windows_programs import IN_WINE

SERVER = "https://pdm.works.example"
PROXY = "http://proxy.works.example:3128"
VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("variables", "address", "proxy"),
    [
        ({}, SERVER, None),
        ({"HTTPS_PROXY": PROXY}, SERVER, PROXY),
        ({"HTTPS_PROXY": "proxy.works.example:3128"}, f"{SERVER}:8443", PROXY),
        ({"ALL_PROXY": PROXY}, SERVER, PROXY),
        ({"HTTP_PROXY": PROXY}, SERVER, None),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "works.example"}, SERVER, None),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "pdm.works.example:8443"}, f"{SERVER}:8443", None),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "pdm.works.example:8443"}, SERVER, PROXY),
        ({"HTTPS_PROXY": PROXY}, "http://127.0.0.1:8000", None),
        ({"HTTPS_PROXY": PROXY}, "https://localhost:8443", None),
        ({"ALL_PROXY": "socks5://proxy.works.example:1080"}, SERVER, None),
    ],
)
def test_variables_say_who_is_reached_through_which_proxy(
    monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str], address: str, proxy: str | None
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(address) == proxy


@asynccontextmanager
async def proxying() -> AsyncIterator[tuple[str, list[str]]]:
    """A proxy that lets nobody through: its address, and the first line of what each has asked it for."""
    asked: list[str] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        asked.append(head.decode().splitlines()[0])
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked


class Once(Ears):
    """Hears that there is no connection, and that is enough."""

    def lost(self, ending: Ending, next_try: datetime | None) -> None:
        super().lost(ending, next_try)
        raise asyncio.CancelledError


async def test_calls_and_the_socket_go_through_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with proxying() as (address, asked):
        monkeypatch.setenv("HTTPS_PROXY", address)
        http = Http(SERVER, token="t", seat="s", tls=trust())
        with pytest.raises(Told):
            await find_server(http)
        assert asked == ["CONNECT pdm.works.example:443 HTTP/1.1"]
        with pytest.raises(asyncio.CancelledError):
            await Push(http, Once(), server=HELLO.server).run()
        assert asked == ["CONNECT pdm.works.example:443 HTTP/1.1"] * 2
        await http.close()


if sys.platform == "win32":
    import winreg

    SETTINGS = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"

    @contextmanager
    def settings(**values: str | int) -> Iterator[None]:
        """The person has these settings of proxies, on a computer that is thrown away."""
        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, SETTINGS) as key:
            for name, value in values.items():
                kind = winreg.REG_DWORD if isinstance(value, int) else winreg.REG_SZ
                winreg.SetValueEx(key, name, 0, kind, value)
            try:
                yield
            finally:
                for name in values:
                    winreg.DeleteValue(key, name)

    @pytest.mark.skipif(not IN_WINE, reason="a person's own settings are nothing for a test")
    def test_windows_settings_say_who_is_reached_through_which_proxy() -> None:
        with settings(ProxyEnable=1, ProxyServer="proxy.works.example:3128", ProxyOverride="*.near.example;<local>"):
            assert proxy_for(SERVER) == PROXY
            assert proxy_for("https://pdm.near.example:8443") is None
            assert proxy_for("https://pdm") is None
        with settings(ProxyEnable=0, ProxyServer="proxy.works.example:3128"):
            assert proxy_for(SERVER) is None
