"""The installer comes from a real server: whole, after cuts, and never half or another one."""

import asyncio
import errno
import gzip
import os
import random
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from pdm_desktop.app import update_fetch
from pdm_desktop.app.update_fetch import PATIENCE, fetch_installer
from pdm_desktop.core.errors import BadAnswer, DiskFull, Spoiled, Told, Unreachable
from pdm_desktop.net.http import Http, trust
from pdm_desktop.net.installer import find_installer
from server.protocol.calls import Installer
from server.storage.installers import MAGIC
from tests.support.proxy import Proxy, proxy
from tests.support.seat_parts import until
from tests.support.server import RealServer

CONTENT = MAGIC + random.Random(4).randbytes(6_000_000)
NAME = "PDM-Desktop-77.0.1-x64.msi"


def put(server: RealServer, folder: Path, content: bytes = CONTENT) -> None:
    """An administrator puts an installer on the server."""
    path = folder / NAME
    path.write_bytes(content)
    server.run("installer", "add", str(path))


@pytest.fixture
async def line(own_server: RealServer) -> AsyncIterator[Proxy]:
    async with proxy(own_server.address) as made:
        yield made


@pytest.fixture
async def http(line: Proxy) -> AsyncIterator[Http]:
    made = Http(line.address, tls=trust())
    yield made
    await made.close()


async def offered(http: Http) -> Installer:
    found = await find_installer(http)
    assert found is not None
    return found


def at_once(_failures: int) -> float:
    return 0.0


def left_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


async def test_without_an_installer_there_is_nothing_to_fetch(http: Http) -> None:
    assert await find_installer(http) is None


async def test_it_comes_whole_and_is_not_fetched_twice(
    own_server: RealServer, http: Http, line: Proxy, tmp_path: Path
) -> None:
    put(own_server, tmp_path)
    told, folder = list[int](), tmp_path / "updates"
    folder.mkdir()
    (folder / "PDM-Desktop-70.0.0-x64.msi").write_bytes(b"of an earlier update")
    path = await fetch_installer(http, await offered(http), folder, moved=told.append)
    assert (path, path.read_bytes()) == (folder / NAME, CONTENT)
    assert left_in(folder) == [NAME]
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0, len(CONTENT))
    before = line.content["down"]
    assert await fetch_installer(http, await offered(http), folder, moved=told.append) == path
    assert line.content["down"] - before < 10_000


async def test_after_a_cut_it_goes_on_where_it_was(
    own_server: RealServer, http: Http, line: Proxy, tmp_path: Path
) -> None:
    put(own_server, tmp_path)
    installer = await offered(http)
    line.cut_content("down", 4_000_000)
    before, told = line.content["down"], list[int]()
    path = await fetch_installer(http, installer, tmp_path / "updates", moved=told.append, wait=at_once)
    assert path.read_bytes() == CONTENT
    assert told == sorted(told), "it never begins anew"
    assert line.content["down"] - before < len(CONTENT) + 1_000_000, "what came before the cut is not sent again"


async def test_a_server_that_stays_away_is_said_and_the_next_try_goes_on(
    own_server: RealServer, http: Http, line: Proxy, tmp_path: Path
) -> None:
    put(own_server, tmp_path)
    installer, folder, waits = await offered(http), tmp_path / "updates", list[int]()

    def wait(failures: int) -> float:
        waits.append(failures)
        line.is_refusing = True
        return 0.0

    line.cut_content("down", 3_000_000)
    with pytest.raises(Unreachable):
        await fetch_installer(http, installer, folder, moved=lambda _: None, wait=wait)
    assert waits == list(range(1, PATIENCE))
    assert left_in(folder) == [f"{NAME}.part"]
    line.plug_in()
    told = list[int]()
    path = await fetch_installer(http, installer, folder, moved=told.append)
    assert told[0] > 2_000_000
    assert path.read_bytes() == CONTENT


async def test_another_content_is_deleted_and_told(own_server: RealServer, http: Http, tmp_path: Path) -> None:
    put(own_server, tmp_path)
    installer, folder = await offered(http), tmp_path / "updates"
    folder.mkdir()
    (folder / f"{NAME}.part").write_bytes(b"x" * 1000)  # not how it begins
    with pytest.raises(Spoiled, match="did not arrive as the server has it"):
        await fetch_installer(http, installer, folder, moved=lambda _: None)
    assert left_in(folder) == []
    path = await fetch_installer(http, installer, folder, moved=lambda _: None)
    assert path.read_bytes() == CONTENT


