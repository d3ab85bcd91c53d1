"""A seat's HTTP calls for tests: typed, over a real connection, every refusal an exception with its problem."""

import ssl
import uuid
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
import msgspec
from blake3 import blake3

from server.protocol import calls, wire
from server.protocol.problems import Problem
from server.protocol.vault import File
from tests.support.ear import Ear, listening

T = TypeVar("T")

PASSWORD = "a password for tests"


class Refusal(Exception):
    """The server refused, and says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.status} {problem.code}: {problem.detail}")
        self.problem = problem


@dataclass(frozen=True)
class Tree:
    """A whole snapshot."""

    head: calls.TreeHead
    files: dict[str, File]
    """By id."""


class Client:
    """One person on one seat, signed in."""

    def __init__(
        self, http: httpx.AsyncClient, address: str, signed_in: calls.SignedIn, tls: ssl.SSLContext | None
    ) -> None:
        self.http = http
        self.address = address
        self.server = signed_in.server
        self.person = signed_in.person
        self.seat = signed_in.seat or ""
        self.token = signed_in.token or ""
        self._tls = tls

    def goes_on_with(self, token: str) -> None:
        """Another session of the same person on the same seat has begun, and is this client's as well."""
        self.token = token
        self.http.headers["Authorization"] = f"Bearer {token}"

    def listen(self, **options: Any) -> AbstractAsyncContextManager[Ear]:
        """The seat's WebSocket."""
        return listening(self.address, token=self.token, seat=self.seat, tls=self._tls, **options)

    async def sign_in_again(self, *, password: str = PASSWORD) -> None:
        """On the same seat; the former session is over."""
        answer = await _begin(self.http, self.person, password, self.seat)
        self.token = answer.token or ""

    async def get(self, path: str, kind: type[T]) -> T:
        """Read something below /api."""
        return msgspec.json.decode((await self.call("GET", path)).content, type=kind)

    async def change(self, method: str, path: str, body: object = None, *, key: str | None = None) -> bytes:
        """Change something below /api."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        if body is None:
            return (await self.call(method, path, headers=headers)).content
        headers["Content-Type"] = "application/json"
        return (await self.call(method, path, headers=headers, content=msgspec.json.encode(wire.plain(body)))).content

    async def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any call below /api. Raises Refusal."""
        response = await self.http.request(method, f"/api{path}", **options)
        if response.is_error:
            raise Refusal(msgspec.json.decode(response.content, type=Problem))
        return response

    async def vault(self, name: str = "Production") -> str:
        """The id of a vault."""
        vaults = (await self.get("/vaults", calls.Vaults)).vaults
        return next(vault.id for vault in vaults if vault.name == name)

    async def upload(self, content: bytes | AsyncIterable[bytes]) -> calls.Upload:
        """Send content."""
        return msgspec.json.decode((await self.call("POST", "/uploads", content=content)).content, type=calls.Upload)

    async def begin_upload(self, content: bytes, *, key: str | None = None) -> calls.UploadProgress:
        """Announce content that is to be sent in parts."""
        return _progress(await self.change("POST", "/uploads/begin", _announced(content), key=key))

    async def upload_progress(self, upload: str) -> calls.UploadProgress:
        """How far it has come."""
        return await self.get(f"/uploads/{upload}", calls.UploadProgress)

    async def append(
        self, upload: str, part: bytes | AsyncIterable[bytes], *, offset: int, part_hash: str | None = None
    ) -> calls.UploadProgress:
        """The next part."""
        params: dict[str, str | int] = {"offset": offset} | ({} if part_hash is None else {"hash": part_hash})
        return _progress((await self.call("PATCH", f"/uploads/{upload}", params=params, content=part)).content)

    async def finish_upload(self, upload: str, content: bytes) -> calls.Upload:
        """All is sent."""
        options = {"headers": {"Content-Type": "application/json"}}
        raw = msgspec.json.encode(wire.plain(_announced(content)))
        answer = await self.call("POST", f"/uploads/{upload}/finish", content=raw, **options)
        return msgspec.json.decode(answer.content, type=calls.Upload)

    async def give_up_upload(self, upload: str) -> None:
        """Forget it."""
        await self.call("DELETE", f"/uploads/{upload}")

    async def add(self, vault: str, path: str, content: bytes = b"G0 X0\n") -> calls.FileState:
        """A new file."""
        return await self.add_upload(vault, path, await self.upload(content))

    async def add_upload(
        self, vault: str, path: str, upload: calls.Upload, *, key: str | None = None
    ) -> calls.FileState:
        """A new file with content that was sent before."""
        wish = calls.AddFile(path=path, upload=upload.id, size=upload.size, hash=upload.hash)
        return _state(await self.change("POST", f"/vaults/{vault}/files", wish, key=key))

    async def add_set(self, vault: str, paths: list[str], content: bytes = b"G0 X0\n") -> calls.FileStates:
        """Several new files, all or none."""
        upload = await self.upload(content)
        wish = [calls.AddFile(path=path, upload=upload.id, size=upload.size, hash=upload.hash) for path in paths]
        raw = await self.change("POST", f"/vaults/{vault}/files/set", calls.AddFiles(files=wish))
        return msgspec.json.decode(raw, type=calls.FileStates)

    async def file(self, file: str) -> calls.FileState:
        """A file as it is now."""
        return await self.get(f"/files/{file}", calls.FileState)

    async def check_out(self, file: str, *, message: str | None = None, key: str | None = None) -> calls.FileState:
        """Take the lock."""
        return _state(await self.change("POST", f"/files/{file}/checkout", calls.CheckOut(message=message), key=key))

    async def check_in(self, held: calls.FileState, content: bytes, **options: Any) -> calls.FileState:
        """The next revision of a file that was checked out."""
        return await self.check_in_upload(held, await self.upload(content), **options)

    async def check_in_upload(
        self, held: calls.FileState, upload: calls.Upload, *, key: str | None = None, **options: Any
    ) -> calls.FileState:
        """The same with content that was sent before."""
        assert held.file.lock is not None
        wish = calls.CheckIn(
            upload=upload.id,
            base=held.file.head.number,
            token=held.file.lock.token,
            size=upload.size,
            hash=upload.hash,
            **options,
        )
        return _state(await self.change("POST", f"/files/{held.file.id}/checkin", wish, key=key))

    async def parked(self, *, everybodys: bool = False) -> list[calls.ParkedVersion]:
        """My parked versions, or everybody's."""
        path = "/parked?all=true" if everybodys else "/parked"
        return (await self.get(path, calls.ParkedVersions)).parked

    async def parked_content(self, parked: str) -> bytes:
        """Its bytes."""
        return (await self.call("GET", f"/parked/{parked}/content")).content

    async def check_in_parked(self, held: calls.FileState, parked: str, **options: Any) -> calls.FileState:
        """The next revision of a file that was checked out, from a parked version."""
        assert held.file.lock is not None
        wish = calls.CheckInParked(base=held.file.head.number, token=held.file.lock.token, **options)
        return _state(await self.change("POST", f"/parked/{parked}/checkin", wish))

    async def drop_parked(self, parked: str) -> None:
        """Keep it no longer."""
        await self.change("DELETE", f"/parked/{parked}")

    async def undo(self, held: calls.FileState) -> calls.FileState:
        """Give the lock back."""
        assert held.file.lock is not None
        wish = calls.UndoCheckOut(token=held.file.lock.token)
        return _state(await self.change("POST", f"/files/{held.file.id}/undo", wish))

    async def adopt(self, file: str) -> calls.FileState:
        """Take over my lock from another seat of mine."""
        return _state(await self.change("POST", f"/files/{file}/adopt"))

    async def move(self, file: str, path: str) -> calls.FileState:
        """Another path."""
        return _state(await self.change("POST", f"/files/{file}/move", calls.MoveFile(path=path)))

    async def move_folder(self, vault: str, path: str, to: str) -> calls.FolderMove:
        """Another path for a folder."""
        raw = await self.change("POST", f"/vaults/{vault}/folders/move", calls.MoveFolder(path=path, to=to))
        return msgspec.json.decode(raw, type=calls.FolderMove)

    async def delete(self, file: str) -> calls.FileState:
        """Delete a file."""
        return _state(await self.change("DELETE", f"/files/{file}"))

    async def restore(self, file: str, *, path: str | None = None) -> calls.FileState:
        """Bring a deleted file back."""
        return _state(await self.change("POST", f"/files/{file}/restore", calls.RestoreFile(path=path)))

    async def tree(self, vault: str) -> Tree:
        """A fresh snapshot."""
        lines = (await self.call("GET", f"/vaults/{vault}/tree")).text.rstrip("\n").split("\n")
        files = [msgspec.json.decode(line, type=File) for line in lines[1:]]
        return Tree(msgspec.json.decode(lines[0], type=calls.TreeHead), {file.id: file for file in files})

    async def changes(self, vault: str, *, since: int) -> calls.Changes:
        """Events after a seq."""
        return await self.get(f"/vaults/{vault}/changes?since={since}", calls.Changes)

    async def content(self, file: str) -> bytes:
        """The newest content."""
        return (await self.call("GET", f"/files/{file}/content")).content


@asynccontextmanager
async def signed_in(
    address: str, name: str, *, password: str = PASSWORD, seat: str | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Client]:
    """Sign in on a seat (a new one unless named). Raises Refusal."""
    async with httpx.AsyncClient(base_url=address, verify=tls or False, timeout=30, trust_env=False) as http:
        answer = await _begin(http, name, password, seat or f"seat-{uuid.uuid4()}")
        yield Client(http, address, answer, tls)


async def _begin(http: httpx.AsyncClient, name: str, password: str, seat: str) -> calls.SignedIn:
    """Sign in; what is called from now on is called in that session."""
    info = calls.SeatInfo(id=seat, computer=f"{name.upper()}-PC"[:64], system="Test", version="0.1.0")
    response = await http.post(
        "/api/session",
        content=msgspec.json.encode(wire.plain(calls.SignIn(name=name, password=password, seat=info))),
        headers={"Content-Type": "application/json"},
    )
    if response.is_error:
        raise Refusal(msgspec.json.decode(response.content, type=Problem))
    answer = msgspec.json.decode(response.content, type=calls.SignedIn)
    http.headers["Authorization"] = f"Bearer {answer.token}"
    http.headers["X-Seat-Id"] = seat
    return answer


def _state(raw: bytes) -> calls.FileState:
    return msgspec.json.decode(raw, type=calls.FileState)


def _progress(raw: bytes) -> calls.UploadProgress:
    return msgspec.json.decode(raw, type=calls.UploadProgress)


def _announced(content: bytes) -> calls.Announced:
    return calls.Announced(size=len(content), hash=blake3(content).hexdigest())
