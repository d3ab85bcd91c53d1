"""T4: seat and server are killed for real (SIGKILL) in the middle of files of 1 to 50 MB. N1 to N5, N9 and N15 hold.

Each run is one kill: of the seat's process, of the server's, or of both, so long after a command was given. A command
that was faster is given again in a new run with half the time. Then everything starts again, the same is asked once
more, and all that anybody wrote is fetched and compared.
"""

import asyncio
import random
import shutil
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from blake3 import blake3

from pdm_desktop.core import requests
from pdm_desktop.core.requests import FileRequest
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.disk import UNFINISHED
from server.protocol import calls
from server.protocol.vault import File
from tests.support.client import PASSWORD, Client, signed_in
from tests.support.ledger import Ledger, OnlyWhole, RevisionsOf
from tests.support.seat_box import SeatBox
from tests.support.seat_parts import http_of
from tests.support.seat_process import SeatAt, SeatProcess, let_work
from tests.support.server import RealServer, real_server
from tests.support.tiers import Seeds

MB = 1_000_000
SECONDS = 0.05
"""A command with no content takes less, and with each MB so much more than `SECONDS_A_MB`."""
SECONDS_A_MB = 0.02
MOST_TRIES = 6

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the seat's processes are forked")


@pytest.mark.never_lost("T4", quick=100, full=2_000, batch=10)
def test_a_kill_at_any_moment_costs_nothing(seeds: Seeds) -> None:
    asyncio.run(kills(seeds))


async def kills(seeds: Iterable[int]) -> None:
    async with a_shop() as shop:
        for seed in seeds:
            await a_kill(shop, seed)


@dataclass
class RealShop:
    """A server that is killed now and then, two people, and where Anna's seats have their folders."""

    server: RealServer
    folder: Path
    anna: Client
    tomas: Client


@asynccontextmanager
async def a_shop() -> AsyncIterator[RealShop]:
    """A server with Anna and Tomas, in folders that go at the end: some gigabytes come together."""
    folder = Path(tempfile.mkdtemp(prefix="pdm-kill-"))
    try:
        with real_server(folder / "server") as server:
            for name in ("Anna", "Tomas"):
                server.add_person(name, PASSWORD)
            async with signed_in(server.address, "Anna") as anna, signed_in(server.address, "Tomas") as tomas:
                yield RealShop(server, folder, anna, tomas)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def a_kill(shop: RealShop, seed: int) -> None:
    """Kill in the middle of something. The chance decides what, of whom, and when."""
    for attempt in range(MOST_TRIES):
        chance = random.Random(f"{seed}, {attempt}")
        with a_folder(shop) as folder:
            run = Run(shop, chance, folder)
            try:
                is_hit = await (run.kills_within_a_set() if chance.random() < 0.1 else run.kills(0.5**attempt))
            finally:
                run.end()
        if is_hit:
            return
    raise AssertionError("every command was over before its process could be killed")


@contextmanager
def a_folder(shop: RealShop) -> Iterator[Path]:
    """For a seat that begins anew."""
    folder = Path(tempfile.mkdtemp(dir=shop.folder))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


