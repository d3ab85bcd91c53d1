"""The server has given content up before its check-in came, or takes no more just now: neither needs a person."""

import os
import uuid
from pathlib import Path
from typing import Any

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.results import Outcome
from pdm_desktop.core.waiting import Stand
from pdm_desktop.net.vault import VaultCalls
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.file_sets import check_in, check_out, ids
from tests.support.one_file import WORK, added, edited, on_disk
from tests.support.queued import results, waiting
from tests.support.seat_parts import workplace


class Forgetful(VaultCalls):
    """A server that has given up what was sent by the time its check-in comes, as after a day."""

    def __init__(self, inner: VaultCalls, times: int) -> None:
        self._http = inner._http
        self.times = times

    async def check_in(self, file: str, wish: Any, key: str) -> Any:
        await self._forget(wish.upload)
        return await super().check_in(file, wish, key)

    async def check_in_set(self, wish: Any, key: str) -> Any:
        await self._forget(wish.files[-1].upload)
        return await super().check_in_set(wish, key)

    async def add(self, vault: str, wish: Any, key: str) -> Any:
        await self._forget(wish.upload)
        return await super().add(vault, wish, key)

    async def _forget(self, upload: str) -> None:
        if self.times:
            self.times -= 1
            await self.give_up(upload)


@pytest.mark.parametrize("is_away", [False, True], ids=["online", "from the queue"])
async def test_a_check_in_whose_content_was_given_up_is_sent_again_by_itself(
    anna: Client, tmp_path: Path, file: File, *, is_away: bool
) -> None:
    async with workplace(anna, tmp_path, around=lambda calls: Forgetful(calls, 1)) as place:
        await edited(place, file)
        if is_away:
            await place.engine.away()
        result = await place.one(requests.CheckIn(files=(file.id,)))
        await place.engine.go_on()
        assert result.outcome is (Outcome.WAITS if is_away else Outcome.DONE)
        assert await anna.content(file.id) == WORK
        assert place.journal.waiting() == []
        assert place.journal.unfinished() == []


@pytest.mark.parametrize("is_away", [False, True], ids=["online", "from the queue"])
async def test_so_is_a_set_of_which_one_content_was_given_up(
    anna: Client, tmp_path: Path, files: list[File], *, is_away: bool
) -> None:
    async with workplace(anna, tmp_path, around=lambda calls: Forgetful(calls, 1)) as place:
        await place.do(check_out(files))
        for each in files:
            on_disk(place, each).write_bytes(WORK + each.path.encode())
        if is_away:
            await place.engine.away()
        await place.do(check_in(files))
        await place.engine.go_on()
        assert [await anna.content(each) for each in ids(files)] == [WORK + each.path.encode() for each in files]
        assert place.journal.waiting() == []
        assert place.journal.unfinished() == []


@pytest.mark.parametrize("times", [1, 2])
async def test_so_is_a_new_file_once(anna: Client, tmp_path: Path, times: int) -> None:
    vault, folder, source = await anna.vault(), uuid.uuid4().hex, tmp_path / "new.nc"
    source.write_bytes(WORK)
    async with workplace(anna, tmp_path, around=lambda calls: Forgetful(calls, times)) as place:
        result = await place.one(requests.AddFiles(vault=vault, folder=folder, sources=(str(source),)))
        assert result.outcome is (Outcome.DONE if times == 1 else Outcome.REFUSED), result
        assert place.journal.unfinished() == []
    new = [file.id for file in (await anna.tree(vault)).files.values() if file.path == f"{folder}/new.nc"]
    assert [await anna.content(each) for each in new] == [WORK] * (2 - times)


async def test_it_is_sent_once_more_and_then_a_person_is_told(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path, around=lambda calls: Forgetful(calls, 2)) as place:
        await edited(place, file)
        result = await place.one(requests.CheckIn(files=(file.id,)))
        assert result.outcome is Outcome.REFUSED
        assert "plate.nc” has not arrived here" in result.text
        assert (await anna.file(file.id)).file.head.number == "1.0"
        assert place.journal.hold(file.id) is not None
        assert on_disk(place, file).read_bytes() == WORK


@pytest.mark.parametrize("is_away", [False, True], ids=["online", "from the queue"])
async def test_a_check_in_waits_on_while_too_many_uploads_are_open(
    anna_at_own: Client, tmp_path: Path, *, is_away: bool
) -> None:
    """They end by themselves, or by this person's other seats."""
    anna = anna_at_own
    file, content = await added(anna, "plate.mcam"), os.urandom(5 << 20)
    begun = [await anna.begin_upload(b"%d" % number * 100) for number in range(50)]
    async with workplace(anna, tmp_path) as place:
        await edited(place, file, content)
        if is_away:
            await place.engine.away()
        assert (await place.one(requests.CheckIn(files=(file.id,)))).outcome is Outcome.WAITS
        await place.engine.go_on()
        (one,) = waiting(place)
        assert one.stand is Stand.WAITS
        assert (one.why or "").startswith("You have 50 uploads that are not finished")
        for each in begun:
            await anna.give_up_upload(each.id)
        await place.engine.go_on()
        assert [each.text for each in results(place)] == ["Checked in as Rev 1.1."]
        assert await anna.content(file.id) == content
