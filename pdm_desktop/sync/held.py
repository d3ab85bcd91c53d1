"""Files that wait for a program to close them, and the looks whether it has: one a second while any file waits."""

import asyncio
from collections.abc import Iterable
from pathlib import PurePath

from pdm_desktop import log
from pdm_desktop.core.errors import InUse, Told
from pdm_desktop.sync.ports import Disk
from server.protocol.records import dataclass

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
        self._going_on: set[str] = set()
        self._broken: set[str] = set()
        """Files whose last look met something that nobody foresaw."""

    def __contains__(self, file: str) -> bool:
        """It waits, or is being gone on with."""
        return file in self._files or file in self._going_on

    def waits(self, file: str) -> bool:
        """It waits: a program holds it, or holds it again."""
        return file in self._files

    def add(self, file: str, places: Iterable[PurePath], *, until_closed: bool = False) -> None:
        """A program holds these places. `until_closed`: it has to close them, though it may let others at them.

        Without a place there is nothing to look at, and nothing waits.
        """
        held = _Held(tuple(places), until_closed)
        if held.places:
            self._files[file] = held
            self._any.set()

    async def next_free(self) -> list[str]:
        """Wait until something waits and it is time to look; then as `free`."""
        await self._any.wait()
        await asyncio.sleep(PROBE_EVERY)
        return await self.free()

    async def free(self) -> list[str]:
        """Look: the files that nobody holds any more. They wait no longer; say `over` when they are gone on with."""
        found = [file for file, held in list(self._files.items()) if await self._is_closed(file, held)]
        taken = [file for file in found if self._files.pop(file, None) is not None]
        self._going_on.update(taken)
        if not self._files:
            self._any.clear()
        return taken

    def over(self, file: str) -> None:
        """It was gone on with."""
        self._going_on.discard(file)

    async def _is_closed(self, file: str, held: _Held) -> bool:
        """One whose look breaks counts as held: it is looked at again, and keeps no other file waiting."""
        try:
            is_free = await asyncio.to_thread(self._is_free, held)
        except Exception as error:  # noqa: BLE001 - whatever it is
            if file not in self._broken:  # the next look is in a second
                log.trouble("not looked whether it is held", error, file=file)
            self._broken.add(file)
            return False
        self._broken.discard(file)
        return is_free

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
