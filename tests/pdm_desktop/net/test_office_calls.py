"""The calls about locks, deleted files and parked versions: what is sent, once under one key, and lists in pages."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import msgspec
import pytest

from pdm_desktop.core.errors import Refused
from pdm_desktop.core.office import topics
from pdm_desktop.core.office.deleted import KeepDeleted, PurgeFile
from pdm_desktop.core.office.locks import ForceRelease
from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.net.http import Http
from pdm_desktop.net.office import changing, reading
from server.protocol.calls import DeletedFile, DeletedFiles, FileState, ParkedVersions, Purge
from server.protocol.problems import Code, Problem
from server.protocol.vault import File, Revision
from server.protocol.wire import plain
from tests.support.sample_locks import ALL_PARKED

AT = datetime(2026, 3, 4, tzinfo=UTC)
HEAD = Revision(major=1, minor=0, size=3, hash="1" * 64, author="Anna", at=AT)
STATE = FileState(epoch="e", vault="v", seq=4, file=File(id="f1", path="a.nc", head=HEAD))
PURGE = Purge(vault="v", file="f1", path="a.nc", purge=AT)


def http(answer: Callable[[httpx.Request], object]) -> Http:
    """A server that answers so."""

    def respond(request: httpx.Request) -> httpx.Response:
        found = answer(request)
        if isinstance(found, Problem):
            headers = {"Content-Type": "application/problem+json"}
            return httpx.Response(found.status, content=msgspec.json.encode(plain(found)), headers=headers)
        return httpx.Response(200, content=msgspec.json.encode(plain(found)))

    return Http("http://server", tls=ssl.create_default_context(), transport=httpx.MockTransport(respond))


@pytest.mark.parametrize(
    ("wish", "call", "sent", "answer"),
    [
        (
            ForceRelease(file="f1", path="a.nc", holder="Jan", token=7, reason="needed at 14:00", give_to="Anna"),
            "POST /api/files/f1/force",
            {"token": 7, "reason": "needed at 14:00", "give_to": "Anna"},
            STATE,
        ),
        (
            ForceRelease(file="f1", path="a.nc", holder="Jan", token=7, reason="needed at 14:00"),
            "POST /api/files/f1/force",
            {"token": 7, "reason": "needed at 14:00"},
            STATE,
        ),
        (PurgeFile(file="f1", path="a.nc"), "POST /api/files/f1/purge", None, PURGE),
        (KeepDeleted(file="f1", path="a.nc"), "DELETE /api/files/f1/purge", None, PURGE),
    ],
    ids=["hand over", "force release", "purge", "keep"],
)
async def test_a_change_is_one_call_under_one_key(wish: OfficeRequest, call: str, sent: object, answer: object) -> None:
    made: list[tuple[str, object, str]] = []

    def respond(request: httpx.Request) -> object:
        body = msgspec.json.decode(request.content) if request.content else None
        made.append((f"{request.method} {request.url.path}", body, request.headers["idempotency-key"]))
        return answer

    assert await changing.make(http(respond), wish, "the-key") == answer
    assert made == [(call, sent, "the-key")]


async def test_a_refusal_says_why() -> None:
    why = "Jan has it by another check-out."
    refusal = Problem(status=409, code=Code.NOT_YOURS.word, title="It is otherwise", detail=why)
    wish = ForceRelease(file="f1", path="a.nc", holder="Jan", token=7, reason="needed at 14:00")
    with pytest.raises(Refused) as refused:
        await changing.make(http(lambda _: refusal), wish, "the-key")
    assert why in refused.value.text


async def test_deleted_files_of_several_vaults_are_one_list() -> None:
    def respond(request: httpx.Request) -> object:
        vault, cursor = request.url.path.split("/")[3], request.url.params.get("cursor")
        name = f"{vault}{cursor or ''}"
        file = DeletedFile(id=name, path=f"{name}.nc", head=HEAD, deleted_by="Anna", deleted_at=AT)
        return DeletedFiles(files=[file], cursor="2" if (vault, cursor) == ("a", None) else None)

    found = await reading.read(http(respond), topics.DELETED, (("vault", "a"), ("vault", "b")))
    assert isinstance(found, topics.Tombstones)
    assert [(each.vault, each.file.id) for each in found.files] == [("a", "a"), ("a", "a2"), ("b", "b")]


async def test_parked_versions_of_all_come_in_pages() -> None:
    first, second = ALL_PARKED.parked

    def respond(request: httpx.Request) -> object:
        assert (request.url.path, request.url.params["all"]) == ("/api/parked", "true")
        if request.url.params.get("cursor") is None:
            return ParkedVersions(parked=[first], cursor="next")
        return ParkedVersions(parked=[second])

    assert await reading.read(http(respond), topics.ALL_PARKED, ()) == ALL_PARKED
