"""A revision from the server into an unfinished file that is checked; a cut goes on by ranges."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Protocol, TypeVar

from blake3 import blake3

from pdm_desktop.core.errors import Spoiled, Unreachable
from pdm_desktop.sync.ports import Unfinished
from pdm_desktop.sync.transfer.attempts import Attempts
from pdm_desktop.sync.transfer.traffic import Moving
from server.protocol.vault import File, Revision

T = TypeVar("T")

GATHERED = 1 << 20
"""Bytes that are worth a trip to the disk's thread; as many gather meanwhile."""
FLUSHED = 16 << 20
"""After so many bytes the disk itself begins with them."""


class Source(Protocol):
    """Whose content it is."""

    def content(
        self, file: str, revision: str, /, *, start: int = 0
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The bytes of one revision from `start` on, in blocks. Raises core.errors."""
        ...


class Arriving:
    """A revision that arrives in an unfinished file: how far it has come, and the hash of that."""

    def __init__(self, revision: Revision, unfinished: Unfinished) -> None:
        self.revision = revision
        self.unfinished = unfinished
        self.size = 0
        self._is_finished = False
        self._digest = blake3()

    @property
    def has_all(self) -> bool:
        """Nothing is missing but the check. Of an empty revision the answer is still asked for."""
        return self.size >= self.revision.size > 0

    def take(self, blocks: Sequence[bytes]) -> None:
        """So much more, on whatever thread. Raises core.errors."""
        for block in blocks:
            self.unfinished.write(block)
            self._digest.update(block)
            self.size += len(block)

    def finish(self) -> bool:
        """All of it is on the disk itself. False: it is not what the revision is. Raises core.errors."""
        if not self._is_finished:
            if (self.size, self._digest.hexdigest()) != (self.revision.size, self.revision.hash):
                return False
            self.unfinished.finish()
            self._is_finished = True
        return True


async def download(vault: Source, file: File, arriving: Arriving, moving: Moving) -> None:
    """Fetch what is missing of a revision, check it, and have it on the disk. A cut goes on where it was.

    It may be cancelled at any moment and called again: then it goes on with what has arrived. Raises core.errors.
    """
    attempts = Attempts()
    while not arriving.has_all:
        before = arriving.size
        moving.progress.at(before)
        try:
            async with vault.content(file.id, arriving.revision.number, start=before) as blocks:
                await _write(_paced(blocks, moving), arriving)
            break
        except Unreachable as error:
            if arriving.size > before:
                attempts.moved()
            if not arriving.has_all:  # else only the end of the answer was lost
                await attempts.wait(error)
    if not await _ended(asyncio.get_running_loop().run_in_executor(None, arriving.finish)):
        raise Spoiled(
            f"{file.filename} did not arrive as Rev {arriving.revision.number} is stored.",
            advice="Nothing has changed here. Try again; if it stays so, tell an administrator.",
        )


async def _paced(blocks: AsyncIterator[bytes], moving: Moving) -> AsyncIterator[bytes]:
    async for block in blocks:
        await moving.pace.take(len(block))
        moving.progress.add(len(block))
        yield block


async def _write(blocks: AsyncIterator[bytes], arriving: Arriving) -> None:
    """Hash and write all that comes, also what came before it breaks off; more comes while a thread is at it.

    The disk itself gets it meanwhile, so that little is left to wait for at the end.
    """
    writing, flushing = _Beside(), _Beside()
    gathered: list[bytes] = []
    size = unflushed = 0
    try:
        async for block in blocks:
            gathered.append(block)
            size += len(block)
            if size >= GATHERED:
                await writing.begin(partial(arriving.take, gathered))
                unflushed += size
                gathered, size = [], 0
                if unflushed >= FLUSHED and flushing.is_free:
                    await flushing.begin(arriving.unfinished.flush)
                    unflushed = 0
    finally:
        # Nobody may take the file away from under a thread that writes to it, nor write behind a gap.
        try:
            await writing.begin(partial(arriving.take, gathered))
            await writing.end()
        finally:
            await flushing.end()


class _Beside:
    """Work of a thread, one piece at a time."""

    def __init__(self) -> None:
        self._work: asyncio.Future[None] | None = None

    @property
    def is_free(self) -> bool:
        """Nothing is being done."""
        return self._work is None or self._work.done()

    async def begin(self, work: Callable[[], None]) -> None:
        """Begin when what is being done is done. Raises what that raised."""
        await self.end()
        self._work = asyncio.get_running_loop().run_in_executor(None, work)

    async def end(self) -> None:
        """Return when nothing is being done. Raises what it raised."""
        if self._work is not None:
            await asyncio.shield(self._work)
            self._work = None


async def _ended(work: "asyncio.Future[T]") -> T:
    """What a thread does, which is not left alone with it: when this is cancelled, that is ended first."""
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise
