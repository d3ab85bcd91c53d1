"""A person pauses, resumes and cancels transfers of a real engine to a real server: nothing is lost, nothing half."""

import asyncio
import random
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from blake3 import blake3

from pdm_desktop.core import requests
from pdm_desktop.core.requests import Adopt, CheckIn, CheckOut, GetLatest
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.net.http import Http, trust
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.state.transfers import Transfer, TransferState
from pdm_desktop.sync.events import TransferMoved
from pdm_desktop.sync.transfer import attempts, upload
from server.protocol.vault import File
from tests.support.client import Client, signed_in
from tests.support.proxy import Proxy, proxy
from tests.support.seat_parts import PATIENCE, Workplace, until, workplace

MIB = 1 << 20
SIZE = 6 * MIB + 123
PART = 2 * MIB
SLOW = requests.LimitTransfers(up=2.0, down=2.0)
"""Megabytes a second: slow enough to be met on the way, quick enough for a test."""
IN_BUFFERS = MIB // 2
"""Bytes that may be lost on their way when a connection is let go."""
QUICK = requests.LimitTransfers(up=0.0, down=0.0)
CANCELLED = "Cancelled by you; nothing has changed on this computer."


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "SMALL", MIB)
    monkeypatch.setattr(upload, "PART", PART)
    monkeypatch.setattr(attempts, "FIRST_WAITS", (0.01, 0.02))


@pytest.fixture
async def line(anna: Client) -> AsyncIterator[Proxy]:
    async with proxy(anna.address) as made:
        yield made


@pytest.fixture
async def file(anna: Client) -> File:
    return (await anna.add(await anna.vault(), f"Jobs/{uuid.uuid4().hex}/plate.mcam", b"small")).file


@asynccontextmanager
async def behind(line: Proxy, client: Client, folder: Path) -> AsyncIterator[Workplace]:
    """The client's engine behind that line, slow."""
    calls = VaultCalls(Http(line.address, token=client.token, seat=client.seat, tls=trust()))
    try:
        async with workplace(client, folder, around=lambda _: calls) as place:
            await place.engine.run(SLOW, {})
            yield place
    finally:
        await calls.close()


class Asked:
    """A request that runs, and its transfer."""

    def __init__(self, place: Workplace, request: Adopt | CheckOut | CheckIn | GetLatest) -> None:
        self._place = place
        (self._file,) = request.files
        self._from = len(place.events)
        self._task = asyncio.get_running_loop().create_task(place.one(request), name="asked")

    def told(self) -> list[Transfer]:
        events = self._place.events[self._from :]
        moved = [each.transfer for each in events if isinstance(each, TransferMoved)]
        return [each for each in moved if each.file == self._file]

    async def on_its_way(self, least: int = MIB) -> Transfer:
        """The transfer, when so many bytes have moved."""
        await until(lambda: self._task.done() or any(least <= each.done < each.size for each in self.told()))
        assert not self._task.done(), self._task.result()
        return self.told()[-1]

    async def pause(self) -> Transfer:
        moving = await self.on_its_way()
        await self._place.engine.run(requests.PauseTransfer(transfer=moving.id), {})
        await until(lambda: self.told()[-1].state is TransferState.PAUSED)
        return self.told()[-1]

    async def resume(self) -> FileResult:
        await self._place.engine.run(QUICK, {})
        await self._place.engine.run(requests.ResumeTransfer(transfer=self.told()[-1].id), {})
        return await self._task

    async def cancel(self) -> FileResult:
        moving = await self.on_its_way()
        await self._place.engine.run(requests.CancelTransfer(transfer=moving.id), {})
        result = await self._task
        assert self.told()[-1].state is TransferState.DROPPED
        return result


def noise() -> bytes:
    return random.randbytes(SIZE)


async def edit(place: Workplace, file: File, content: bytes) -> Path:
    await place.do(requests.CheckOut(files=(file.id,)))
    path = place.root / "Production" / file.path
    path.write_bytes(content)
    return path


async def large(client: Client, file: File) -> bytes:
    """The file's newest revision is large from now on."""
    content = noise()
    await client.check_in(await client.check_out(file.id), content)
    return content


def unfinished(place: Workplace) -> list[Path]:
    return list((place.root / ".pdm-desktop" / "unfinished").iterdir())


