"""The import itself: each file streamed to the server, added in small sets, what is there already passed by."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO, TypeVar

import httpx
from blake3 import blake3

from server.cli.importing.known import Known
from server.cli.importing.progress import Progress
from server.cli.importing.walk import Found, PassedOver, walk
from server.cli.operator import Operator, Refused
from server.cli.trouble import Exit, Trouble
from server.cli.vaults import found_or_made
from server.protocol.calls import AddFile, AddFiles, Upload
from server.protocol.problems import Code

T = TypeVar("T")

SET_FILES = 50
"""Files that are added at once: the server's transaction stays under 50 ms."""
SET_BYTES = 64 * 2**20
"""A set is added when so many bytes have arrived, too."""
PIECE_BYTES = 2**20
TRIES = 5
"""How often a call is made before the server counts as gone; it may restart in the middle."""
RESTARTING = {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.UNAUTHORIZED}
"""What a server answers that stops, or that has started again and knows the former operator no more."""
ITS_OWN_FAULT = {
    each.word for each in (Code.AGAINST_RULE, Code.FORBIDDEN_NAME, Code.NAME_TAKEN, Code.TOO_LARGE, Code.WRONG_HASH)
}
"""Problems of one file, which is left out; any other ends the import."""
NO_CHANGE = "is in the vault with other content; nothing was changed. Check it out and in to make it a new revision"


class Unsteady(Exception):
    """The file changed while it was read."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file whose content is on the server, not yet added."""

    path: str
    upload: str
    size: int
    hash: str


async def import_folder(operator: Operator, vault_name: str, folder: Path, *, say: Callable[[str], None]) -> Exit:
    """Bring every file below `folder` into the vault. Raises Trouble."""
    if not await asyncio.to_thread(folder.is_dir):
        raise Trouble(f"{folder} is no folder. Name the folder whose files shall be in the vault.", Exit.USAGE)
    vault = await found_or_made(operator, vault_name)
    progress = Progress(say=say)
    try:
        with Known() as known:
            async with operator.lines(f"/api/vaults/{vault.id}/tree") as lines:
                await known.read(lines)
            await _Import(operator, vault.id, known, progress).run(folder)
    finally:
        progress.close()
    say(progress.summary(vault.name))
    return Exit.LEFT_OUT if progress.left_out else Exit.DONE


class _Import:
    """One run over one folder."""

    def __init__(self, operator: Operator, vault: str, known: Known, progress: Progress) -> None:
        self._operator = operator
        self._vault = vault
        self._known = known
        self._progress = progress

    async def run(self, folder: Path) -> None:
        """Walk the folder and add its files in sets."""
        arrived: list[Arrived] = []
        for each in walk(folder):
            match each:
                case PassedOver(path, why):
                    self._progress.leave_out(path, why)
                case Found():
                    one = await self._bring(each)
                    if one is not None:
                        arrived.append(one)
            if len(arrived) >= SET_FILES or sum(one.size for one in arrived) >= SET_BYTES:
                await self._add(arrived)
                arrived = []
        await self._add(arrived)

    async def _bring(self, found: Found) -> Arrived | None:
        """The content of one file, sent unless it is there; None when there is nothing to add."""
        try:
            there = self._known.content_of(found.path)
            if there is not None:
                self._tell(found.path, same=await asyncio.to_thread(_is_the_same, found.place, there))
                return None
            return await self._try_again(lambda: self._send(found))
        except Unsteady:
            self._progress.leave_out(found.path, "was being written to. Import again when it is finished")
        except OSError as error:
            self._progress.leave_out(found.path, f"cannot be read: {error.strerror or error}")
        except Refused as refusal:
            self._leave_out_or_raise(found.path, refusal)
        return None

    def _tell(self, path: str, *, same: bool) -> None:
        if same:
            self._progress.was_there()
        else:
            self._progress.leave_out(path, NO_CHANGE)

    async def _send(self, found: Found) -> Arrived:
        with found.place.open("rb", buffering=0) as file:
            before = os.fstat(file.fileno())
            content_hash = blake3()

            async def pieces() -> AsyncIterator[bytes]:
                while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
                    content_hash.update(piece)
                    yield piece

            upload = await self._operator.upload(pieces(), Upload)
            after = os.fstat(file.fileno())
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or upload.size != after.st_size:
            raise Unsteady
        return Arrived(found.path, upload.id, upload.size, content_hash.hexdigest())

    async def _add(self, arrived: Sequence[Arrived]) -> None:
        """All of the set; if one of them cannot be added, each by itself."""
        if not arrived:
            return
        wish = AddFiles(files=[_wish(each) for each in arrived])
        key = str(uuid.uuid4())
        path = f"/api/vaults/{self._vault}/files/set"
        try:
            await self._try_again(lambda: self._operator.change("POST", path, wish, key=key))
        except Refused as refusal:
            if len(arrived) == 1:
                self._leave_out_or_raise(arrived[0].path, refusal)
                return
            for each in arrived:
                await self._add([each])
            return
        for each in arrived:
            self._known.add(each.path, size=each.size, content_hash=each.hash)
            self._progress.took_in(each.size)

    async def _try_again(self, call: Callable[[], Awaitable[T]]) -> T:
        """Make a call again while the server cannot be reached or says so itself. Raises Trouble when it stays away."""
        for tries_left in reversed(range(TRIES)):
            try:
                return await call()
            except Refused as refusal:
                if refusal.status not in RESTARTING or not tries_left:
                    raise
            except httpx.TransportError as error:
                if not tries_left:
                    raise Trouble(
                        "The server cannot be reached any more. What was imported stays; start the same command again"
                        " to go on."
                    ) from error
            await asyncio.sleep(2.0 ** (TRIES - tries_left) / 4)
            self._operator.find_again()
        raise AssertionError("the last try returns or raises")

    def _leave_out_or_raise(self, path: str, refusal: Refused) -> None:
        if refusal.problem not in ITS_OWN_FAULT:
            raise refusal
        self._progress.leave_out(path, f"was refused: {str(refusal).rstrip('.')}")


def _wish(arrived: Arrived) -> AddFile:
    return AddFile(path=arrived.path, upload=arrived.upload, size=arrived.size, hash=arrived.hash, comment="Imported")


def _is_the_same(place: Path, there: tuple[int, str]) -> bool:
    size, content_hash = there
    with place.open("rb", buffering=0) as file:
        return os.fstat(file.fileno()).st_size == size and _hash_of(file) == content_hash


def _hash_of(file: BinaryIO) -> str:
    content_hash = blake3()
    while piece := file.read(PIECE_BYTES):
        content_hash.update(piece)
    return content_hash.hexdigest()
