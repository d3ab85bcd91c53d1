"""One seat's HTTP calls: what a session that is over means to them."""

import pytest

from pdm_desktop.core.errors import NotSignedIn, SignInRefused
from pdm_desktop.net import session
from pdm_desktop.net.http import Http, trust
from pdm_desktop.net.vault import VaultCalls
from tests.support.client import Client
from tests.support.server import RealServer


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
