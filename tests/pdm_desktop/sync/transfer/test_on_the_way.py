"""Something on the way knows no ranges, ends an answer too soon or never, or keeps what is sent: no byte is wrong."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from pathlib import Path, PurePath
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from blake3 import blake3

from pdm_desktop.core.errors import Spoiled, Told, Unreachable
from pdm_desktop.net.http import Http, trust
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.ports import Vault
from pdm_desktop.sync.transfer import attempts
from pdm_desktop.sync.transfer.download import Arriving, download
from pdm_desktop.sync.transfer.reading import read_stably
from pdm_desktop.sync.transfer.traffic import Traffic, transfer_of
from pdm_desktop.sync.transfer.upload import Begun, upload
from server.protocol.vault import File, Revision

CONTENT = os.urandom(300_000)
CUT = 100_000


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails is tried again at once, and as often."""
    monkeypatch.setattr(attempts, "FIRST_WAITS", (0.0,) * len(attempts.FIRST_WAITS))
    monkeypatch.setattr(attempts, "WAITS", (0.0,) * len(attempts.WAITS))


@pytest.fixture
def disk(tmp_path: Path) -> LocalDisk:
    made = LocalDisk(tmp_path)
    made.prepare()
    return made


class Cut(httpx.AsyncByteStream):
    """It breaks off."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield CONTENT[:CUT]
        raise httpx.ReadError("cut")


def http_to(answer: Callable[[httpx.Request], httpx.Response]) -> Http:
    return Http("http://127.0.0.1:9", token="t", seat="s", tls=trust(), transport=httpx.MockTransport(answer))


def start_of(request: httpx.Request) -> int:
    return int(request.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))


def part(start: int, end: int | None = None) -> httpx.Response:
    """What the server says to a call for a range."""
    content = CONTENT[start:end]
    headers = {"Content-Range": f"bytes {start}-{start + len(content) - 1}/{len(CONTENT)}"}
    return httpx.Response(206 if start else 200, content=content, headers=headers if start else {})


async def arrived(disk: LocalDisk, answer: Callable[[httpx.Request], httpx.Response], content: bytes = CONTENT) -> int:
    """Fetch a revision with that content: how many bytes were written, and were right. Raises core.errors."""
    revision = Revision(
        major=1, minor=0, size=len(content), hash=blake3(content).hexdigest(), author="Anna", at=datetime.now(UTC)
    )
    file = File(id="f1", path="Jobs/a.nc", head=revision)
    arriving = Arriving(revision, disk.begin())
    http = http_to(answer)
    begin = transfer_of(file.id, file.path, up=False, size=revision.size)
    try:
        await Traffic(tell=lambda _: None).carry(
            begin, lambda moving: download(VaultCalls(http), file, arriving, moving)
        )
        return arriving.size
    except Told as error:
        error.add_note(f"{arriving.size} written")
        raise
    finally:
        arriving.unfinished.discard()
        await http.close()


async def test_a_download_goes_on_behind_something_that_knows_no_ranges(disk: LocalDisk) -> None:
    """It answers 200 with the whole where a range was asked for: that is not put behind what is there."""
    times = 0

    def answer(_: httpx.Request) -> httpx.Response:
        nonlocal times
        times += 1
        return httpx.Response(200, stream=Cut()) if times == 1 else httpx.Response(200, content=CONTENT)

    came = 0
    with suppress(Spoiled):
        came = await arrived(disk, answer)
    assert (came, times) == (len(CONTENT), 2)


async def test_of_a_parked_version_as_well_only_what_was_asked_for_is_taken() -> None:
    http = http_to(lambda _: httpx.Response(200, content=CONTENT))
    try:
        async with VaultCalls(http).parked_content("p1", start=CUT) as blocks:
            assert b"".join([block async for block in blocks]) == CONTENT[CUT:]
    finally:
        await http.close()


@pytest.mark.parametrize("said", ["bytes 7-9/10", "bytes */10", ""])
async def test_another_range_than_was_asked_for_is_not_taken(said: str) -> None:
    http = http_to(lambda _: httpx.Response(206, content=b"abc", headers={"Content-Range": said} if said else {}))
    try:
        async with VaultCalls(http).content("f1", "1.0", start=5) as blocks:
            with pytest.raises(Unreachable, match="Another part"):
                await anext(blocks)
    finally:
        await http.close()


async def test_a_download_that_ends_too_soon_goes_on_where_it_was(disk: LocalDisk) -> None:
    """A body that something ends early and properly is a cut like any other."""
    starts: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        starts.append(start_of(request))
        return part(starts[-1], starts[-1] + CUT)

    came = 0
    with suppress(Spoiled):
        came = await arrived(disk, answer)
    assert (came, starts) == (len(CONTENT), [0, CUT, 2 * CUT])


async def test_a_download_of_which_no_more_comes_is_given_up(disk: LocalDisk) -> None:
    starts: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        starts.append(start_of(request))
        return part(starts[-1], CUT)

    with pytest.raises(Unreachable):
        await arrived(disk, answer)
    assert starts == [0] + [CUT] * len(attempts.WAITS)


async def test_an_empty_revision_arrives_at_once(disk: LocalDisk) -> None:
    assert await arrived(disk, lambda _: httpx.Response(200, content=b""), b"") == 0


@pytest.mark.parametrize("size", [0, 10])
async def test_more_than_a_revision_has_is_not_written_to_the_disk(disk: LocalDisk, size: int) -> None:
    """An answer that never ends must not fill the disk: one byte more tells that it is wrong."""
    with pytest.raises(Spoiled) as told:
        await arrived(disk, lambda _: httpx.Response(200, content=bytes(8 << 20)), bytes(size))
    assert told.value.__notes__ == [f"{size + 1} written"]


class Deaf:
    """A server that says truly that it has nothing: something on the way keeps the body of each part."""

    def __init__(self) -> None:
        self.parts = 0

    async def begin_upload(self, **_: Any) -> Any:
        return SimpleNamespace(id="u", offset=0, complete=False)

    async def append(self, _: str, part: AsyncIterator[bytes], **__: Any) -> Any:
        self.parts += 1
        assert self.parts < 40, "the same part is sent for ever"
        async with aclosing(cast("Any", part)) as blocks:
            async for _block in blocks:
                pass
        return SimpleNamespace(offset=0)


async def test_an_upload_that_does_not_move_is_given_up(disk: LocalDisk) -> None:
    (disk.root / "a.nc").write_bytes(bytes(5 << 20))
    content = read_stably(disk, PurePath("a.nc"))
    deaf = Deaf()
    begun = SimpleNamespace(upload=lambda _: None, put_upload=lambda *_: None, drop_upload=lambda _: None)
    with pytest.raises(Unreachable):
        async with asyncio.timeout(60):
            await Traffic(tell=lambda _: None).carry(
                transfer_of("f1", "a.nc", up=True, size=content.size),
                lambda moving: upload(
                    cast("Vault", deaf), disk, PurePath("a.nc"), content, moving, cast("Begun", begun)
                ),
            )
    assert deaf.parts == 1 + len(attempts.FIRST_WAITS)