class Run:
    """One kill."""

    def __init__(self, shop: RealShop, chance: random.Random, folder: Path) -> None:
        self.shop = shop
        self.chance = chance
        self.anna, self.tomas = anna, _ = shop.anna, shop.tomas
        self.ledger = Ledger()
        self.seat = SeatProcess(SeatAt(folder, shop.server.address, anna.token, anna.seat, anna.person))
        self.box = SeatBox(
            folder,
            make_vault=lambda: VaultCalls(http_of(anna)),
            seat=anna.seat,
            person="Anna",
            ledger=self.ledger,
        )
        self.mb = 50 ** chance.random()
        """Small ones are as likely as large ones."""

    def end(self) -> None:
        """Leave nothing running."""
        if self.seat.runs:
            self.seat.kill()

    async def kills(self, share: float) -> bool:
        """Begin a command, kill, start again, and look. False: the command was over before."""
        file = await self.added()
        self.seat.start()
        request = self.prepared(file) or await self.prepared_with_news(file)
        victims = self.chance.choice((*[("seat",)] * 5, ("server",), ("seat", "server")))
        delay = self.chance.uniform(0, SECONDS + self.mb * SECONDS_A_MB) * share
        self.seat.ask(request)
        await let_work(delay)
        is_hit = not self.seat.has_finished()
        await self.kill(victims)
        await self.look_after(file, request)
        return is_hit

    async def kill(self, victims: tuple[str, ...]) -> None:
        if "seat" in victims:
            self.seat.kill()
        if "server" in victims:
            await asyncio.to_thread(self.shop.server.kill)
            await asyncio.to_thread(self.shop.server.start)
        if self.seat.runs:  # it goes on by itself, or asks to be asked again; then it is killed as well
            with suppress(EOFError):
                self.seat.has_finished()
            self.seat.kill()

    async def look_after(self, file: File, request: FileRequest) -> None:
        await self.box.start()
        assert list((self.box.root / UNFINISHED).iterdir()) == [], "what was left unfinished is not collected"
        self.box.assert_sound()
        await self.box.do(request)
        await self.box.place.engine.go_on()
        assert self.box.journal.unfinished() == []
        assert self.box.journal.waiting() == []
        await self.box.stop()
        await self.box.start()
        self.box.assert_sound()
        state = await self.anna.file(file.id)
        assert state.file.head.number in ("1.0", "1.1"), "something was checked in twice"
        if isinstance(request, requests.CheckIn):
            assert state.file.head.number == "1.1"
            assert state.file.lock is None
        places = (*self.box.places(), OnlyWhole(RevisionsOf(self.anna, file.id), self.ledger))
        await self.ledger.assert_whole(*places)
        await self.box.stop()

    async def added(self) -> File:
        content = self.ledger.wrote(self.content(), by="Tomas", where="the vault")
        self.ledger.in_care(content)
        path = f"Jobs/{uuid.uuid4().hex}/plate.mcam"
        return (await self.tomas.add(await self.tomas.vault(), path, content)).file

    def content(self) -> bytes:
        return self.chance.randbytes(int(self.mb * MB))

    def prepared(self, file: File) -> FileRequest | None:
        """What Anna is about to ask, with what came before it. None: it takes news from others."""
        match self.chance.choice(("check out", "check in", "check in", "undo", "news")):
            case "check out":
                return requests.CheckOut(files=(file.id,))
            case "check in":
                self.edited(file)
                return requests.CheckIn(files=(file.id,))
            case "undo":
                self.edited(file)
                return requests.UndoCheckOut(files=(file.id,))
        return None

    def edited(self, file: File) -> None:
        self.seat.do(requests.CheckOut(files=(file.id,)))
        self.box.save(f"Production/{file.path}", self.content())

    async def prepared_with_news(self, file: File) -> FileRequest:
        """A newer revision is to come over what Anna saved by force."""
        self.seat.do(requests.GetLatest(files=(file.id,)))
        self.box.save(f"Production/{file.path}", self.content())
        content = self.ledger.wrote(self.content(), by="Tomas", where="the vault")
        await self.tomas.check_in(await self.tomas.check_out(file.id), content)
        return self.chance.choice((requests.GetLatest(files=(file.id,)), requests.CheckOut(files=(file.id,))))

    # Sets

    async def kills_within_a_set(self) -> bool:
        """The server dies while it checks in a set: all of it is there afterwards, or nothing (N15)."""
        vault, folder = await self.anna.vault(), f"Jobs/{uuid.uuid4().hex}"
        files = [(await self.anna.add(vault, f"{folder}/{name}.nc", name.encode())).file for name in "abcdefgh"]
        wish = calls.CheckInFiles(files=[await self.next_revision(file) for file in files])
        key = uuid.uuid4().hex
        async with asyncio.TaskGroup() as group:
            asked = group.create_task(self.is_answered(wish, key), name="check in a set")
            await let_work(self.chance.uniform(0, 0.02))
            await self.kill(("server",))
        assert len({(await self.anna.file(file.id)).file.head.number for file in files}) == 1, "half of a set"
        await self.anna.change("POST", "/files/set/checkin", wish, key=key)
        assert {(await self.anna.file(file.id)).file.head.number for file in files} == {"1.1"}
        return not asked.result()

    async def is_answered(self, wish: calls.CheckInFiles, key: str) -> bool:
        try:
            await self.anna.change("POST", "/files/set/checkin", wish, key=key)
        except httpx.TransportError:
            return False
        return True

    async def next_revision(self, file: File) -> calls.NextRevision:
        held = (await self.anna.check_out(file.id)).file
        assert held.lock is not None
        content = f"{file.path}, again".encode()
        sent = await self.anna.upload(content)
        return calls.NextRevision(
            file=file.id,
            upload=sent.id,
            base="1.0",
            token=held.lock.token,
            size=len(content),
            hash=blake3(content).hexdigest(),
        )