async def test_an_installer_that_was_replaced_meanwhile_is_not_taken_for_the_one_announced(
    own_server: RealServer, http: Http, tmp_path: Path
) -> None:
    put(own_server, tmp_path)
    installer = await offered(http)
    own_server.run("installer", "remove", "77.0.1")
    put(own_server, tmp_path, MAGIC + b"another one")
    with pytest.raises(Spoiled, match="another installer by now"):
        await fetch_installer(http, installer, tmp_path / "updates", moved=lambda _: None)
    assert left_in(tmp_path / "updates") == []


async def test_a_full_disk_leaves_nothing_half(
    own_server: RealServer, http: Http, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(own_server, tmp_path)
    write, folder = update_fetch._write, tmp_path / "updates"

    def fills_up(part: Path, block: bytes, *, at: int) -> None:
        write(part, block, at=at)
        if part.stat().st_size > 1_000_000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(update_fetch, "_write", fills_up)
    with pytest.raises(DiskFull, match="no room on this computer"):
        await fetch_installer(http, await offered(http), folder, moved=lambda _: None)
    assert left_in(folder) == []


async def test_who_cancels_has_nothing_half(own_server: RealServer, http: Http, line: Proxy, tmp_path: Path) -> None:
    put(own_server, tmp_path)
    installer, folder, told = await offered(http), tmp_path / "updates", list[int]()
    async with asyncio.TaskGroup() as tasks:
        fetching = tasks.create_task(fetch_installer(http, installer, folder, moved=told.append), name="fetch")
        await until(lambda: bool(told) and told[-1] > 0)
        fetching.cancel()
    assert fetching.cancelled()
    assert left_in(folder) == []


async def test_a_write_that_comes_after_the_cancel_brings_nothing_back(
    own_server: RealServer, http: Http, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(own_server, tmp_path)
    write, folder, ends = update_fetch._write, tmp_path / "updates", list[BaseException | None]()
    began, goes_on = threading.Event(), threading.Event()

    def late(part: Path, block: bytes, *, at: int) -> None:
        began.set()
        goes_on.wait()
        try:
            write(part, block, at=at)
        except OSError as error:
            ends.append(error)
        else:
            ends.append(None)

    monkeypatch.setattr(update_fetch, "_write", late)
    installer = await offered(http)
    async with asyncio.TaskGroup() as tasks:
        fetching = tasks.create_task(fetch_installer(http, installer, folder, moved=lambda _: None), name="fetch")
        await until(began.is_set)
        fetching.cancel()
    goes_on.set()
    await until(lambda: bool(ends))
    assert left_in(folder) == []
    assert isinstance(ends[0], FileNotFoundError)


def answering(content: bytes, *, size: int, **headers: str) -> tuple[Http, Installer]:
    """A server that says so of its installer, and sends this."""
    installer = Installer(name=NAME, version="77.0.1", size=size, sha256="0" * 64)
    answer = httpx.Response(200, content=content, headers={"ETag": f'"{installer.sha256}"'} | headers)
    return Http("http://127.0.0.1:9", tls=trust(), transport=httpx.MockTransport(lambda _: answer)), installer


@pytest.mark.parametrize(
    ("sent", "headers", "error"),
    [(b"x" * 1_000_000, {}, Spoiled), (gzip.compress(b"x" * 10, mtime=0), {"Content-Encoding": "gzip"}, BadAnswer)],
    ids=["more than it said", "packed"],
)
async def test_what_the_server_did_not_say_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: bytes, headers: dict[str, str], error: type[Told]
) -> None:
    """A few bytes may unpack to as many as the disk holds."""
    written = list[int]()
    monkeypatch.setattr(update_fetch, "_write", lambda part, block, *, at: written.append(len(block)))
    http, installer = answering(sent, size=10, **headers)
    with pytest.raises(Told) as met:
        await fetch_installer(http, installer, tmp_path, moved=lambda _: None)
    await http.close()
    assert (type(met.value), written, left_in(tmp_path)) == (error, [], [])
