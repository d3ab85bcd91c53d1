"""A slip in the address is answered as one: the sign-in window waits for that."""

import pytest

from pdm_desktop.app.options import Options
from pdm_desktop.app.sign_in import SignInDesk
from pdm_desktop.core.requests import FindServer, SignIn
from pdm_desktop.state.changes import Change, ServerFound, TroubleRaised
from pdm_desktop.state.store import Store
from tests.support.seat_parts import local_now

SLIPS = ["-ü.de", "999.1.1.1", "pdm’s.works", "xn--a.de"]


@pytest.fixture
def heard() -> list[Change]:
    return []


@pytest.fixture
def desk(options: Options, heard: list[Change]) -> SignInDesk:
    store = Store(clock=local_now)
    store.subscribe(heard.append)
    return SignInDesk(store, options, lambda _: None)


@pytest.mark.parametrize("address", SLIPS)
async def test_an_address_that_is_none_is_answered(desk: SignInDesk, heard: list[Change], address: str) -> None:
    await desk.find(FindServer(address=address))
    (found,) = [each for each in heard if isinstance(each, ServerFound)]
    assert found.trouble is not None
    assert found.trouble.title == "This address cannot be used"
    assert found.trouble.text == f"“{address}” is no address."


@pytest.mark.parametrize("address", SLIPS)
async def test_signing_in_there_is_answered_as_well(desk: SignInDesk, heard: list[Change], address: str) -> None:
    request = SignIn(server=address, name="Anna", password="a password", stay=False)
    await desk.sign_in(request)
    (told,) = [each for each in heard if isinstance(each, TroubleRaised)]
    assert (told.request, told.trouble.text) == (request, f"“{address}” is no address.")
