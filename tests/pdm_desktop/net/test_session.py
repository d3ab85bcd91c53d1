"""Signing in and out at a real server, and every way in which that goes wrong."""

import uuid
from collections.abc import AsyncIterator

import pytest

from pdm_desktop.core import errors
from pdm_desktop.net import session
from pdm_desktop.net.http import Http, trust
from pdm_desktop.release import VERSION
from tests.support.client import PASSWORD
from tests.support.server import RealServer


@pytest.fixture
async def http(shop_server: RealServer) -> AsyncIterator[Http]:
    made = Http(shop_server.address, tls=trust())
    yield made
    await made.close()


def new_seat() -> str:
    return uuid.uuid4().hex


async def test_a_session_begins_and_ends(http: Http, shop_server: RealServer) -> None:
    seat = new_seat()
    begun = await session.sign_in(http, "Anna", PASSWORD, seat=seat, computer="CAM-02")
    assert (begun.person, begun.administrator, begun.seat) == ("Anna", False, seat)
    mine = Http(shop_server.address, token=begun.token, seat=seat, tls=trust())
    assert (await session.who_am_i(mine)).person == "Anna"
    await session.sign_out(mine)
    with pytest.raises(errors.NotSignedIn):
        await session.who_am_i(mine)
    await mine.close()


async def test_a_wrong_password_is_told_plainly(http: Http) -> None:
    with pytest.raises(errors.SignInRefused) as refused:
        await session.sign_in(http, "Nobody", "not the password", seat=new_seat(), computer="CAM-02")
    assert refused.value.advice


async def test_a_seat_of_somebody_else_is_refused(http: Http) -> None:
    seat = new_seat()
    await session.sign_in(http, "Anna", PASSWORD, seat=seat, computer="CAM-02")
    with pytest.raises(errors.SeatTaken):
        await session.sign_in(http, "Tomas", PASSWORD, seat=seat, computer="CAM-02")


async def test_a_server_is_found_by_its_address(http: Http) -> None:
    info = await session.find_server(http)
    assert info.name
    assert info.oldest_client


async def test_no_server_is_told_with_the_address() -> None:
    nobody = Http("http://127.0.0.1:9", tls=trust())
    with pytest.raises(errors.Unreachable) as met:
        await session.find_server(nobody)
    assert met.value.text == "No server answers at http://127.0.0.1:9."
    await nobody.close()


def test_a_seat_that_is_too_old_is_told_what_is_needed() -> None:
    session.check_version(VERSION)
    session.check_version("0.0.9")
    with pytest.raises(errors.TooOldSeat) as refused:
        session.check_version("99.0")
    assert "99.0" in refused.value.text
