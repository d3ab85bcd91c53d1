"""A quit in the middle of a replacement: others may work in the workspace only when nothing of it is still done."""

import threading
from collections.abc import Iterator
from pathlib import Path, PurePath

import pytest

from pdm_desktop.core import requests
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.events import EngineEvent, RequestFinished
from pdm_desktop.sync.recovery import FOLDER
from pdm_desktop.sync.thread import EngineThread, Place
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.one_file import FIRST, added, revised
from tests.support.seat_parts import http_of, owner_of, until

PATIENCE = 1.0
"""Seconds that a replacement takes when the engine waits for it, as it has to."""


@pytest.fixture
async def file(anna: Client) -> File:
    return await added(anna)


class Slow(LocalDisk):
    """The next file that goes to the store, or is read, takes until the engine has ended its work, or a while."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.is_slow = False
        self.is_slow_to_read = False
        self.reached = threading.Event()
        self.ended = threading.Event()
        self.happened: list[str] = []

    def place(self, source: PurePath, target: PurePath) -> None:
        super().place(source, target)
        if self.is_slow and FOLDER in target.parents and target.suffix != ".json":
            self.is_slow = False
            self.reached.set()
            self.ended.wait(PATIENCE)
            self.happened.append("went to the store")

    def blocks(self, path: PurePath, *, start: int = 0) -> Iterator[bytes]:
        if self.is_slow_to_read and path.suffix == ".nc":
            self.is_slow_to_read = False
            self.reached.set()
            self.ended.wait(PATIENCE)
            self.happened.append("was read")
        yield from super().blocks(path, start=start)

    def end_work(self) -> None:
        super().end_work()
        self.happened.append("work ended")
        self.ended.set()


@pytest.mark.parametrize("slow", ["went to the store", "was read"])
async def test_an_engine_is_at_work_until_its_last_thread_has_ended(
    anna: Client, tmp_path: Path, file: File, slow: str
) -> None:
    events: list[EngineEvent] = []
    disks: list[Slow] = []

    def make_disk(root: Path) -> Slow:
        disks.append(Slow(root))
        return disks[-1]

    place = Place(
        workspace=tmp_path / "workspace",
        journal=tmp_path / "journal.sqlite3",
        owner=owner_of(anna),
        seat=anna.seat,
    )
    engine = EngineThread(
        place, make_vault=lambda: VaultCalls(http_of(anna)), deliver=events.append, make_disk=make_disk
    )
    engine.start()
    try:
        engine.submit(requests.GetLatest(files=(file.id,)), {})
        await until(lambda: any(isinstance(event, RequestFinished) for event in events))
        await revised(anna, file, FIRST + b"Rev 1.1\n")
        disks[0].is_slow = slow == "went to the store"
        disks[0].is_slow_to_read = slow == "was read"
        engine.submit(requests.GetLatest(files=(file.id,)), {})
        await until(disks[0].reached.is_set)
    finally:
        engine.stop()
    assert disks[0].happened == [slow, "work ended"], "nobody else may work there before"
    there = tmp_path / "workspace" / "Production" / file.path
    assert there.read_bytes() in (FIRST, FIRST + b"Rev 1.1\n")
