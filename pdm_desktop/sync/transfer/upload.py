"""Content to the server: in one call when it is small, otherwise in parts that go on after a cut or a restart."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import PurePath
from typing import Protocol

from pdm_desktop.core.errors import NotSignedIn, Refused, Spoiled, Unreachable, WrongOffset
from pdm_desktop.sync.ports import Disk, Vault
from pdm_desktop.sync.transfer.attempts import Attempts
from pdm_desktop.sync.transfer.deltas import Deltas
from pdm_desktop.sync.transfer.overlap import Base
from pdm_desktop.sync.transfer.reading import Content, limited
from pdm_desktop.sync.transfer.sent import sent
from pdm_desktop.sync.transfer.traffic import Moving
from server.protocol.calls import Destination, Upload
from server.protocol.records import dataclass

SMALL = 4 << 20
"""Content up to this size goes in one call; a cut costs all of it."""
PART = 64 << 20
"""Bytes of one part of larger content. A cut does not cost a part: the server keeps what has arrived of it."""


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
    vault: Vault,
    disk: Disk,
    path: PurePath,
    content: Content,
    moving: Moving,
    begun: Begun,
    *,
    to: Destination | None = None,
    base: Base | None = None,
) -> Upload:
    """Send a file's content as it was read. Raises core.errors: Spoiled when it is not that any more.

    With what it is `to` be, Refused before a byte is sent where the rules of that vault do not allow it.

    What it has in common with the base, which the server has, is copied there. It may be cancelled at any moment and
    called again: then it goes on where the server is.
    """
    if content.size > SMALL:
        try:
            return await _in_parts(vault, disk, path, content, moving, begun, to=to, base=base)
        except Spoiled:
            if base is None or await asyncio.to_thread(disk.look, path) != content.look:
                raise
        # It did not change, so what was put together was something else: chunks are hints, the whole is the truth.
        return await _in_parts(vault, disk, path, content, moving, begun, to=to, base=None)
    moving.progress.at(0)
    async with aclosing(sent(disk.blocks(path), moving)) as blocks:
        return await vault.upload(blocks, size=content.size, digest=content.hash, to=to)


@dataclass(slots=True)
class _Open:
    """An upload in parts, and how far it has come."""

    id: str
    offset: int
    complete: bool = False


async def _in_parts(
    vault: Vault, disk: Disk, path: PurePath, content: Content, moving: Moving, begun: Begun,
    *, to: Destination | None, base: Base | None,
) -> Upload:  # fmt: skip
    """Go on where the server says; a cut costs what was on its way."""
    furthest, attempts = 0, Attempts()
    deltas = Deltas(vault, disk, path, content, moving, base=base)
    found: _Open | None = None
    while True:
        try:
            found = found or await _opened(vault, content, begun, to=to)
            if found.offset > furthest:
                furthest = found.offset
                attempts.moved()
            moving.progress.at(found.offset)
            if found.complete or found.offset >= content.size:
                break
            reached = await deltas.append(found.id, found.offset, most=PART)
            if reached is None:
                reached = await _append(vault, disk, path, content, moving, to=found)
            if reached <= found.offset:
                raise Unreachable("What was sent does not reach the server.", advice="Check the network.")
            found.offset = reached
        except (WrongOffset, Unreachable) as error:
            found = None
            await attempts.wait(error)
    try:
        done = await vault.finish_upload(found.id, size=content.size, digest=content.hash)
    except NotSignedIn:
        raise  # it goes on after the next sign-in
    except (Refused, Spoiled):
        begun.drop_upload(content.hash)
        raise
    begun.drop_upload(content.hash)
    return done


async def _append(vault: Vault, disk: Disk, path: PurePath, content: Content, moving: Moving, *, to: _Open) -> int:
    """Send the next part as it is: how far the upload has come then."""
    size = min(PART, content.size - to.offset)
    blocks = limited(disk.blocks(path, start=to.offset), size)
    async with aclosing(sent(blocks, moving)) as part:
        return (await vault.append(to.id, part, size=size, offset=to.offset)).offset


async def _opened(vault: Vault, content: Content, begun: Begun, *, to: Destination | None) -> _Open:
    """The upload of this content that was begun before, as far as the server still has it, or a new one."""
    known = begun.upload(content.hash)
    if known is not None:
        try:
            return _Open(known, await _settled(vault, known))
        except NotSignedIn:
            raise
        except Refused:
            begun.drop_upload(content.hash)
    made = await vault.begin_upload(size=content.size, digest=content.hash, key=uuid.uuid4().hex, to=to)
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
