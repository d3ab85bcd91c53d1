"""Files that wait for a program to close them, and the looks whether it has: one a second while any file waits."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

from pdm_desktop.core.errors import InUse, Told
from pdm_desktop.sync.ports import Disk

PROBE_EVERY = 1.0
"""Seconds between two looks: what waits goes on within two seconds after its file is closed."""


@dataclass(frozen=True, slots=True)
class _Held:
    places: tuple[PurePath, ...]
    until_closed: bool


class HeldFiles:
    """Which files wait, each with the places that are held. What is to be done with them the journal knows."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._files: dict[str, _Held] = {}
        self._any = asyncio.Event()

    def __contains__(self, file: str) -> bool:
        """It waits."""
        return file in self._files

    def add(self, file: str, places: Iterable[PurePath], *, until_closed: bool = False) -> None:
        """A program holds these places. `until_closed`: it has to close them, though it may let others at them."""
        self._files[file] = _Held(tuple(places), until_closed)
        self._any.set()

    def drop(self, file: str) -> None:
        """It waits no longer."""
        self._files.pop(file, None)
        if not self._files:
            self._any.clear()

    async def next_free(self) -> list[str]:
        """Wait until something waits and it is time to look; then as `free`."""
        await self._any.wait()
        await asyncio.sleep(PROBE_EVERY)
        return await self.free()

    async def free(self) -> list[str]:
        """Look: the files that nobody holds any more."""
        return [file for file, held in list(self._files.items()) if await asyncio.to_thread(self._is_free, held)]

    def _is_free(self, held: _Held) -> bool:
        """What else is wrong with a place shows when it is gone on with."""
        try:
            for place in held.places:
                self._disk.probe(place)
                if held.until_closed and self._disk.may_be_written(place):
                    return False
        except InUse:
            return False
        except Told:
            return True
        return True
