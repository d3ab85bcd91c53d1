"""The audit trail by its calls: enough rows, the chain, and a file that is whole or not there."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec
import pytest

from pdm_desktop.core.errors import NotAllowed, NotSaved, Unreachable
from pdm_desktop.core.office.audit import PAGE, ExportAudit, VerifyAudit
from pdm_desktop.net.http import Http
from pdm_desktop.net.office import audit
from server.protocol.calls import AuditCheck, AuditPage
from server.protocol.problems import Problem
from server.protocol.wire import plain
from tests.support.sample_keeping import AUDIT

ROW = AUDIT.rows[0]


@asynccontextmanager
async def answering(*answers: httpx.Response) -> AsyncIterator[tuple[Http, list[httpx.URL]]]:
    """A server that gives these answers one after the other, and what it was asked."""
    asked: list[httpx.URL] = []
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return left.pop(0)

    http = Http("http://server", tls=ssl.create_default_context(), transport=httpx.MockTransport(answer))
    try:
        yield http, asked
    finally:
        await http.close()


def files(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def said(thing: object) -> httpx.Response:
    return httpx.Response(200, content=msgspec.json.encode(plain(thing)))


async def test_pages_are_read_until_there_are_enough_rows() -> None:
    pages = [AuditPage(rows=[], cursor="500"), AuditPage(rows=[ROW] * PAGE, cursor="300")]
    async with answering(*map(said, pages)) as (http, asked):
        found = await audit.newest_rows(http, (("text", "cover"), ("rows", str(PAGE))))
    assert (len(found.rows), found.cursor) == (PAGE, "300")
    assert [dict(url.params) for url in asked] == [{"text": "cover"}, {"text": "cover", "cursor": "500"}]


async def test_a_search_that_finds_nothing_stops_and_says_where_it_goes_on() -> None:
    pages = [said(AuditPage(rows=[], cursor=str(place))) for place in range(100, 0, -1)]
    async with answering(*pages) as (http, asked):
        found = await audit.newest_rows(http, (("text", "nowhere"),))
    assert found.rows == []
    assert found.cursor == str(101 - len(asked))
    assert len(asked) < 100


async def test_the_verdict_comes_from_the_server() -> None:
    async with answering(said(AuditCheck(rows=3, head="a", first_break=2))) as (http, asked):
        assert await audit.verify(http, VerifyAudit(), "key") == AuditCheck(rows=3, head="a", first_break=2)
    assert asked[0].path == "/api/audit/verify"


async def test_an_export_is_saved_under_its_name(tmp_path: Path) -> None:
    target = tmp_path / "trail.csv"
    target.write_text("an older one")
    async with answering(httpx.Response(200, content=b"rows")) as (http, asked):
        wish = ExportAudit(target=str(target), kind="csv", query=(("person", "Anna"),))
        await audit.export(http, wish, "key")
    assert target.read_bytes() == b"rows"
    assert dict(asked[0].params) == {"format": "csv", "person": "Anna"}
    assert files(tmp_path) == ["trail.csv"]


class _Cut(httpx.AsyncByteStream):
    """An answer that breaks off."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"some rows"
        raise httpx.ReadError("cut")


async def test_one_that_breaks_off_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "trail.csv"
    target.write_text("an older one")
    async with answering(httpx.Response(200, stream=_Cut())) as (http, _):
        with pytest.raises(Unreachable):
            await audit.export(http, ExportAudit(target=str(target), kind="csv"), "key")
    assert files(tmp_path) == ["trail.csv"]
    assert target.read_text() == "an older one"


async def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    async with answering(httpx.Response(200, content=b"rows")) as (http, _):
        with pytest.raises(NotSaved, match="cannot be written"):
            await audit.export(http, ExportAudit(target=str(tmp_path / "no" / "trail.csv"), kind="csv"), "key")


async def test_a_refused_export_saves_nothing(tmp_path: Path) -> None:
    refusal = Problem(status=403, code="forbidden", title="You may not do this", detail="Ask an administrator.")
    async with answering(httpx.Response(403, content=msgspec.json.encode(plain(refusal)))) as (http, _):
        with pytest.raises(NotAllowed):
            await audit.export(http, ExportAudit(target=str(tmp_path / "trail.csv"), kind="csv"), "key")
    assert files(tmp_path) == []
