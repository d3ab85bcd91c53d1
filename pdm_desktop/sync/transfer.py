"""Content on its way: a stable read with its hash, up as one stream, down into an unfinished file that is checked."""

import asyncio
import time
import uuid
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Protocol

from blake3 import blake3

from pdm_desktop.core.errors import (
    KeepsChanging,
    NotHere,
    Refused,
    ServerBusy,
    Spoiled,
    Told,
    Unreachable,
    WrongOffset,
)
from pdm_desktop.state.transfers import Transfer, TransferState
from pdm_desktop.sync.ports import Disk, Look, Unfinished, Vault
from server.protocol.calls import Upload
from server.protocol.vault import File, Revision

READS = 3
"""How often a file that changes meanwhile is read again."""
SMALL = 4 << 20
"""Content up to this size goes in one call; a cut costs all of it."""
PART = 16 << 20
"""Bytes of one part of larger content."""
FIRST_WAITS = (0.1, 0.5)
"""Seconds before a new attempt while nothing has moved yet: a server that is not there is told soon."""
WAITS = (0.2, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each new attempt; at their end it is given up, and goes on when it is asked for again."""
LONGEST_WAIT = 30.0
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

    def at(self, offset: int) -> None:
        """It stands there, whatever was counted before: the server has so much, or lost what was on its way."""
        if offset != self._transfer.done:
            self._points.clear()
            self._transfer = replace(self._transfer, done=offset)
            self._tell(self._transfer)

    def end(self, trouble: Told | None = None) -> None:
        """It is over: done, or stopped by a trouble."""
        state = TransferState.DONE if trouble is None else TransferState.STOPPED
        self._tell(replace(self._transfer, state=state, rate=0.0, reason=trouble.text if trouble else None))


class Begun(Protocol):
    """Remembers uploads that were begun, so that one goes on after a cut or a restart."""

    def upload(self, content_hash: str) -> str | None:
        """The one of some content."""
        ...

    def put_upload(self, content_hash: str, upload: str) -> None:
        """It has begun."""
        ...

    def drop_upload(self, content_hash: str) -> None:
        """It is over."""
        ...


async def upload(
    vault: Vault, disk: Disk, path: PurePath, content: Content, progress: Progress, begun: Begun
) -> Upload:
    """Send a file's content as it was read. Raises core.errors: Spoiled when it is not that any more."""
    try:
        if content.size <= SMALL:
            done = await vault.upload(_sent(disk.blocks(path), progress), size=content.size, digest=content.hash)
        else:
            done = await _in_parts(vault, disk, path, content, progress, begun)
    except Told as error:
        progress.end(error)
        raise
    progress.end()
    return done


@dataclass(slots=True)
class _Open:
    """An upload in parts, and how far it has come."""

    id: str
    offset: int
    complete: bool = False


async def _in_parts(
    vault: Vault, disk: Disk, path: PurePath, content: Content, progress: Progress, begun: Begun
) -> Upload:
    """Go on where the server says; a cut costs what was on its way."""
    furthest, waits = 0, iter(FIRST_WAITS)
    found: _Open | None = None
    while True:
        try:
            found = found or await _opened(vault, content, begun)
            if found.offset > furthest:
                furthest, waits = found.offset, iter(WAITS)
            progress.at(found.offset)
            if found.complete or found.offset >= content.size:
                break
            size = min(PART, content.size - found.offset)
            part = _sent(_limited(disk.blocks(path, start=found.offset), size), progress)
            found.offset = (await vault.append(found.id, part, size=size, offset=found.offset)).offset
        except (WrongOffset, Unreachable) as error:
            found = None
            await _wait(waits, error)
    try:
        done = await vault.finish_upload(found.id, size=content.size, digest=content.hash)
    except (Refused, Spoiled):
        begun.drop_upload(content.hash)
        raise
    begun.drop_upload(content.hash)
    return done


async def _opened(vault: Vault, content: Content, begun: Begun) -> _Open:
    """The upload of this content that was begun before, as far as the server still has it, or a new one."""
    known = begun.upload(content.hash)
    if known is not None:
        try:
            return _Open(known, await _settled(vault, known))
        except Refused:
            begun.drop_upload(content.hash)
    made = await vault.begin_upload(size=content.size, digest=content.hash, key=uuid.uuid4().hex)
    begun.put_upload(content.hash, made.id)
    return _Open(made.id, made.offset, made.complete)


async def _settled(vault: Vault, upload: str) -> int:
    """Where an upload goes on. An empty part ends one that still hangs there, so that the offset moves no more."""
    try:
        return (await vault.append(upload, _nothing(), size=0, offset=0)).offset
    except WrongOffset as error:
        return error.offset


async def _nothing() -> AsyncIterator[bytes]:
    none: tuple[bytes, ...] = ()
    for block in none:
        yield block


async def _sent(blocks: Iterator[bytes], progress: Progress) -> AsyncIterator[bytes]:
    while block := await asyncio.to_thread(_next, blocks):
        progress.add(len(block))
        yield block


def _limited(blocks: Iterator[bytes], size: int) -> Iterator[bytes]:
    """The first bytes, `size` of them. Raises Spoiled when there are fewer: the file was cut meanwhile."""
    left = size
    for block in blocks:
        yield block[:left]
        left -= len(block)
        if left <= 0:
            return
    raise Spoiled("The file became shorter while it was sent.", advice="Try again.")


async def _wait(waits: Iterator[float], error: Told) -> None:
    """Wait before a new attempt. Raises the error when there were enough."""
    seconds = next(waits, None)
    if seconds is None:
        raise error
    asked = error.wait if isinstance(error, ServerBusy) and error.wait is not None else 0.0
    await asyncio.sleep(max(seconds, min(asked, LONGEST_WAIT)))


async def download(vault: Vault, disk: Disk, file: File, revision: Revision, progress: Progress) -> Unfinished:
    """Fetch one revision into an unfinished file, checked and on the disk. A cut goes on where it was.

    Raises core.errors.
    """
    unfinished = await asyncio.to_thread(disk.begin)
    try:
        digest = blake3()
        size = 0
        waits = iter(FIRST_WAITS)
        while True:
            try:
                async with vault.content(file.id, revision.number, start=size) as blocks:
                    async for block in _gathered(blocks):
                        digest.update(block)
                        size += len(block)
                        await asyncio.to_thread(unfinished.write, block)
                        progress.add(len(block))
                        waits = iter(WAITS)
                break
            except Unreachable as error:
                if size >= revision.size:
                    break  # only the end of the answer was lost
                await _wait(waits, error)
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
    """The same bytes in pieces worth a trip to the disk's thread. Raises what the source raises, after all it gave."""
    waiting = bytearray()
    cut: Unreachable | None = None
    try:
        async for block in blocks:
            waiting += block
            if len(waiting) >= least:
                yield bytes(waiting)
                waiting.clear()
    except Unreachable as error:
        cut = error
    if waiting:
        yield bytes(waiting)
    if cut is not None:
        raise cut


def _next(blocks: Iterator[bytes]) -> bytes | None:
    return next(blocks, None)
