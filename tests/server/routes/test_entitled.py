"""Long answers break off when whoever asked may not read on, and only then."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import insert

from server.domain.session import Session
from server.routes import chunks, content, entitled
from server.routes.content import Part, pieces_of
from server.routes.parts import Parts
from server.storage.blobs import Blobs
from server.storage.tables import access
from tests.support.web import Seat, Web

CONTENT = os.urandom(700_000)
ALL_OF_IT = [{"start": 0, "size": len(CONTENT)}]
BROKEN_OFF = "peer closed connection without sending complete message body"
PROMISED_SECONDS = 2.0
"""From the end of a right until nothing works by it."""


class Stalled:
    """Contents whose second piece comes when the test says so."""

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def pieces_of(self, blobs: Blobs, content_hash: str, parts: Iterable[Part]) -> Iterator[bytes]:
        pieces = pieces_of(blobs, content_hash, parts)
        yield next(pieces)
        self.go_on.wait()
        yield from pieces


@pytest.fixture
def stalled(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stalled]:
    made = Stalled()
    for module in (content, chunks):
        monkeypatch.setattr(module, "pieces_of", made.pieces_of)
    assert entitled.ASK_SECONDS <= PROMISED_SECONDS / 2
    monkeypatch.setattr(entitled, "ASK_SECONDS", 0.0)
    yield made
    made.go_on.set()


def disabled(_: Web, ada: Seat, ben: Seat) -> httpx.Response:
    return ada.change("/people/Ben", method="DELETE")


def without_role(_: Web, ada: Seat, ben: Seat) -> httpx.Response:
    return ada.change(f"/vaults/{ben.vault()}/access/Ben", {"role": "none"}, method="PUT")


def seat_ended(web: Web, _: Seat, ben: Seat) -> httpx.Response:
    elsewhere = web.seat("Ben", seat="another")
    with elsewhere.client:
        return elsewhere.change(f"/session/seats/{ben.signed_in['seat']}", method="DELETE")


def signed_out(_: Web, ada: Seat, ben: Seat) -> httpx.Response:
    return ben.change("/session", method="DELETE")


def received(ben: Seat, stalled: Stalled, file: str, meanwhile: Callable[[], Any]) -> bytes:
    """What comes of a content when something happens after its first bytes. Raises RemoteProtocolError: not all."""
    got = bytearray()
    headers = {"authorization": ben.client.headers["authorization"]}
    with (
        httpx.Client(base_url=ben.client.base_url, headers=headers, timeout=30) as other,
        other.stream("GET", f"/api/files/{file}/content") as answer,
    ):
        assert answer.status_code == 200
        for piece in answer.iter_raw():
            if not got:
                meanwhile()
                stalled.go_on.set()
            got += piece
    return bytes(got)


@pytest.mark.parametrize("end", [disabled, without_role, seat_ended, signed_out])
def test_a_download_breaks_off_with_the_right_to_it(
    web: Web, anna: Seat, ben: Seat, ada: Seat, stalled: Stalled, end: Callable[[Web, Seat, Seat], httpx.Response]
) -> None:
    file = anna.add("a.nc", CONTENT)["id"]
    ended: list[int] = []
    with pytest.raises(httpx.RemoteProtocolError, match=BROKEN_OFF):
        received(ben, stalled, file, lambda: ended.append(end(web, ada, ben).status_code))
    assert len(ended) == 1
    assert ended[0] in {200, 204}


def test_a_download_of_who_may_read_comes_whole(anna: Seat, ben: Seat, ada: Seat, stalled: Stalled) -> None:
    file = anna.add("a.nc", CONTENT)["id"]
    assert received(ben, stalled, file, lambda: ada.change("/people/Anna", method="DELETE")) == CONTENT


def test_nobody_is_asked_for_each_piece(
    anna: Seat, ben: Seat, stalled: Stalled, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def counted(*_: object) -> None:
        asked.append("again")

    monkeypatch.setattr(entitled, "require_entitled", counted)
    file = anna.add("a.nc", CONTENT)["id"]
    assert received(ben, stalled, file, lambda: monkeypatch.setattr(entitled, "ASK_SECONDS", 3600.0)) == CONTENT
    assert asked == ["again"], "before the first piece alone, when nobody had said to wait"


@pytest.mark.parametrize(
    ("method", "call", "body"),
    [
        pytest.param("GET", "/files/{file}/chunks", None, id="chunks"),
        pytest.param("POST", "/files/{file}/pieces", {"revision": "1.0", "pieces": ALL_OF_IT}, id="pieces"),
        pytest.param("POST", "/files/contents", {"files": [{"file": "FILE", "revision": "1.0"}]}, id="bundle"),
        pytest.param("GET", "/vaults/{vault}/tree", None, id="tree"),
    ],
)
def test_so_does_everything_else_that_is_read_out_of_a_vault(
    anna: Seat, ben: Seat, stalled: Stalled, monkeypatch: pytest.MonkeyPatch, method: str, call: str, body: Any
) -> None:
    file, vault, asked = anna.add("a.nc", CONTENT)["id"], ben.vault(), entitled.require_entitled
    stalled.go_on.set()

    async def without_the_role(parts: Parts, session: Session, may_read: entitled.MayRead) -> None:
        row = {"vault": vault, "person": session.person_id, "role": None}
        await parts.store.write(lambda connection: connection.execute(insert(access).values(row)))
        await asked(parts, session, may_read)

    monkeypatch.setattr(entitled, "require_entitled", without_the_role)
    wish = None if body is None else msgspec.json.decode(msgspec.json.encode(body).replace(b"FILE", file.encode()))
    with pytest.raises(httpx.RemoteProtocolError, match=BROKEN_OFF):
        ben.client.request(method, "/api" + call.format(file=file, vault=vault), json=wish)
