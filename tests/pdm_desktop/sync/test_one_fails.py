"""One file at which the server fails, or a drive that comes back slowly: everything else goes on, and that later."""

import errno
import os
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.errors import ServerTrouble
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync import files as files_module
from pdm_desktop.sync.events import TroubleMet
from pdm_desktop.sync.facts import Move
from pdm_desktop.sync.following import MOST_FAILURES
from server.protocol.calls import FileState
from server.protocol.vault import File
from tests.pdm_desktop.sync.test_own_faults import broken_by
from tests.support.client import Client
from tests.support.fs_shim import Fault, shimmed
from tests.support.meanwhile import nothing_cached, seq, tell, turns
from tests.support.one_file import added, on_disk, revised
from tests.support.seat_parts import workplace

NEWER = b"what Tomas checked in\n"


class SomeRefused(VaultCalls):
    """The server answers 500 about some files."""

    def __init__(self, inner: VaultCalls) -> None:
        self._http = inner._http
        self.bad: set[str] = set()
        self.asked = 0

    async def file(self, file: str) -> FileState:
        self.asked += 1
        if file in self.bad:
            raise ServerTrouble("The server had a problem (500).", advice="Try again.")
        return await super().file(file)


class Refusals(list[SomeRefused]):
    """Makes them, for `workplace(around=...)`, and keeps them."""

    def __call__(self, inner: VaultCalls) -> SomeRefused:
        self.append(SomeRefused(inner))
        return self[-1]


async def test_one_file_about_which_the_server_fails_keeps_no_other_from_following(
    anna: Client, tomas: Client, tmp_path: Path
) -> None:
    """A seat whose cache says nothing asks about each of its files."""
    made = Refusals()
    files = [await added(anna, f"{number}.nc") for number in range(3)]
    async with workplace(anna, tmp_path) as place:
        for each in files:
            await place.one(requests.GetLatest(files=(each.id,)))
    for each in files:
        await revised(tomas, each, NEWER)
    async with workplace(anna, tmp_path, around=made) as place:
        made[0].bad = {files[0].id}
        await place.engine.compare(await nothing_cached(anna))
        assert [on_disk(place, each).read_bytes() == NEWER for each in files] == [False, True, True]
        made[0].bad = set()
        place.engine._files._patience.forget_all()
        await turns(place, 1)
        assert on_disk(place, files[0]).read_bytes() == NEWER


async def test_a_server_that_fails_at_every_file_is_not_asked_about_each(anna: Client, tmp_path: Path) -> None:
    made, files = Refusals(), [await added(anna, f"{number}.nc") for number in range(10)]
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.GetLatest(files=tuple(each.id for each in files)))
    async with workplace(anna, tmp_path, around=made) as place:
        made[0].bad = {each.id for each in files}
        await place.engine.compare(await nothing_cached(anna))
        assert made[0].asked == MOST_FAILURES
        assert {each.id for each in files} <= place.engine._files.waiting, "all of them are tried again"


async def test_what_the_server_does_not_tell_of_counts_as_deleted_when_very_much_is(
    anna: Client, tmp_path: Path
) -> None:
    made, files = Refusals(), [await added(anna, f"{number}.nc") for number in range(22)]
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.GetLatest(files=tuple(each.id for each in files)))
    for each in files:
        await anna.delete(each.id)
    async with workplace(anna, tmp_path, around=made) as place:
        order = [copy.file for copy in place.journal.copies()]
        made[0].bad = set(order[-2:])
        await place.engine.compare(await nothing_cached(anna))
        assert [on_disk(place, each).exists() for each in files] == [True] * len(files), "a person is asked first"


async def test_what_breaks_when_the_workspace_is_back_is_done_at_the_next_look(
    anna: Client, tomas: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: File
) -> None:
    """The drive comes back slowly: the first walk meets an error."""
    async with workplace(anna, tmp_path) as place:
        await place.one(requests.GetLatest(files=(file.id,)))
        place.root.rename(tmp_path / "away")
        await place.engine.look_for_workspace()
        since = await seq(anna)
        await revised(tomas, file, NEWER)
        await tell(place, anna, since)
        (tmp_path / "away").rename(place.root)
        walks = 0
        with monkeypatch.context() as broken:

            def scan(*_arguments: object, **_named: object) -> object:
                nonlocal walks
                walks += 1
                raise OSError(errno.EIO, os.strerror(errno.EIO))

            broken.setattr(files_module, "scan", scan)
            for _ in range(3):
                assert await broken_by(place.engine.look_at_mine()) is None
            assert walks == 1, "then it rests"
            assert [each.trouble.text for each in place.events if isinstance(each, TroubleMet)] == [
                f"OSError: [Errno {errno.EIO}] {os.strerror(errno.EIO)}"
            ]
        place.engine._files._patience.forget_all()
        await place.engine.look_for_workspace()
        assert on_disk(place, file).read_bytes() == NEWER


async def test_the_engine_starts_although_the_end_of_one_cut_move_breaks(anna: Client, tmp_path: Path) -> None:
    bad, good = await added(anna, "bad.nc"), await added(anna, "good.nc")
    async with workplace(anna, tmp_path) as place:
        for each in (bad, good):
            await place.one(requests.GetLatest(files=(each.id,)))
        copy = place.journal.copy(bad.id)
        assert copy is not None
        target = f"{copy.place}.moved.nc"
        place.journal.put_move(
            Move(file=bad.id, path=bad.path, source=copy.place, target=target, number="1", size=1, mtime_ns=1)
        )
    fault = Fault("look")
    fault.name = "bad.nc"
    async with workplace(anna, tmp_path, make_disk=shimmed(fault), start=False) as place:
        assert await broken_by(place.engine.look_at_all()) is None
        assert fault.met == 1
        assert [each.trouble.text for each in place.events if isinstance(each, TroubleMet)] == [
            "RuntimeError: a fault of ours"
        ]
