"""A seat's engine in a process of its own that moves one large file, and tells its own peaks of memory.

`python -m tests.support.heavy_seat ADDRESS TOKEN SEAT FOLDER SMALL LARGE`: the ids of two files. It checks both out,
edits the large one and checks it in, edits it again and undoes that, and prints the peak of each in bytes as JSON.
"""

import asyncio
import gc
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from pdm_desktop.core import requests
from pdm_desktop.core.requests import FileRequest
from pdm_desktop.core.results import Outcome
from pdm_desktop.net.http import Http, trust
from pdm_desktop.net.vault import VaultCalls
from tests.support.memory import Peak
from tests.support.seat_parts import Workplace, placed


def main() -> None:
    """Do all of it."""
    address, token, seat, folder, small, large = sys.argv[1:]
    print(json.dumps(asyncio.run(_work(address, token, seat, Path(folder), small, large))))


async def _work(address: str, token: str, seat: str, folder: Path, small: str, large: str) -> dict[str, int]:
    calls = VaultCalls(Http(address, token=token, seat=seat, tls=trust()))
    place = placed(calls, folder, seat=seat)
    peaks: dict[str, int] = {}
    try:
        await _move(place, small, peaks, prefix="small ")
        peaks.clear()
        await _move(place, large, peaks)
    finally:
        place.journal.close()
        await calls.close()
    return peaks


async def _move(place: Workplace, file: str, peaks: dict[str, int], *, prefix: str = "") -> None:
    async def measured(name: str, request: Callable[[], FileRequest]) -> None:
        gc.collect()
        peak = Peak(os.getpid())
        result = await place.one(request())
        if result.outcome is not Outcome.DONE:
            raise RuntimeError(result.text)
        peaks[prefix + name] = peak.bytes()
        place.events.clear()

    await measured("check out", lambda: requests.CheckOut(files=(file,)))
    _edit(place, file)
    await measured("check in", lambda: requests.CheckIn(files=(file,), keep=True))
    _edit(place, file)
    await measured("undo", lambda: requests.UndoCheckOut(files=(file,)))


def _edit(place: Workplace, file: str) -> None:
    """Other bytes in the middle, and some more at the end."""
    copy = place.journal.copy(file)
    if copy is None:
        raise RuntimeError("The file is not here.")
    with (place.root / copy.place).open("r+b") as content:
        content.seek(copy.size // 2)
        content.write(os.urandom(100_000))
        content.seek(0, os.SEEK_END)
        content.write(os.urandom(5_000))


if __name__ == "__main__":
    main()
