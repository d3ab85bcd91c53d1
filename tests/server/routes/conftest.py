"""A running server with Anna, Ben and the administrator Ada, for every test of the routes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.web import Seat, Web, running


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with running(tmp_path) as started:
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