async def test_a_paused_check_in_goes_on_where_it_was(line: Proxy, anna: Client, file: File, tmp_path: Path) -> None:
    content = noise()
    async with behind(line, anna, tmp_path) as place:
        await edit(place, file, content)
        before = line.up
        asked = Asked(place, requests.CheckIn(files=(file.id,)))
        paused = await asked.pause()
        assert paused.what == "Check-in, Rev 1.1"
        begun = place.journal.upload(blake3(content).hexdigest())
        assert begun is not None
        async with asyncio.timeout(PATIENCE):
            while not MIB // 2 < (await anna.upload_progress(begun)).offset < SIZE:
                """What had arrived stays on the server."""
        result = await asked.resume()
        assert result.outcome is Outcome.DONE, result
        assert line.up - before < SIZE + IN_BUFFERS, "what had arrived is not sent again"
    assert await anna.content(file.id) == content


async def test_a_paused_get_goes_on_where_it_was(
    line: Proxy, anna: Client, tomas: Client, file: File, tmp_path: Path
) -> None:
    content = await large(tomas, file)
    async with behind(line, anna, tmp_path) as place:
        asked = Asked(place, requests.GetLatest(files=(file.id,)))
        paused = await asked.pause()
        assert paused.what == "Get latest"
        (arrived,) = unfinished(place)
        there, told = arrived.stat().st_size, len(asked.told())
        assert MIB // 2 <= there < SIZE
        result = await asked.resume()
        assert result.outcome is Outcome.DONE, result
        assert min(each.done for each in asked.told()[told + 1 :]) == there, "what had arrived is not fetched again"
        assert (place.root / "Production" / file.path).read_bytes() == content
        assert unfinished(place) == []


async def test_while_one_is_paused_others_and_the_engine_go_on(
    line: Proxy, anna: Client, tomas: Client, file: File, tmp_path: Path
) -> None:
    await large(tomas, file)
    other = (await anna.add(await anna.vault(), f"Jobs/{uuid.uuid4().hex}/other.nc", b"other")).file
    async with behind(line, anna, tmp_path) as place:
        asked = Asked(place, requests.GetLatest(files=(file.id,)))
        await asked.pause()
        assert (await place.one(requests.GetLatest(files=(other.id,)))).outcome is Outcome.DONE
        async with asyncio.timeout(5):
            await place.engine.look_at_mine()
            await place.engine.go_on()
        assert (await asked.resume()).outcome is Outcome.DONE


