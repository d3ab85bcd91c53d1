"""A running server with Anna, Ben and the administrator Ada, for every test of the routes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import Request, Response
from fastapi.routing import APIRoute

from server.domain.errors import Internal, ProblemError
from server.routes import problems
from server.routes.refusals import names_of, refusals_of
from tests.support.web import Seat, Web, running


@pytest.fixture(autouse=True)
def every_refusal_stands_in_the_api_page(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """With whatever a call is refused in these tests: its API page has it."""
    unsaid: set[str] = set()
    refused = problems._refused

    async def seen(request: Request, error: Exception) -> Response:
        route = request.scope.get("route")
        if isinstance(route, APIRoute) and isinstance(error, ProblemError):
            unsaid.update(_unsaid(route, error))
        return await refused(request, error)

    monkeypatch.setattr(problems, "_refused", seen)
    yield
    assert not unsaid


def _unsaid(route: APIRoute, error: ProblemError) -> list[str]:
    if isinstance(error, Internal) or error.code in refusals_of(route):
        return []
    return [f"{name}: {error.code.word}" for name in names_of(route)]


@pytest.fixture
def web(tmp_path: Path, database: str | None) -> Iterator[Web]:
    with running(tmp_path, database=database) as started:
        started.add_person("Anna")
        started.add_person("Ben")
        started.add_person("Ada", administrator=True)
        yield started


@pytest.fixture
def anna(web: Web) -> Iterator[Seat]:
    signed_in = web.seat("Anna")
    yield signed_in
    signed_in.client.close()


@pytest.fixture
def ben(web: Web) -> Iterator[Seat]:
    signed_in = web.seat("Ben")
    yield signed_in
    signed_in.client.close()


@pytest.fixture
def ada(web: Web) -> Iterator[Seat]:
    signed_in = web.seat("Ada")
    yield signed_in
    signed_in.client.close()
