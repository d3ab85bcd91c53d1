"""What is in a recovery store: put there, listed, and grown old."""

import uuid
from datetime import datetime, timedelta
from pathlib import Path, PurePath
from typing import cast

from pdm_desktop.core import requests
from pdm_desktop.core.recovery import KeptFile, Retention
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.events import KeptRead
from pdm_desktop.sync.ports import Disk
from pdm_desktop.sync.recovery import Kept, Recovery
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.fs_shim import FsShim
from tests.support.points import Watcher
from tests.support.seat_parts import Workplace, local_now

FIRST = b"G0 X0 Y0\n"


class Moment:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = local_now()

    def now(self) -> datetime:
        return self.at


def write(disk: LocalDisk, path: str, content: bytes = FIRST) -> PurePath:
    full = disk.root / path
    full.parent.mkdir(parents=True, exist_ok=True)
    full.write_bytes(content)
    return PurePath(path)


def put_back(store: Recovery, disk: LocalDisk, kept: str) -> PurePath:
    place = next(each for each in store.places_of(kept) if disk.look(each) is None)
    store.put_back(kept, place)
    return place


def days_pass(days: int, store: Recovery, clock: Moment) -> int:
    """The program looks at its store twice a day. Returns how much went."""
    gone = 0
    for _ in range(days * 2):
        gone += store.purge(Retention())
        clock.at += timedelta(hours=12)
    return gone


def shimmed_store(disk: LocalDisk, clock: Moment, watcher: Watcher) -> Recovery:
    return Recovery(cast("Disk", FsShim(disk, watcher)), clock)


BESIDE = ["a.nc", "plate fixed.nc", "plate.nc.bak", ".~lock.plate.nc#", "zz.nc", "more/plate.nc"]


NEW = b"new work of today"


def saved_beside(disk: LocalDisk, kept: Kept, name: str) -> Path:
    """Its person has it shown in its folder, goes on with it, and saves under another name."""
    return disk.root / write(disk, f"{kept.path.parent.as_posix()}/{name}", NEW)


async def listed(place: Workplace) -> tuple[KeptFile, ...]:
    await place.engine.run(requests.ListKept(), {})
    told = place.events[-1]
    assert isinstance(told, KeptRead)
    return told.files


async def undone(place: Workplace, anna: Client) -> File:
    """A check-out with work in it, undone."""
    file = (await anna.add(await anna.vault(), f"Jobs/{uuid.uuid4().hex}/plate.nc", FIRST)).file
    await place.do(requests.CheckOut(files=(file.id,)))
    (place.root / "Production" / file.path).write_bytes(b"an idea")
    await place.do(requests.UndoCheckOut(files=(file.id,)))
    return file