async def test_a_cancelled_check_in_keeps_the_check_out_and_every_edit(
    line: Proxy, anna: Client, file: File, tmp_path: Path
) -> None:
    content = noise()
    async with behind(line, anna, tmp_path) as place:
        path = await edit(place, file, content)
        result = await Asked(place, requests.CheckIn(files=(file.id,))).cancel()
        assert (result.outcome, result.text) == (Outcome.CANCELLED, CANCELLED)
        assert path.read_bytes() == content
        state = await anna.file(file.id)
        assert state.file.lock is not None
        assert state.file.lock.seat == anna.seat
        assert state.file.head.number == "1.0"
        assert place.journal.hold(file.id) is not None
        assert place.journal.unfinished() == []
        await place.engine.run(QUICK, {})
        assert (await place.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.DONE
    assert await anna.content(file.id) == content


async def test_the_server_forgets_what_had_arrived_of_a_cancelled_check_in(
    line: Proxy, anna: Client, file: File, tmp_path: Path
) -> None:
    async with behind(line, anna, tmp_path) as place:
        content = noise()
        await edit(place, file, content)
        content_hash = blake3(content).hexdigest()
        asked = Asked(place, requests.CheckIn(files=(file.id,)))
        await asked.on_its_way()
        begun = place.journal.upload(content_hash)
        assert begun is not None
        await asked.cancel()
        assert place.journal.upload(content_hash) is None
        answer = await anna.http.get(f"/api/uploads/{begun}")
        assert answer.status_code == 404


async def test_a_cancelled_check_out_gives_the_lock_back(
    line: Proxy, anna: Client, tomas: Client, file: File, tmp_path: Path
) -> None:
    await large(tomas, file)
    async with behind(line, anna, tmp_path) as place:
        result = await Asked(place, requests.CheckOut(files=(file.id,))).cancel()
        assert result.outcome is Outcome.CANCELLED
        assert result.text == "Cancelled by you; the lock is given back and nothing has changed."
        assert (await anna.file(file.id)).file.lock is None
        assert place.journal.unfinished() == []
        assert place.journal.hold(file.id) is None
        assert unfinished(place) == []
        assert not (place.root / "Production" / file.path).exists()


async def test_a_check_out_cancelled_without_a_server_is_given_back_when_it_answers(
    line: Proxy, anna: Client, tomas: Client, file: File, tmp_path: Path
) -> None:
    await large(tomas, file)
    async with behind(line, anna, tmp_path) as place:
        asked = Asked(place, requests.CheckOut(files=(file.id,)))
        await asked.pause()
        line.die(0)
        await place.engine.run(requests.CancelTransfer(transfer=asked.told()[-1].id), {})
        result = await asked._task
        assert result.outcome is Outcome.UNFINISHED
        assert "stays checked out by you until the server answers" in result.text
        assert (await anna.file(file.id)).file.lock is not None
        line.is_refusing = False
        await place.engine.go_on()
        assert (await anna.file(file.id)).file.lock is None
        assert place.journal.unfinished() == []
        assert not (place.root / "Production" / file.path).exists(), "what was cancelled is not brought"


async def test_a_check_out_wanted_again_is_not_given_back_later(
    line: Proxy, anna: Client, tomas: Client, file: File, tmp_path: Path
) -> None:
    content = await large(tomas, file)
    async with behind(line, anna, tmp_path) as place:
        asked = Asked(place, requests.CheckOut(files=(file.id,)))
        await asked.pause()
        line.die(0)
        await place.engine.run(requests.CancelTransfer(transfer=asked.told()[-1].id), {})
        await asked._task
        line.is_refusing = False
        await place.engine.run(QUICK, {})
        assert (await place.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.DONE
        await place.engine.go_on()
        assert (await anna.file(file.id)).file.lock is not None
        assert place.journal.hold(file.id) is not None
        assert (place.root / "Production" / file.path).read_bytes() == content


async def test_a_cancelled_take_over_leaves_the_lock_where_it_was(
    line: Proxy, anna: Client, tomas: Client, file: File, tmp_path: Path
) -> None:
    await large(tomas, file)
    async with behind(line, anna, tmp_path) as place, signed_in(anna.address, "Anna") as elsewhere:
        await elsewhere.check_out(file.id)
        result = await Asked(place, requests.Adopt(files=(file.id,))).cancel()
        assert (result.outcome, result.text) == (Outcome.CANCELLED, CANCELLED)
        lock = (await anna.file(file.id)).file.lock
        assert lock is not None
        assert lock.seat == elsewhere.seat
        assert place.journal.unfinished() == []
        assert place.journal.hold(file.id) is None
        assert unfinished(place) == []
        assert not (place.root / "Production" / file.path).exists()
        await place.engine.run(QUICK, {})
        assert (await place.one(requests.Adopt(files=(file.id,)))).outcome is Outcome.DONE


async def test_a_cancelled_get_leaves_the_copy_as_it_was(
    line: Proxy, anna: Client, tomas: Client, file: File, tmp_path: Path
) -> None:
    async with behind(line, anna, tmp_path) as place:
        await place.one(requests.GetLatest(files=(file.id,)))
        await large(tomas, file)
        result = await Asked(place, requests.GetLatest(files=(file.id,))).cancel()
        assert (result.outcome, result.text) == (Outcome.CANCELLED, CANCELLED)
        assert (place.root / "Production" / file.path).read_bytes() == b"small"
        copy = place.journal.copy(file.id)
        assert copy is not None
        assert copy.number == "1.0"
        assert unfinished(place) == []
        await place.engine.run(QUICK, {})
        assert (await place.one(requests.GetLatest(files=(file.id,)))).outcome is Outcome.DONE


async def test_a_limit_holds_for_all_transfers_of_a_direction_together(
    line: Proxy, anna: Client, tomas: Client, tmp_path: Path
) -> None:
    vault = await anna.vault()
    content = noise()
    files = [await tomas.add(vault, f"Jobs/{uuid.uuid4().hex}/{n}.mcam", content[n:]) for n in range(3)]
    async with behind(line, anna, tmp_path) as place:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await place.engine.run(requests.LimitTransfers(up=0.0, down=8.0), {})
        await place.do(requests.GetLatest(files=tuple(each.file.id for each in files)))
        assert loop.time() - began > 3 * (SIZE - 3) / 8e6 - 0.3, "never faster than the limit, but for the burst"


async def test_a_check_in_keeps_the_limit_of_its_direction(
    line: Proxy, anna: Client, file: File, tmp_path: Path
) -> None:
    content = noise()
    async with behind(line, anna, tmp_path) as place:
        await edit(place, file, content)
        await place.engine.run(requests.LimitTransfers(up=4.0, down=0.0), {})
        loop = asyncio.get_running_loop()
        began, before = loop.time(), line.up
        assert (await place.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.DONE
        assert line.up - before > SIZE, "all of it is sent"
        assert loop.time() - began > SIZE / 4e6 - 0.3, "never faster than the limit, but for the burst"
    assert await anna.content(file.id) == content
