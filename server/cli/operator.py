"""The operator's own calls: to the running server, or to one that runs for this command alone when none does."""

import ssl
import uuid
from collections.abc import AsyncIterable, AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar

import httpx
import msgspec

from server.cli.folder import Door, door_of, hold
from server.cli.trouble import Exit, Trouble
from server.config import Config
from server.protocol import wire
from server.protocol.problems import Problem

T = TypeVar("T")

PATIENCE = httpx.Timeout(60.0, connect=10.0)


class Operator:
    """Signed in as the built-in operator. Every call raises Refused with the server's own words."""

    def __init__(self, http: httpx.AsyncClient, *, find_door: Callable[[], Door | None]) -> None:
        self._http = http
        self._find_door = find_door

    def find_again(self) -> None:
        """The server was perhaps started again: go by what its data folder says now, if it says anything."""
        door = self._find_door()
        if door is not None:
            self._http.base_url = door.address
            self._http.headers["Authorization"] = _authorization(door)

    async def get(self, path: str, kind: type[T]) -> T:
        """Read something."""
        return msgspec.json.decode((await self._call("GET", path)).content, type=kind)

    async def change(self, method: str, path: str, body: object = None, *, key: str | None = None) -> bytes:
        """Change something, once however often it is tried with the same key."""
        content = None if body is None else msgspec.json.encode(wire.plain(body))
        headers = {"Idempotency-Key": key or str(uuid.uuid4()), "Content-Type": "application/json"}
        return (await self._call(method, path, content=content, headers=headers)).content

    async def upload(self, content: AsyncIterable[bytes], kind: type[T]) -> T:
        """Send bytes as they come."""
        return msgspec.json.decode((await self._call("POST", "/api/uploads", content=content)).content, type=kind)

    @asynccontextmanager
    async def lines(self, path: str) -> AsyncIterator[AsyncIterator[str]]:
        """Read something line by line."""
        async with self._http.stream("GET", path) as response:
            if response.is_error:
                await response.aread()
                raise _refused(response)
            yield wire.lines_of(response.aiter_bytes())

    async def _call(self, method: str, path: str, **options: Any) -> httpx.Response:
        response = await self._http.request(method, path, **options)
        if response.is_error:
            raise _refused(response)
        return response


class Refused(Trouble):
    """The server said no, and why. `problem` is its code."""

    def __init__(self, text: str, problem: str, status: int) -> None:
        super().__init__(text)
        self.problem = problem
        self.status = status


@asynccontextmanager
async def operator(config: Config) -> AsyncIterator[Operator]:
    """Somebody who may do everything on the server of that data folder, whether it runs or not. Raises Trouble."""
    async with AsyncExitStack() as until_the_end:
        door = await _door(config, until_the_end)
        http = await until_the_end.enter_async_context(
            httpx.AsyncClient(
                base_url=door.address,
                headers={"Authorization": _authorization(door)},
                timeout=PATIENCE,
                verify=trusting(door),
                trust_env=False,
            )
        )
        yield Operator(http, find_door=lambda: door_of(config.run_folder))


async def _door(config: Config, until_the_end: AsyncExitStack) -> Door:
    try:
        until_the_end.enter_context(hold(config.data))
    except Trouble as trouble:
        if trouble.code is not Exit.IN_USE:
            raise
        return _door_of_running(config)
    from server.cli.serve import serving_privately  # loads the whole server, which most commands need not

    return await until_the_end.enter_async_context(serving_privately(config))


def _door_of_running(config: Config) -> Door:
    door = door_of(config.run_folder)
    if door is None:
        raise Trouble(
            f"The data folder {config.data.resolve()} is in use, and no server says there how to reach it: one may be"
            " starting or stopping, or another command is at work. Please try again in a moment.",
            Exit.IN_USE,
        )
    return door


def _authorization(door: Door) -> str:
    return f"Bearer {door.token}"


def trusting(door: Door) -> ssl.SSLContext | bool:
    """Trust the very certificate of the server, whatever name it was made for: the folder says it is the right one."""
    if door.certificate is None:
        return False
    context = ssl.create_default_context(cafile=door.certificate)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def _refused(response: httpx.Response) -> Refused:
    try:
        problem = msgspec.json.decode(response.content, type=Problem)
    except msgspec.DecodeError:
        return Refused(
            f"The server answered {response.status_code} and did not say why. Look into its log.",
            "",
            response.status_code,
        )
    return Refused(problem.detail, problem.code, response.status_code)
