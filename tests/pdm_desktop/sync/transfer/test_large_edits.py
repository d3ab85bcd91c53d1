"""An edited file of 200 MB at the product's own sizes: what is sent and fetched is what changed, and never the file."""

import random
from pathlib import Path

import pytest

from pdm_desktop.core.results import Outcome
from server.protocol.chunks import MOST_BYTES
from tests.pdm_desktop.sync.transfer.test_deltas import added, behind, check_in, checked_out, get_latest, path_of
from tests.support.client import Client
from tests.support.proxy import proxy

SIZE = 200_000_000
EDITS = 3
CHANGED = EDITS * 4 * MOST_BYTES
"""More than the chunks around them."""
LIST = SIZE // 1_000
"""More than the list of its chunks."""
SMALL_TALK = 64 << 10
"""More than all headers and answers of one request."""


def edited(old: bytes) -> bytes:
    """Something is inserted, something is another, and something is new at the end."""
    first, second = SIZE // 18, SIZE // 2
    return b"".join(
        [old[:first], b"an edit that moves all behind it", old[first:second], bytes(500), old[second + 500 :], b"M30\n"]
    )


@pytest.mark.full
async def test_an_edited_file_of_200_mb_sends_and_fetches_what_changed(
    anna: Client, tomas: Client, tmp_path: Path
) -> None:
    old = random.Random(200).randbytes(SIZE)
    new = edited(old)
    file = await added(anna, old)
    async with (
        proxy(anna.address) as annas,
        proxy(tomas.address) as tomas_line,
        behind(annas, anna, tmp_path / "anna") as here,
        behind(tomas_line, tomas, tmp_path / "tomas") as there,
    ):
        assert (await get_latest(there, file)).outcome is Outcome.DONE
        await checked_out(here, file, new)
        up, down = annas.up, annas.down
        assert (await check_in(here, file)).outcome is Outcome.DONE
        assert annas.up - up < CHANGED + SMALL_TALK
        assert annas.down - down < LIST + SMALL_TALK
        up, down = tomas_line.up, tomas_line.down
        assert (await get_latest(there, file)).outcome is Outcome.DONE
        assert tomas_line.up - up < SMALL_TALK
        assert tomas_line.down - down < CHANGED + LIST + SMALL_TALK
        assert path_of(there, file).read_bytes() == new
    assert await anna.content(file.id) == new
