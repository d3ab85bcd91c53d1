"""The calls about vaults and files, one method for each."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import msgspec

from pdm_desktop.core.errors import BadAnswer, Missing
from pdm_desktop.net.http import Http
from pdm_desktop.net.ranges import answer_from
from server.protocol import calls, chunks
from server.protocol.vault import Revision
from server.protocol.wire import lines_of, plain

BLOCK = 1 << 20
"""Bytes that are read at once."""


class VaultCalls:
    """What can be asked about vaults and files. Every method raises core.errors."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def vaults(self) -> calls.Vaults:
        """The vaults that I may read."""
        return await self._http.get("/api/vaults", calls.Vaults)

    @asynccontextmanager
    async def tree(self, vault: str) -> AsyncIterator[AsyncIterator[str]]:
        """A vault's snapshot as lines of JSON: a TreeHead, then its Files."""
        async with self._http.stream(f"/api/vaults/{vault}/tree", packed="gzip") as answer:
            yield lines_of(answer.aiter_bytes())

    @asynccontextmanager
    async def tree_bytes(self, vault: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """The same in blocks, wherever their lines end: for who takes lines apart on another thread."""
        async with self._http.stream(f"/api/vaults/{vault}/tree", packed="gzip") as answer:
            yield answer.aiter_bytes()

    async def changes(self, vault: str, since: int) -> calls.Changes:
        """Events of a vault after a seq."""
        return await self._http.get(f"/api/vaults/{vault}/changes", calls.Changes, since=since)

    async def deleted(self, vault: str, cursor: str | None = None) -> calls.DeletedFiles:
        """A page of what can be restored."""
        return await self._http.get(f"/api/vaults/{vault}/deleted", calls.DeletedFiles, cursor=cursor)

    async def file(self, file: str) -> calls.FileState:
        """One file as it is now."""
        return await self._http.get(f"/api/files/{file}", calls.FileState)

    async def states(self, files: Sequence[str]) -> calls.FilesSeen:
        """Many files as they are now; what there is not, or may not be read, is not among them."""
        body = calls.FilesWanted(files=list(files))
        return await self._http.change("POST", "/api/files/states", calls.FilesSeen, body=body)

    async def history(self, file: str, cursor: str | None = None) -> calls.History:
        """A page of revisions, the newest first."""
        return await self._http.get(f"/api/files/{file}/history", calls.History, cursor=cursor)

    async def revision(self, file: str, number: str) -> Revision:
        """One revision of a file. Raises Missing when there is none of that number."""
        page = await self._http.get(f"/api/files/{file}/history", calls.History, **{"from": number, "to": number})
        if not page.revisions:
            raise Missing(f"There is no Rev {number} of this file.")
        return page.revisions[0]

    async def locks(self, cursor: str | None = None, *, mine: bool = False) -> calls.Locks:
        """A page of locks."""
        return await self._http.get("/api/locks", calls.Locks, cursor=cursor, mine="true" if mine else None)

    async def check_out(self, file: str, message: str | None, key: str) -> calls.FileState:
        """Take a file's lock."""
        return await self._change("POST", f"/api/files/{file}/checkout", key, calls.CheckOut(message=message))

    async def check_in(self, file: str, body: calls.CheckIn, key: str) -> calls.FileState:
        """Store the next revision."""
        return await self._change("POST", f"/api/files/{file}/checkin", key, body)

    async def undo(self, file: str, token: int, key: str) -> calls.FileState:
        """Give a lock back."""
        return await self._change("POST", f"/api/files/{file}/undo", key, calls.UndoCheckOut(token=token))

    async def adopt(self, file: str, key: str) -> calls.FileState:
        """Take my own lock over from another seat of mine."""
        return await self._change("POST", f"/api/files/{file}/adopt", key)

    async def transfer(self, file: str, body: calls.TransferFile, key: str) -> calls.FileState:
        """Hand a file that this seat holds over to somebody."""
        return await self._change("POST", f"/api/files/{file}/transfer", key, body)

    async def handed_over(self, file: str) -> calls.HandedOver:
        """Whose work comes to me with a file that I hold."""
        return await self._http.get(f"/api/files/{file}/handover", calls.HandedOver)

    async def park(self, file: str, body: calls.ParkWork, key: str) -> calls.ParkedWork:
        """Have what a check-out that is over has left here kept as a parked version."""
        return await self._http.change("POST", f"/api/files/{file}/park", calls.ParkedWork, body=body, key=key)

    async def move(self, file: str, path: str, key: str) -> calls.FileState:
        """Give a file another path."""
        return await self._change("POST", f"/api/files/{file}/move", key, calls.MoveFile(path=path))

    async def delete(self, file: str, key: str) -> calls.FileState:
        """Make a tombstone."""
        return await self._change("DELETE", f"/api/files/{file}", key)

    async def restore(self, file: str, path: str | None, key: str) -> calls.FileState:
        """Bring a deleted file back."""
        return await self._change("POST", f"/api/files/{file}/restore", key, calls.RestoreFile(path=path))

    async def check_out_set(self, body: calls.CheckOutFiles, key: str) -> calls.FileStates:
        """Take the locks of several files, all or none."""
        return await self._change_set("checkout", body, key)

    async def check_in_set(self, body: calls.CheckInFiles, key: str) -> calls.FileStates:
        """Store the next revisions of several files, all or none."""
        return await self._change_set("checkin", body, key)

    async def undo_set(self, body: calls.UndoCheckOuts, key: str) -> calls.FileStates:
        """Give several locks back, all or none."""
        return await self._change_set("undo", body, key)

    async def delete_set(self, body: calls.DeleteFiles, key: str) -> calls.FileStates:
        """Make tombstones of several files, all or none."""
        return await self._change_set("delete", body, key)

    async def move_folder(self, vault: str, path: str, to: str, key: str) -> calls.FolderMove:
        """Give a folder another path."""
        body = calls.MoveFolder(path=path, to=to)
        return await self._http.change(
            "POST", f"/api/vaults/{vault}/folders/move", calls.FolderMove, body=body, key=key
        )

    async def add(self, vault: str, body: calls.AddFile, key: str) -> calls.FileState:
        """A new file."""
        return await self._http.change("POST", f"/api/vaults/{vault}/files", calls.FileState, body=body, key=key)

    async def upload(
        self, content: AsyncIterator[bytes], *, size: int, digest: str, to: calls.Destination | None = None
    ) -> calls.Upload:
        """Send content; the server takes it only when it has this size and hash, and `to` is allowed to have it."""
        known = {} if to is None else plain(to)
        return await self._http.put_bytes("/api/uploads", content, calls.Upload, size=size, hash=digest, **known)

    async def begin_upload(
        self, *, size: int, digest: str, key: str, to: calls.Destination | None = None
    ) -> calls.UploadProgress:
        """Announce content that comes in parts. It is complete at once when it may be read here already."""
        body = calls.BeginUpload(size=size, hash=digest, to=to)
        return await self._http.change("POST", "/api/uploads/begin", calls.UploadProgress, body=body, key=key)

    async def append(self, upload: str, part: AsyncIterator[bytes], *, size: int, offset: int) -> calls.UploadProgress:
        """Send the next part. Raises WrongOffset when the server has more or less than that."""
        return await self._http.patch_bytes(
            f"/api/uploads/{upload}", part, calls.UploadProgress, size=size, offset=offset
        )

    async def append_delta(
        self, upload: str, delta: calls.Delta, sent: AsyncIterator[bytes], *, size: int, offset: int
    ) -> calls.UploadProgress:
        """Make the next part of pieces of a revision and of `size` bytes that are sent. Raises as `append`."""
        line = msgspec.json.encode(plain(delta)) + b"\n"
        return await self._http.patch_bytes(
            f"/api/uploads/{upload}/delta",
            _behind(line, sent),
            calls.UploadProgress,
            size=len(line) + size,
            offset=offset,
        )

    async def finish_upload(self, upload: str, *, size: int, digest: str) -> calls.Upload:
        """All is sent: the server compares size and hash. May be asked again."""
        body = calls.Announced(size=size, hash=digest)
        return await self._http.change("POST", f"/api/uploads/{upload}/finish", calls.Upload, body=body)

    async def give_up(self, upload: str) -> None:
        """An upload is not wanted any more."""
        await self._http.change("DELETE", f"/api/uploads/{upload}", type(None))

    @asynccontextmanager
    async def content(self, file: str, revision: str, *, start: int = 0) -> AsyncIterator[AsyncIterator[bytes]]:
        """The bytes of one revision from `start` on, in blocks."""
        async with self._http.stream(f"/api/files/{file}/content", start=start, revision=revision) as answer:
            yield answer_from(answer, start)

    @asynccontextmanager
    async def contents(self, wanted: calls.ContentsWanted) -> AsyncIterator[AsyncIterator[bytes]]:
        """Many small contents in one answer, for `protocol.bundle`, in blocks."""
        async with self._http.ask_for_bytes("/api/files/contents", wanted) as answer:
            yield answer.aiter_bytes()

    @asynccontextmanager
    async def pieces(self, file: str, wanted: calls.Pieces) -> AsyncIterator[AsyncIterator[bytes]]:
        """Those pieces of one revision, one behind the other, in blocks."""
        async with self._http.ask_for_bytes(f"/api/files/{file}/pieces", wanted) as answer:
            yield answer.aiter_bytes()

    async def chunks(self, file: str, revision: str, *, size: int) -> bytes:
        """The list of a revision's chunks, for `protocol.chunks.decode`. Raises BadAnswer for none of that size."""
        listed = bytearray()
        most = (size // chunks.LEAST_BYTES + 1) * chunks.ENTRY_BYTES
        async with self._http.stream(f"/api/files/{file}/chunks", revision=revision) as answer:
            async for block in answer.aiter_bytes():
                listed += block
                if len(listed) > most:
                    raise _no_chunks()
        if await asyncio.to_thread(_content_of, listed) != size:
            raise _no_chunks()
        return bytes(listed)

    async def _change_set(self, what: str, body: object, key: str) -> calls.FileStates:
        return await self._http.change("POST", f"/api/files/set/{what}", calls.FileStates, body=body, key=key)

    async def inbox(self, since: int) -> calls.Inbox:
        """A page of my personal messages after that number, the oldest first."""
        return await self._http.get("/api/inbox", calls.Inbox, since=since)

    async def parked(self, cursor: str | None = None) -> calls.ParkedVersions:
        """A page of my parked versions, the newest first."""
        return await self._http.get("/api/parked", calls.ParkedVersions, cursor=cursor)

    async def parked_version(self, parked: str) -> calls.ParkedVersion:
        """One parked version of mine."""
        return await self._http.get(f"/api/parked/{parked}", calls.ParkedVersion)

    @asynccontextmanager
    async def parked_content(self, parked: str, *, start: int = 0) -> AsyncIterator[AsyncIterator[bytes]]:
        """The bytes of a parked version from `start` on, in blocks."""
        async with self._http.stream(f"/api/parked/{parked}/content", start=start) as answer:
            yield answer_from(answer, start)

    async def check_in_parked(self, parked: str, body: calls.CheckInParked, key: str) -> calls.FileState:
        """Store a parked version as the next revision of its file."""
        return await self._change("POST", f"/api/parked/{parked}/checkin", key, body)

    async def drop_parked(self, parked: str, key: str) -> None:
        """Have a parked version kept no longer."""
        await self._http.change("DELETE", f"/api/parked/{parked}", type(None), key=key)

    async def _change(self, method: str, path: str, key: str, body: object = None) -> calls.FileState:
        return await self._http.change(method, path, calls.FileState, body=body, key=key)


async def _behind(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for block in rest:
        yield block


def _content_of(listed: bytearray) -> int | None:
    """How many bytes the chunks of a list make; None when it is none."""
    try:
        return sum(chunk.size for chunk in chunks.decode(listed))
    except ValueError:
        return None


def _no_chunks() -> BadAnswer:
    return BadAnswer("The server's list of chunks does not fit the revision.")
