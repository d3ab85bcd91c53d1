"""A revision from the server into an unfinished file that is checked; a cut goes on by ranges."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial
from typing import Protocol

from blake3 import blake3

from pdm_desktop import log
from pdm_desktop.core.delta import Piece, next_part
from pdm_desktop.core.errors import NotSignedIn, Refused, ServerTrouble, Spoiled, Stranger, Told, Unreachable
from pdm_desktop.sync.ports import Disk, Unfinished
from pdm_desktop.sync.transfer.attempts import Attempts
from pdm_desktop.sync.transfer.overlap import AtHand, overlap_with_local, read_on_thread
from pdm_desktop.sync.transfer.reading import limited
from pdm_desktop.sync.transfer.traffic import Moving
from pdm_desktop.sync.uncut import ended, on_thread
from server.protocol import calls
from server.protocol.limits import PIECES
from server.protocol.vault import File, Revision

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


class NotReadable(Exception):
    """The file at hand cannot be read, or not any more."""


class Arriving:
    """A revision that arrives in an unfinished file: how far it has come, and the hash of that."""

    def __init__(self, revision: Revision, unfinished: Unfinished) -> None:
        self.revision = revision
        self.unfinished = unfinished
        self.size = 0
        self.plan: list[Piece] | None = None
        """The pieces that it is brought in; none: from where it is to the end. None: that has not been asked yet."""
        self.has_copied = False
        """Some of it comes from a file of this computer."""
        self._is_finished = False
        self._digest = blake3()

    @property
    def has_all(self) -> bool:
        """Nothing is missing but the check. Of an empty revision the answer is still asked for."""
        return self.size >= self.revision.size > 0

    @property
    def missing(self) -> int:
        """So many bytes have not come."""
        return self.revision.size - self.size

    def next_part(self) -> list[Piece]:
        """The pieces that come next by the plan, as many as one call may name; none: all the rest comes at once."""
        rest = self.revision.size
        return next_part(self.plan or [], self.size, most_sent=rest, most_copied=rest, most_pieces=PIECES)

    def copy(self, blocks: Iterator[bytes], size: int) -> None:
        """So many bytes more, from a file of this computer, on whatever thread. Raises core.errors, NotReadable."""
        self.has_copied = True
        for block in limited(_readable(blocks), size):
            self.take([block])

    def begin_again(self, disk: Disk) -> None:
        """Forget what has arrived, and how it was planned. Raises core.errors."""
        self.unfinished.discard()
        self.unfinished = disk.begin()
        self.size, self.plan, self.has_copied, self._digest = 0, [], False, blake3()

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


async def download(
    source: Source, file: File, arriving: Arriving, moving: Moving, *, at_hand: AtHand | None = None
) -> None:
    """Bring what is missing of a revision, check it, and have it on the disk. A cut goes on where it was.

    What it has in common with the file at hand is copied from there. It may be cancelled at any moment and called
    again: then it goes on with what has arrived. Raises core.errors.
    """
    await _arrive(source, file, arriving, moving, at_hand)
    if at_hand is not None and arriving.has_copied and not await _finished(arriving):
        # The file at hand changed meanwhile, or a chunk was something else: the whole is the truth.
        await on_thread(arriving.begin_again, at_hand.disk)
        await _arrive(source, file, arriving, moving, None)
    if not await _finished(arriving):
        raise Spoiled(
            f"{file.filename} did not arrive as Rev {arriving.revision.number} is stored.",
            advice="Nothing has changed here. Try again; if it stays so, tell an administrator.",
        )


async def _arrive(source: Source, file: File, arriving: Arriving, moving: Moving, at_hand: AtHand | None) -> None:
    attempts = Attempts()
    while not arriving.has_all:
        before = arriving.size
        moving.progress.at(before)
        try:
            if arriving.plan is None and at_hand is not None:
                arriving.plan = await overlap_with_local(at_hand, file=file.id, revision=arriving.revision)
            if at_hand is not None and (part := arriving.next_part()):
                await _arrive_in_part(file, part, arriving, moving, at_hand)
                if arriving.size > before:
                    attempts.moved()
                continue
            async with source.content(file.id, arriving.revision.number, start=before) as blocks:
                # What goes on behind its end is not that revision, and might fill the disk: one byte more tells.
                await _write(_Answer(_paced(blocks, moving)).take(arriving.missing + 1), arriving)
            if arriving.missing <= 0:
                break
            raise Unreachable(f"{file.filename} did not arrive whole.", advice="Check the network.")
        except Unreachable as error:
            if arriving.size > before:
                attempts.moved()
            if not arriving.has_all:  # else only the end of the answer was lost
                await attempts.wait(error)


async def _arrive_in_part(
    file: File, part: Sequence[Piece], arriving: Arriving, moving: Moving, at_hand: AtHand
) -> None:
    """Bring these pieces: one answer has all that has to travel, and what is at hand is copied between."""
    travelling = [calls.Piece(start=piece.at, size=piece.size) for piece in part if piece.start is None]
    wanted = calls.Pieces(revision=arriving.revision.number, pieces=travelling)
    try:
        async with at_hand.vault.pieces(file.id, wanted) if travelling else nullcontext(_no_blocks()) as blocks:
            answer = _Answer(_paced(blocks, moving))
            for piece in part:
                if piece.start is None:
                    await _write(answer.take(piece.size), arriving)
                else:
                    await _copy(at_hand, piece, arriving, moving)
                if arriving.size != piece.end:
                    raise NotReadable("It ends too soon.")
    except NotSignedIn:
        raise
    except (NotReadable, Refused, ServerTrouble, Stranger) as error:
        log.note("the rest is fetched", file=file.id, why=str(error))
        arriving.plan = []


async def _copy(at_hand: AtHand, piece: Piece, arriving: Arriving, moving: Moving) -> None:
    """Take a piece of the file at hand. Raises core.errors, and NotReadable."""
    before = arriving.size
    try:
        await read_on_thread(
            at_hand.disk, at_hand.path, lambda blocks: arriving.copy(blocks, piece.size), start=piece.start or 0
        )
    finally:
        moving.progress.copied(arriving.size - before)


class _Answer:
    """The bytes of an answer, taken so many at a time."""

    def __init__(self, blocks: AsyncIterator[bytes]) -> None:
        self._blocks = blocks
        self._rest = b""

    async def take(self, size: int) -> AsyncIterator[bytes]:
        """The next bytes, so many; fewer at the end."""
        left = size
        while left > 0 and (block := self._rest or await anext(self._blocks, b"")):
            taken, self._rest = block[:left], block[left:]
            left -= len(taken)
            yield taken


async def _no_blocks() -> AsyncIterator[bytes]:
    none: tuple[bytes, ...] = ()
    for block in none:
        yield block


async def _finished(arriving: Arriving) -> bool:
    return await on_thread(arriving.finish)


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
            await ended(self._work)
            self._work = None


def _readable(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The same blocks. Raises NotReadable: what goes wrong with the file at hand is not what may go wrong with ours."""
    try:
        yield from blocks
    except Told as error:
        raise NotReadable(error.text) from error
    raise NotReadable("It is shorter now.")
