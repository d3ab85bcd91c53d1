"""The guard: tokens in the header or the cookie, the page that a browser shows, and the seat that a call names."""

import pytest

from server.auth.guard import Guard
from server.auth.tokens import Tokens
from server.domain.errors import ForeignOrigin, ForeignSeat, NotSignedIn, ProblemError
from server.domain.session import Session
from tests.support.vault_data import START

TOKENS = Tokens(b"k" * 32)
ANNA = Session(id="s1", person_id="p1", person="Anna", administrator=False, seat="seat-1", expires=START)
TOKEN = TOKENS.token_for("s1", expires=START)
COOKIE = {"cookie": f"other=1; auth_token={TOKEN}", "host": "pdm.example:8470"}


async def find(session_id: str) -> Session | None:
    return ANNA if session_id == "s1" else None


GUARD = Guard(TOKENS, find)


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": f"Bearer {TOKEN}"},
        {"authorization": f"bearer {TOKEN}", "x-seat-id": "seat-1"},
        {"authorization": f"Bearer {TOKEN}", "origin": "http://anywhere.example"},
        {**COOKIE, "origin": "https://pdm.example:8470"},
    ],
)
async def test_whoever_has_a_token_is_let_in(headers: dict[str, str]) -> None:
    assert await GUARD.signed_in(headers, origin_matters=True) == ANNA


async def test_a_browser_that_only_reads_needs_no_origin() -> None:
    assert await GUARD.signed_in(COOKIE, origin_matters=False) == ANNA


@pytest.mark.parametrize(
    ("headers", "refusal"),
    [
        ({}, NotSignedIn),
        ({"authorization": "Basic abc"}, NotSignedIn),
        ({"authorization": "Bearer"}, NotSignedIn),
        ({"authorization": f"Bearer {TOKENS.token_for('ended', expires=START)}"}, NotSignedIn),
        ({"cookie": "auth_token"}, NotSignedIn),
        (COOKIE, ForeignOrigin),
        ({**COOKIE, "origin": "null"}, ForeignOrigin),
        ({**COOKIE, "origin": "https://evil.example"}, ForeignOrigin),
        ({**COOKIE, "origin": "https://pdm.example"}, ForeignOrigin),
        ({**COOKIE, "origin": "file://pdm.example:8470"}, ForeignOrigin),
        ({**COOKIE, "origin": "https://[pdm.example:8470"}, ForeignOrigin),
        ({"authorization": f"Bearer {TOKEN}", "x-seat-id": "seat-2"}, ForeignSeat),
    ],
)
async def test_others_are_refused(headers: dict[str, str], refusal: type[ProblemError]) -> None:
    with pytest.raises(refusal):
        await GUARD.signed_in(headers, origin_matters=True)


async def test_a_header_counts_before_a_cookie() -> None:
    with pytest.raises(NotSignedIn):
        await GUARD.signed_in({**COOKIE, "authorization": "Bearer none"}, origin_matters=False)
