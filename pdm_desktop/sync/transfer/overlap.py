"""What content has in common with an older revision on the other side: asked for, and planned on another thread."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import TypeVar

from pdm_desktop import log
from pdm_desktop.core.delta import SAMPLE_BYTES, Older, Piece, is_worth_it, may_overlap, plan, samples
from pdm_desktop.core.errors import NotSignedIn, ServerTrouble, Stranger, Told, Unreachable
from pdm_desktop.sync.ports import Disk, Vault
from pdm_desktop.sync.transfer.attempts import Attempts
from pdm_desktop.sync.uncut import ended
from server.protocol.chunks import cut, decode
from server.protocol.records import dataclass
from server.protocol.vault import Revision

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A revision that the server has."""

    file: str
    number: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AtHand:
    """A file of this computer that may be much like what is fetched, and whom to ask how much."""

    vault: Vault
    disk: Disk
    path: PurePath
    size: int


async def overlap_with_base(vault: Vault, disk: Disk, path: PurePath, *, size: int, base: Base) -> list[Piece]:
    """A plan of a file's content with pieces of the base; none when the whole is as good. Raises core.errors."""
    if not may_overlap(size, base.size):
        return []
    listed = await _listed(vault, base.file, base.number, base.size)
    if listed is None:
        return []

    def planned(blocks: Iterator[bytes]) -> list[Piece]:
        if _is_hopeless(disk, path, size, listed):
            return []
        return plan(cut(blocks), Older(decode(listed)))

    return _worth(await read_on_thread(disk, path, planned), size, base.file)


async def overlap_with_local(at_hand: AtHand, *, file: str, revision: Revision) -> list[Piece]:
    """A plan of a revision with pieces of the file at hand; none when the whole is as good. Raises core.errors."""
    if not may_overlap(revision.size, at_hand.size):
        return []
    listed = await _listed(at_hand.vault, file, revision.number, revision.size)
    if listed is None:
        return []

    def planned(blocks: Iterator[bytes]) -> list[Piece]:
        if _is_hopeless(at_hand.disk, at_hand.path, at_hand.size, listed):
            return []
        return plan(decode(listed), Older(cut(blocks)))

    try:
        pieces = await read_on_thread(at_hand.disk, at_hand.path, planned)
    except Told as error:
        log.note("not planned", file=file, why=error.text)
        return []
    return _worth(pieces, revision.size, file)


async def read_on_thread(disk: Disk, path: PurePath, use: Callable[[Iterator[bytes]], T], *, start: int = 0) -> T:
    """Let `use` read a file from `start` on, on another thread; cancelled, it is stopped between two blocks.

    Raises core.errors, and what `use` raises.
    """
    stop = threading.Event()

    def blocks() -> Iterator[bytes]:
        for block in disk.blocks(path, start=start):
            if stop.is_set():
                raise _Stopped
            yield block

    return await ended(asyncio.get_running_loop().run_in_executor(None, lambda: use(blocks())), cut=stop.set)


def _is_hopeless(disk: Disk, path: PurePath, size: int, listed: bytes) -> bool:
    """On a worker thread: samples from all over a large file have nothing in common with the other side's chunks.

    Cutting it whole would take as long as sending it over a fast line. Raises core.errors.
    """
    known = {chunk.hash for chunk in decode(listed)} if samples(size) else set()
    for start in samples(size):
        sample = next(disk.blocks(path, start=start), b"")[:SAMPLE_BYTES]
        if any(chunk.hash in known for chunk in cut([sample])):
            return False
    return bool(samples(size))


class _Stopped(Exception):
    """Nobody waits for it any more."""


async def _listed(vault: Vault, file: str, number: str, size: int) -> bytes | None:
    """The chunks of a revision; None when the server has no such list. Raises NotSignedIn, Unreachable."""
    attempts = Attempts()
    while True:
        try:
            return await vault.chunks(file, number, size=size)
        except NotSignedIn:
            raise
        except Unreachable as error:
            if not isinstance(error, ServerTrouble | Stranger):
                await attempts.wait(error)
                continue
            refusal: Told = error
        except Told as error:
            refusal = error
        log.note("no chunks", file=file, why=refusal.text)
        return None


def _worth(pieces: list[Piece], size: int, file: str) -> list[Piece]:
    if not is_worth_it(pieces, size):
        return []
    travels = sum(piece.size for piece in pieces if piece.start is None)
    log.note("planned", file=file, size=size, travels=travels, pieces=len(pieces))
    return pieces
