"""An edited file sends and fetches what changed: over a bad network, against a real server, and never anything else."""

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from pdm_desktop.core import delta, requests
from pdm_desktop.core.errors import BadAnswer, Missing, ServerTrouble, Told
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.net.http import Http, trust
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.events import TransferMoved
from pdm_desktop.sync.transfer import attempts, deltas, upload
from server.protocol import calls
from server.protocol.chunks import MOST_BYTES, decode, encode
from server.protocol.vault import File
from tests.pdm_desktop.sync.transfer.test_steering import SLOW, Asked
from tests.support.client import PASSWORD, Client, signed_in
from tests.support.proxy import Proxy, proxy
from tests.support.seat_parts import Workplace, until, workplace
from tests.support.server import RealServer, real_server

MIB = 1 << 20
SIZE = 9 * MIB + 123
FEW_CHUNKS = 4 * MOST_BYTES
SMALL_TALK = 64 << 10
"""More than all headers, answers and lists of one request of these tests."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small parts and short waits: the rules are the same."""
    monkeypatch.setattr(delta, "LEAST_BYTES", MIB)
    monkeypatch.setattr(deltas, "COPIED", 2 * MIB)
    monkeypatch.setattr(upload, "SMALL", MIB)
    monkeypatch.setattr(upload, "PART", 2 * MIB)
    monkeypatch.setattr(attempts, "FIRST_WAITS", (0.01, 0.02))
    monkeypatch.setattr(attempts, "WAITS", (0.01, 0.05, 0.2))


@pytest.fixture
async def line(anna: Client) -> AsyncIterator[Proxy]:
    async with proxy(anna.address) as made:
        yield made


def noise(size: int = SIZE) -> bytes:
    return random.randbytes(size)


