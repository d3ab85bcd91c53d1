"""Reads and sends the files of a set as they are at one moment: all are read before the first is sent."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from pdm_desktop.core.errors import KeepsChanging, Told
from pdm_desktop.core.paths import name_of
from pdm_desktop.sync.commands.sending import Sending
from pdm_desktop.sync.facts import Copy, Hold
from pdm_desktop.sync.transfer.reading import READS, Content
from pdm_desktop.sync.workspace import Workspace
from server.protocol.calls import Destination, Upload
from server.protocol.records import dataclass

T = TypeVar("T")

AT_ONCE = 4
"""So many files of a set are read at the same time; how many are sent is the workspace's affair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A file that is to be checked in: what this seat has of it, and what was read of it stably."""

    hold: Hold
    copy: Copy
    content: Content

    @property
    def is_changed(self) -> bool:
        """There is something to store."""
        return self.content.hash != self.copy.hash


class Gathering:
    """The content of a set. Methods raise core.errors with the `path` of the file that they are about."""

    def __init__(self, workspace: Workspace, sending: Sending) -> None:
        self._workspace = workspace
        self._sending = sending

    async def read(self, files: Sequence[tuple[Hold, Copy]]) -> list[Read]:
        """Each file by a stable read."""
        return await _all_of([partial(self._read, hold, copy) for hold, copy in files])

    async def send(
        self, files: Sequence[Read], same: Sequence[Read], *, refuse: Callable[[Read], None]
    ) -> tuple[list[tuple[Read, Upload]], list[Read]]:
        """Everything, several at once, with what was read of it in the end; and those in which nothing has changed.

        What was saved again meanwhile is read and sent again, so that what arrived is as it all was at one moment.
        `same` are those in which nothing had changed: what was saved in one of them meanwhile is sent along. `refuse`
        may raise when it sees what was read anew.
        """
        known = {each.hold.file: each for each in (*files, *same)}
        sent: dict[str, tuple[Read, Upload]] = {}
        anew, meant = list(files), {each.hold.file for each in files}
        for _ in range(READS):
            sent |= await self._send_all(
                [each for each in anew if each.is_changed or each.hold.file in {*meant, *sent}]
            )
            known |= {file: read for file, (read, _) in sent.items()}
            stale = [each for each in known.values() if not await self._is_as_read(each)]
            if not stale:
                left = [each for file, each in known.items() if file not in sent]
                return [sent[file] for file in known if file in sent], left
            anew = await self.read([(each.hold, each.copy) for each in stale])
            for each in anew:
                refuse(each)
            known |= {each.hold.file: each for each in anew}
        raise _changing(anew[0].copy.path)

    async def _send_all(self, files: Sequence[Read]) -> dict[str, tuple[Read, Upload]]:
        groups: dict[str, list[Read]] = {}
        for each in files:  # two of the same content go one after the other: it arrives once
            groups.setdefault(each.content.hash, []).append(each)
        done = await _all_of([partial(self._send, group) for group in groups.values()])
        return {read.hold.file: (read, upload) for group in done for read, upload in group}

    async def _read(self, hold: Hold, copy: Copy) -> Read:
        try:
            return Read(hold=hold, copy=copy, content=await self._workspace.read(copy.where))
        except Told as error:
            error.path = copy.path
            raise

    async def _send(self, files: Sequence[Read]) -> list[tuple[Read, Upload]]:
        sent: list[tuple[Read, Upload]] = []
        for each in files:
            try:
                content, upload = await self._sending.send(each.copy, each.content, to=Destination(file=each.copy.file))
            except Told as error:
                error.path = each.copy.path
                raise
            sent.append((replace(each, content=content), upload))
        return sent

    async def _is_as_read(self, read: Read) -> bool:
        return await self._workspace.look(read.copy.where) == read.content.look


def _changing(path: str) -> KeepsChanging:
    error = KeepsChanging(
        f"{name_of(path)} was saved again and again while the set was sent.",
        advice="Wait until its program has saved it, then check in again.",
    )
    error.path = path
    return error


async def _all_of(works: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
    """All of them, some at once, in their order. The first trouble ends the others, and is raised alone."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(work: Callable[[], Awaitable[T]]) -> T:
        async with places:
            return await work()

    trouble: BaseException | None = None
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(work), name="a file of a set") for work in works]
    except* Told as errors:
        trouble = errors.exceptions[0]
    if trouble is not None:
        raise trouble
    return [task.result() for task in tasks]
