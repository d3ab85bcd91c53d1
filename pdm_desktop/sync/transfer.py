"""Content on its way: a stable read with its hash, up as one stream, down into an unfinished file that is checked."""

import asyncio
import time
import uuid
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePath

from blake3 import blake3

from pdm_desktop.core.errors import KeepsChanging, NotHere, Spoiled, Told
from pdm_desktop.state.transfers import Transfer, TransferState
from pdm_desktop.sync.ports import Disk, Look, Unfinished, Vault
from server.protocol.calls import Upload
from server.protocol.vault import File, Revision

READS = 3
"""How often a file that changes meanwhile is read again."""
TELL_EVERY = 0.1
RATE_OVER = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a file was during one read in which it did not change."""

    size: int
    hash: str
    look: Look


def read_stably(disk: Disk, path: PurePath) -> Content:
    """Size and hash of a file that did not change meanwhile. Raises KeepsChanging, NotHere and what the disk raises."""
    for _ in range(READS):
        before = _present(disk, path)
        digest = blake3()
        size = 0
        for block in disk.blocks(path):
            digest.update(block)
            size += len(block)
        if _present(disk, path) == before and size == before.size:
            return Content(size=size, hash=digest.hexdigest(), look=before)
    raise KeepsChanging(f"{path.name} is being written right now.", advice="Wait until the program has saved it.")


def _present(disk: Disk, path: PurePath) -> Look:
    found = disk.look(path)
    if found is None:
        raise NotHere(f"{path.name} is not in the workspace any more.", advice="Put it back, or undo the check-out.")
    return found


class Progress:
    """Tells how one transfer goes on, not more than ten times a second."""

    def __init__(self, file: str, *, path: str, up: bool, size: int, tell: Callable[[Transfer], None]) -> None:
        self._tell = tell
        self._points: deque[tuple[float, int]] = deque()
        self._told_at = 0.0
        self._transfer = Transfer(
            id=uuid.uuid4().hex, file=file, path=path, up=up, size=size, state=TransferState.RUNNING
        )
        tell(self._transfer)

    def add(self, count: int) -> None:
        """So many bytes more have moved."""
        now = time.monotonic()
        done = self._transfer.done + count
        self._points.append((now, done))
        while now - self._points[0][0] > RATE_OVER:
            self._points.popleft()
        span, moved = now - self._points[0][0], done - self._points[0][1]
        self._transfer = replace(self._transfer, done=done, rate=moved / span if span > 0 else 0.0)
        if now - self._told_at >= TELL_EVERY:
            self._told_at = now
            self._tell(self._transfer)

    def end(self, trouble: Told | None = None) -> None:
        """It is over: done, or stopped by a trouble."""
        state = TransferState.DONE if trouble is None else TransferState.STOPPED
        self._tell(replace(self._transfer, state=state, rate=0.0, reason=trouble.text if trouble else None))


async def upload(vault: Vault, disk: Disk, path: PurePath, content: Content, progress: Progress) -> Upload:
    """Send a file's content as it was read. Raises core.errors: Spoiled when it is not that any more."""
    blocks = disk.blocks(path)

    async def sent() -> AsyncIterator[bytes]:
        while block := await asyncio.to_thread(_next, blocks):
            progress.add(len(block))
            yield block

    try:
        done = await vault.upload(sent(), size=content.size, digest=content.hash)
    except Told as error:
        progress.end(error)
        raise
    progress.end()
    return done


async def download(vault: Vault, disk: Disk, file: File, revision: Revision, progress: Progress) -> Unfinished:
    """Fetch one revision into an unfinished file, checked and on the disk. Raises core.errors."""
    unfinished = await asyncio.to_thread(disk.begin)
    try:
        digest = blake3()
        size = 0
        async with vault.content(file.id, revision.number) as blocks:
            async for block in _gathered(blocks):
                digest.update(block)
                size += len(block)
                await asyncio.to_thread(unfinished.write, block)
                progress.add(len(block))
        if (size, digest.hexdigest()) != (revision.size, revision.hash):
            raise Spoiled(
                f"{file.filename} did not arrive as Rev {revision.number} is stored.",
                advice="Nothing has changed here. Try again; if it stays so, tell an administrator.",
            )
        await asyncio.to_thread(unfinished.finish)
    except BaseException as error:
        await asyncio.to_thread(unfinished.discard)
        progress.end(error if isinstance(error, Told) else None)
        raise
    progress.end()
    return unfinished


async def _gathered(blocks: AsyncIterator[bytes], least: int = 1 << 20) -> AsyncIterator[bytes]:
    """The same bytes in pieces worth a trip to the disk's thread."""
    waiting = bytearray()
    async for block in blocks:
        waiting += block
        if len(waiting) >= least:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)


def _next(blocks: Iterator[bytes]) -> bytes | None:
    return next(blocks, None)