def edited(old: bytes, at: int = SIZE // 2, new: bytes = b"an edit that moves all behind it") -> bytes:
    return old[:at] + new + old[at + 7 :]


async def added(client: Client, content: bytes) -> File:
    return (await client.add(await client.vault(), f"Jobs/{uuid.uuid4().hex}/plate.mcam", content)).file


@asynccontextmanager
async def behind(
    line: Proxy, client: Client, folder: Path, *, around: Callable[[VaultCalls], VaultCalls] = lambda made: made
) -> AsyncIterator[Workplace]:
    """The client's engine, behind that line."""
    calls_ = VaultCalls(Http(line.address, token=client.token, seat=client.seat, tls=trust()))
    try:
        async with workplace(client, folder, around=lambda _: around(calls_)) as place:
            yield place
    finally:
        await calls_.close()


def path_of(place: Workplace, file: File) -> Path:
    return place.root / "Production" / file.path


async def checked_out(place: Workplace, file: File, new: bytes) -> Path:
    """Check out and write."""
    assert (await place.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.DONE
    path_of(place, file).write_bytes(new)
    return path_of(place, file)


async def check_in(place: Workplace, file: File) -> FileResult:
    return await place.one(requests.CheckIn(files=(file.id,)))


async def get_latest(place: Workplace, file: File) -> FileResult:
    return await place.one(requests.GetLatest(files=(file.id,)))


class Without(VaultCalls):
    """A server that knows one of the calls not, or answers it with a trouble."""

    def __init__(self, inner: VaultCalls, error: Told, *names: str) -> None:
        self._http = inner._http
        self._error = error
        self._names = names
        self.asked = 0

    async def chunks(self, file: str, revision: str, *, size: int) -> bytes:
        if "chunks" in self._names:
            self.asked += 1
            raise self._error
        return await super().chunks(file, revision, size=size)

    @asynccontextmanager
    async def pieces(self, file: str, wanted: calls.Pieces) -> AsyncIterator[AsyncIterator[bytes]]:
        if "pieces" in self._names:
            self.asked += 1
            raise self._error
        async with super().pieces(file, wanted) as blocks:
            yield blocks

    async def append_delta(self, upload: str, delta: calls.Delta, sent: Any, **named: int) -> calls.UploadProgress:
        if "append_delta" in self._names:
            self.asked += 1
            raise self._error
        return await super().append_delta(upload, delta, sent, **named)


async def test_an_edited_file_of_32_mb_sends_a_few_chunks(line: Proxy, anna: Client, tmp_path: Path) -> None:
    old = noise(32_000_000)
    file, new = await added(anna, old), edited(old, at=11_000_000)
    async with behind(line, anna, tmp_path) as place:
        await checked_out(place, file, new)
        up, down = line.up, line.down
        assert (await check_in(place, file)).outcome is Outcome.DONE
        assert line.up - up < FEW_CHUNKS + SMALL_TALK
        assert line.down - down < SMALL_TALK
    assert await anna.content(file.id) == new


async def test_scattered_edits_send_the_chunks_around_them(line: Proxy, anna: Client, tmp_path: Path) -> None:
    old = noise()
    file, new = await added(anna, old), old
    for at in range(100_000, SIZE, 900_000):
        new = edited(new, at=at, new=random.randbytes(20))
    async with behind(line, anna, tmp_path) as place:
        await checked_out(place, file, new)
        before = line.up
        assert (await check_in(place, file)).outcome is Outcome.DONE
        assert line.up - before < 11 * 3 * MOST_BYTES + SMALL_TALK
    assert await anna.content(file.id) == new


async def test_a_newer_revision_fetches_a_few_chunks(line: Proxy, anna: Client, tomas: Client, tmp_path: Path) -> None:
    old = noise()
    file, new = await added(anna, old), edited(old)
    async with behind(line, anna, tmp_path) as place:
        assert (await get_latest(place, file)).outcome is Outcome.DONE
        await tomas.check_in(await tomas.check_out(file.id), new)
        before = line.down
        assert (await get_latest(place, file)).outcome is Outcome.DONE
        assert line.down - before < FEW_CHUNKS + 2 * SMALL_TALK
        assert path_of(place, file).read_bytes() == new
        assert place.kept() == []


async def test_a_revision_with_scattered_edits_fetches_the_chunks_around_them(
    line: Proxy, anna: Client, tomas: Client, tmp_path: Path
) -> None:
    old = noise()
    file, new = await added(anna, old), old
    for at in range(100_000, SIZE, 300_000):
        new = edited(new, at=at, new=random.randbytes(20))
    async with behind(line, anna, tmp_path) as place:
        await get_latest(place, file)
        await tomas.check_in(await tomas.check_out(file.id), new)
        before = line.down
        assert (await get_latest(place, file)).outcome is Outcome.DONE
        assert line.down - before < 32 * 2 * MOST_BYTES
        assert path_of(place, file).read_bytes() == new


async def test_undo_takes_what_the_edit_left_as_it_was(line: Proxy, anna: Client, tmp_path: Path) -> None:
    old = noise()
    file, new = await added(anna, old), edited(old)
    async with behind(line, anna, tmp_path) as place:
        path = await checked_out(place, file, new)
        before = line.down
        assert (await place.one(requests.UndoCheckOut(files=(file.id,)))).outcome is Outcome.DONE
        assert line.down - before < FEW_CHUNKS + 2 * SMALL_TALK
        assert path.read_bytes() == old
        assert place.kept() == [new]


@pytest.mark.parametrize("at", [500, 5_000, 20_000, 60_000, MIB, MIB + 1, 2 * MIB, 2_500_000])
async def test_a_check_in_that_is_cut_goes_on(line: Proxy, anna: Client, tmp_path: Path, at: int) -> None:
    """Bytes that travel lie between bytes that are copied: a cut may hit the line of steps, or any of them."""
    old = noise()
    new = edited(old, at=MIB, new=noise(3 * MIB))
    file = await added(anna, old)
    async with behind(line, anna, tmp_path) as place:
        await checked_out(place, file, new)
        line.cut("up", at)
        before = line.up
        assert (await check_in(place, file)).outcome is Outcome.DONE
        assert line.cuts == []
        assert line.up - before < (3 + 2) * MIB + FEW_CHUNKS + 2 * SMALL_TALK, "at most one part is sent again"
    assert await anna.content(file.id) == new


async def test_lost_answers_cost_no_byte_twice(line: Proxy, anna: Client, tmp_path: Path) -> None:
    old = noise()
    file, new = await added(anna, old), edited(old)
    async with behind(line, anna, tmp_path) as place:
        await checked_out(place, file, new)
        before = line.up
        for at in (100, 1_500, 9_000, 14_000):
            line.cut("down", at)
        assert (await check_in(place, file)).outcome is Outcome.DONE
        assert line.up - before < 3 * FEW_CHUNKS + 2 * SMALL_TALK
    assert await anna.content(file.id) == new


@pytest.mark.parametrize("at", [3_000, 12_000, 100_000, 1_200_000])
async def test_a_fetch_that_is_cut_goes_on(line: Proxy, anna: Client, tomas: Client, tmp_path: Path, at: int) -> None:
    old = noise()
    new = edited(old, new=noise(2 * MIB))
    file = await added(anna, old)
    async with behind(line, anna, tmp_path) as place:
        await get_latest(place, file)
        await tomas.check_in(await tomas.check_out(file.id), new)
        line.cut("down", at)
        before = line.down
        assert (await get_latest(place, file)).outcome is Outcome.DONE
        assert line.cuts == []
        assert line.down - before < (2 + 1) * MIB + FEW_CHUNKS + 2 * SMALL_TALK
        assert path_of(place, file).read_bytes() == new


async def test_after_a_restart_of_the_seat_it_goes_on(line: Proxy, anna: Client, tmp_path: Path) -> None:
    old = noise()
    new = edited(old, at=MIB, new=noise(4 * MIB))
    file = await added(anna, old)
    async with behind(line, anna, tmp_path) as place:
        await checked_out(place, file, new)
        line.die(3 * MIB)
        assert (await check_in(place, file)).outcome is Outcome.WAITS
    line.is_refusing = False
    async with behind(line, anna, tmp_path) as place:
        before = line.up
        assert (await check_in(place, file)).outcome is Outcome.DONE
        assert line.up - before < 2 * MIB + FEW_CHUNKS + SMALL_TALK, "what the server had is not sent again"
    assert await anna.content(file.id) == new


async def test_a_server_killed_in_the_middle_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for waits in ("FIRST_WAITS", "WAITS"):  # as long as a server takes to start on a busy computer
        monkeypatch.setattr(attempts, waits, (0.1,) * 600)
    old = noise()
    new = edited(old, at=5 * MIB, new=noise(4 * MIB))
    with real_server(tmp_path / "server") as server:
        server.add_person("Anna", PASSWORD)
        async with signed_in(server.address, "Anna") as anna, proxy(server.address) as line:
            file = await added(anna, old)
            async with behind(line, anna, tmp_path) as place, asyncio.TaskGroup() as tasks:
                await checked_out(place, file, new)
                line.die(3 * MIB)
                checking = tasks.create_task(check_in(place, file), name="check in")
                await until(lambda: line.is_refusing)
                await asyncio.to_thread(_restarted, server)
                before, line.is_refusing = line.up, False
                assert (await checking).outcome is Outcome.DONE
                assert line.up - before < (2 + 2) * MIB + FEW_CHUNKS + SMALL_TALK
            assert await anna.content(file.id) == new


def _restarted(server: RealServer) -> None:
    server.kill()
    server.start()


async def test_a_paused_check_in_goes_on_where_it_was(line: Proxy, anna: Client, tmp_path: Path) -> None:
    old = noise()
    new = edited(old, at=MIB, new=noise(5 * MIB))
    file = await added(anna, old)
    async with behind(line, anna, tmp_path) as place:
        await checked_out(place, file, new)
        await place.engine.run(SLOW, {})
        before = line.up
        asked = Asked(place, requests.CheckIn(files=(file.id,)))
        await asked.pause()
        assert (await asked.resume()).outcome is Outcome.DONE
        assert line.up - before < 5 * MIB + MIB + FEW_CHUNKS + 2 * SMALL_TALK
    assert await anna.content(file.id) == new


async def test_a_paused_get_goes_on_where_it_was(line: Proxy, anna: Client, tomas: Client, tmp_path: Path) -> None:
    old = noise()
    new = edited(old, at=MIB, new=noise(5 * MIB))
    file = await added(anna, old)
    async with behind(line, anna, tmp_path) as place:
        await get_latest(place, file)
        await tomas.check_in(await tomas.check_out(file.id), new)
        await place.engine.run(SLOW, {})
        before = line.down
        asked = Asked(place, requests.GetLatest(files=(file.id,)))
        await asked.pause()
        assert (await asked.resume()).outcome is Outcome.DONE
        assert line.down - before < 5 * MIB + MIB + FEW_CHUNKS + 2 * SMALL_TALK
        assert path_of(place, file).read_bytes() == new


TROUBLES = [Missing("There is nothing of that name."), BadAnswer("Not understood."), ServerTrouble("It broke.")]


@pytest.mark.parametrize("error", TROUBLES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("name", ["chunks", "append_delta"])
async def test_a_server_without_the_calls_gets_the_whole(
    line: Proxy, anna: Client, tmp_path: Path, name: str, error: Told
) -> None:
    old = noise(3 * MIB)
    file, new = await added(anna, old), edited(old, at=MIB)
    without: list[Without] = []

    def around(made: VaultCalls) -> VaultCalls:
        without.append(Without(made, error, name))
        return without[0]

    async with behind(line, anna, tmp_path, around=around) as place:
        await checked_out(place, file, new)
        before = line.up
        assert (await check_in(place, file)).outcome is Outcome.DONE
        assert line.up - before > len(new)
        assert without[0].asked == 1
    assert await anna.content(file.id) == new


@pytest.mark.parametrize("error", TROUBLES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("name", ["chunks", "pieces"])
async def test_from_a_server_without_the_calls_the_whole_is_fetched(
    line: Proxy, anna: Client, tomas: Client, tmp_path: Path, name: str, error: Told
) -> None:
    old = noise(3 * MIB)
    file, new = await added(anna, old), edited(old, at=0)
    without: list[Without] = []

    def around(made: VaultCalls) -> VaultCalls:
        without.append(Without(made, error, name))
        return without[0]

    async with behind(line, anna, tmp_path, around=around) as place:
        await get_latest(place, file)
        await tomas.check_in(await tomas.check_out(file.id), new)
        before = line.down
        assert (await get_latest(place, file)).outcome is Outcome.DONE
        assert line.down - before > len(new)
        assert without[0].asked == 1
        assert path_of(place, file).read_bytes() == new


async def test_a_list_that_does_not_fit_gets_the_whole(
    line: Proxy, anna: Client, tomas: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = noise(3 * MIB)
    file, new = await added(anna, old), edited(old, at=MIB)
    monkeypatch.setattr("server.protocol.chunks.ENTRY_BYTES", 1)
    async with behind(line, anna, tmp_path) as place:
        await checked_out(place, file, new)
        before = line.up
        assert (await check_in(place, file)).outcome is Outcome.DONE
        assert line.up - before > len(new)
    assert await anna.content(file.id) == new


class Lying(VaultCalls):
    """A server whose list of chunks is in another order than its bytes."""

    def __init__(self, inner: VaultCalls) -> None:
        self._http = inner._http

    async def chunks(self, file: str, revision: str, *, size: int) -> bytes:
        found = list(decode(await super().chunks(file, revision, size=size)))
        return encode([*found[1:], found[0]])


async def test_wrong_chunks_never_become_a_revision(line: Proxy, anna: Client, tmp_path: Path) -> None:
    old = noise(3 * MIB)
    file, new = await added(anna, old), edited(old, at=MIB)
    async with behind(line, anna, tmp_path, around=Lying) as place:
        await checked_out(place, file, new)
        before = line.up
        assert (await check_in(place, file)).outcome is Outcome.DONE
        assert line.up - before > len(new), "the whole is the truth"
    assert await anna.content(file.id) == new
    assert await _sizes(anna, file) == [len(new), len(old)]


async def test_wrong_chunks_never_get_the_name(line: Proxy, anna: Client, tomas: Client, tmp_path: Path) -> None:
    old = noise(3 * MIB)
    file, new = await added(anna, old), edited(old, at=MIB)
    async with behind(line, anna, tmp_path, around=Lying) as place:
        await get_latest(place, file)
        await tomas.check_in(await tomas.check_out(file.id), new)
        assert (await get_latest(place, file)).outcome is Outcome.DONE
        assert path_of(place, file).read_bytes() == new
        assert not list((place.root / ".pdm-desktop" / "unfinished").iterdir())


async def _sizes(anna: Client, file: File) -> list[int]:
    history = await anna.get(f"/files/{file.id}/history", calls.History)
    return [each.size for each in history.revisions]


class Touched(VaultCalls):
    """Something happens to the file when the chunks are known."""

    def __init__(self, inner: VaultCalls, happen: Callable[[], object]) -> None:
        self._http = inner._http
        self._happen: list[Callable[[], object]] = [happen]

    async def append_delta(self, upload: str, delta: calls.Delta, sent: Any, **named: int) -> calls.UploadProgress:
        for each in self._happen:
            each()
        self._happen.clear()
        return await super().append_delta(upload, delta, sent, **named)

    @asynccontextmanager
    async def pieces(self, file: str, wanted: calls.Pieces) -> AsyncIterator[AsyncIterator[bytes]]:
        for each in self._happen:
            each()
        self._happen.clear()
        async with super().pieces(file, wanted) as blocks:
            yield blocks


async def test_a_file_saved_meanwhile_is_read_again(line: Proxy, anna: Client, tmp_path: Path) -> None:
    old = noise(3 * MIB)
    file, new = await added(anna, old), edited(old, at=MIB)
    newest = edited(new, at=MIB + 10, new=b"saved again meanwhile")
    path = tmp_path / "workspace" / "Production" / file.path
    async with behind(
        line, anna, tmp_path, around=lambda made: Touched(made, lambda: path.write_bytes(newest))
    ) as place:
        await checked_out(place, file, new)
        before = line.up
        assert (await check_in(place, file)).outcome is Outcome.DONE
        assert line.up - before < 3 * FEW_CHUNKS + 2 * SMALL_TALK
    assert await anna.content(file.id) == newest


@pytest.mark.parametrize("left", [b"", b"shorter"])
async def test_a_file_at_hand_that_goes_away_is_not_missed(
    line: Proxy, anna: Client, tomas: Client, tmp_path: Path, left: bytes
) -> None:
    old = noise(3 * MIB)
    file, new = await added(anna, old), edited(old, at=MIB)
    path = tmp_path / "workspace" / "Production" / file.path

    def happen() -> None:
        path.chmod(0o644)
        if left:
            path.write_bytes(left)
        else:
            path.unlink()

    async with behind(line, anna, tmp_path, around=lambda made: Touched(made, happen)) as place:
        await get_latest(place, file)
        await tomas.check_in(await tomas.check_out(file.id), new)
        assert (await get_latest(place, file)).outcome is Outcome.DONE
        assert path.read_bytes() == new
        assert place.kept() == ([left] if left else []), "what was saved meanwhile is kept"


async def test_a_base_whose_bytes_are_gone_gets_the_whole(
    line: Proxy, anna: Client, tmp_path: Path, shop_server: RealServer
) -> None:
    old = noise(3 * MIB)
    file, new = await added(anna, old), edited(old, at=MIB)
    async with behind(line, anna, tmp_path) as place:
        await checked_out(place, file, new)
        _forget_content(shop_server, file.head.hash)
        before = line.up
        assert (await check_in(place, file)).outcome is Outcome.DONE
        assert line.up - before > len(new), "its bytes are gone from the server's disk"
    assert await anna.content(file.id) == new


def _forget_content(server: RealServer, content_hash: str) -> None:
    (server.data / "blobs" / content_hash[:2] / content_hash[2:4] / content_hash).unlink()


async def test_progress_counts_what_is_copied_at_once_and_never_more_than_all(
    line: Proxy, anna: Client, tmp_path: Path
) -> None:
    old = noise()
    file, new = await added(anna, old), edited(old, at=3 * MIB, new=noise(MIB))
    async with behind(line, anna, tmp_path) as place:
        await checked_out(place, file, new)
        line.cut("up", MIB // 2)
        await check_in(place, file)
        moved = [event.transfer for event in place.events if isinstance(event, TransferMoved) and event.transfer.up]
        assert all(0 <= each.done <= len(new) for each in moved)
        assert moved[-1].done == len(new)
        assert max(each.rate for each in moved) < 10 * len(new)
