"""Several files are checked in as one while programs save them."""

import itertools
from pathlib import Path
from typing import Any

from pdm_desktop.core.results import Outcome
from pdm_desktop.sync.transfer.reading import READS
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.file_sets import check_in, check_out, do, edit, heads, holders
from tests.support.meanwhile import Meanwhiles
from tests.support.one_file import on_disk
from tests.support.seat_parts import workplace


async def test_what_is_saved_while_the_set_is_sent_is_sent_again(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    async with workplace(anna, tmp_path) as place:
        await do(place, check_out(files), files)
        edit(place, *files)
        saved = itertools.count()
        real = place.engine._commands.sets._gathering._sending

        class Saving:
            """While the last file goes up, the first one is saved again."""

            async def send(self, copy: Any, content: Any, *, to: Any) -> Any:
                sent = await real.send(copy, content, to=to)
                if copy.file == files[2].id and next(saved) == 0:
                    edit(place, files[0], what=b"saved later ")
                return sent

        place.engine._commands.sets._gathering._sending = Saving()  # type: ignore[assignment]  # it only stands in for the sending
        assert [each.outcome for each in await do(place, check_in(files), files)] == [Outcome.DONE] * 3
    assert await anna.content(files[0].id) == b"saved later block-op10.mcam"


async def test_what_is_saved_in_an_unchanged_file_while_the_set_is_sent_is_sent_along(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    vaults = Meanwhiles()
    async with workplace(anna, tmp_path, around=vaults) as place:
        await do(place, check_out(files), files)
        edit(place, files[0])

        async def saved() -> None:
            edit(place, files[1], what=b"saved meanwhile ")
            on_disk(place, files[2]).touch()

        vaults[0].act = saved
        results = await do(place, check_in(files), files)
        assert {each.file: each.outcome for each in results} == {
            files[0].id: Outcome.DONE,
            files[1].id: Outcome.DONE,
            files[2].id: Outcome.UNCHANGED,
        }
        assert place.kept() == []
    assert await anna.content(files[1].id) == b"saved meanwhile block-op10.nc"
    assert await heads(anna, files) == ["1.1", "1.1", "1.0"]
    assert await holders(anna, files) == [None] * 3


async def test_a_file_that_is_saved_again_and_again_keeps_the_whole_set_here(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    async with workplace(anna, tmp_path) as place:
        await do(place, check_out(files), files)
        edit(place, *files)
        times = itertools.count()
        real = place.engine._commands.sets._gathering._sending

        class Saving:
            async def send(self, copy: Any, content: Any, *, to: Any) -> Any:
                sent = await real.send(copy, content, to=to)
                edit(place, files[0], what=b"%d " % next(times))
                return sent

        place.engine._commands.sets._gathering._sending = Saving()  # type: ignore[assignment]  # it only stands in for the sending
        results = await do(place, check_in(files), files)
        assert [each.outcome for each in results] == [Outcome.REFUSED] * 3
        assert "saved again and again" in results[0].text
        assert next(times) == READS + 2
    assert await heads(anna, files) == ["1.0"] * 3
