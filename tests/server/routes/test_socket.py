"""Who may not have a WebSocket hears why by HTTP, before the upgrade."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import msgspec
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from server.protocol.problems import Problem
from tests.support.shop import Shop, open_shop


@pytest.fixture(params=["direct", "plain"])
async def shop(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, direct=request.param == "direct") as shop:
        yield shop


async def _refused(url: str, headers: Mapping[str, str], *, path: str = "/ws") -> tuple[Problem, Mapping[str, str]]:
    with pytest.raises(InvalidStatus) as refusal:
        async with connect(url.replace("http", "ws") + path, additional_headers=headers, proxy=None):
            pass
    response = refusal.value.response
    problem = msgspec.json.decode(response.body or b"", type=Problem)
    assert response.headers["content-type"] == "application/problem+json"
    assert problem.status == response.status_code
    return problem, response.headers


async def test_without_or_with_a_bad_token_it_is_401(shop: Shop) -> None:
    for headers in ({}, {"Authorization": "Bearer no.such.token"}, {"Cookie": "auth_token=x", "Origin": shop.url}):
        problem, _ = await _refused(shop.url, headers)
        assert (problem.status, problem.code) == (401, "not_signed_in")


async def test_a_seat_must_name_itself_and_no_other(shop: Shop) -> None:
    token = await shop.sign_in(await shop.person("Ada"), "seat-a")
    for seat in ({}, {"X-Seat-Id": "seat-b"}):
        problem, _ = await _refused(shop.url, {"Authorization": f"Bearer {token}", **seat})
        assert (problem.status, problem.code) == (403, "foreign_seat")


@pytest.mark.parametrize("origin", [{}, {"Origin": "http://elsewhere.example"}, {"Origin": "null"}])
async def test_a_cookie_needs_the_servers_own_origin(shop: Shop, origin: dict[str, str]) -> None:
    token = await shop.sign_in(await shop.person("Ada"), "seat-a")
    cookie = {"Cookie": f"auth_token={token}", "X-Seat-Id": "seat-a"}
    problem, _ = await _refused(shop.url, {**cookie, **origin})
    assert (problem.status, problem.code) == (403, "foreign_origin")
    async with connect(
        shop.url.replace("http", "ws") + "/ws", additional_headers={**cookie, "Origin": shop.url}, proxy=None
    ) as let_in:
        assert '"hello"' in str(await let_in.recv())


async def test_a_server_that_stops_or_cannot_reach_its_data_says_when_to_come_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await shop.sign_in(await shop.person("Ada"), "seat-a")
    headers = {"Authorization": f"Bearer {token}", "X-Seat-Id": "seat-a"}

    async def broken(_: object) -> None:
        raise OSError("the disk is away")

    with monkeypatch.context() as away:
        away.setattr(shop.store, "read", broken)
        problem, answered = await _refused(shop.url, headers)
        assert (problem.code, answered["retry-after"]) == ("not_ready", "2")
    shop.hub.refuse_newcomers()
    problem, answered = await _refused(shop.url, headers)
    assert (problem.status, problem.code, answered["retry-after"]) == (503, "not_ready", "2")


async def test_another_path_is_404(shop: Shop) -> None:
    problem, _ = await _refused(shop.url, {}, path="/elsewhere")
    assert (problem.status, problem.code) == (404, "not_found")
