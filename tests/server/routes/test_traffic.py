"""What is counted of calls: routes as the program writes them, and nothing that a caller may choose."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, Request, Response

from server.routes.traffic import Counted, Traffic


class Calls:
    """An application of two routes, called without a socket."""

    def __init__(self) -> None:
        self.traffic = Traffic()
        app, api, files = FastAPI(), APIRouter(prefix="/api"), APIRouter()

        @files.post("/files/{file}")
        async def file(file: str, request: Request) -> Response:
            return Response(await request.body() * 2)

        @app.get("/broken")
        async def broken() -> Response:
            raise KeyError("a fault")

        api.include_router(files)
        app.include_router(api)
        self.app = Counted(app, self.traffic, prefix="/api")

    async def call(self, method: str, path: str, *pieces: bytes) -> int:
        parts: Iterator[bytes] = iter(pieces or (b"",))
        left, status = len(pieces or (b"",)), []

        async def receive() -> dict[str, Any]:
            nonlocal left
            left -= 1
            return {"type": "http.request", "body": next(parts), "more_body": left > 0}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                status.append(message["status"])

        scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "headers": []}
        await self.app(scope | {"query_string": b"", "root_path": "", "scheme": "http"}, receive, send)
        return int(status[0])


async def test_calls_count_by_their_route_and_their_bytes_in_both_directions() -> None:
    calls = Calls()
    assert [await calls.call("POST", f"/api/files/{name}", b"abc", b"de") for name in ("one", "two")] == [200, 200]
    assert calls.traffic.calls == {("POST", "/api/files/{file}", "200"): 2}
    assert (calls.traffic.bytes_up, calls.traffic.bytes_down) == (10, 20)
    assert calls.traffic.seconds["/api/files/{file}"].count == 2
    assert calls.traffic.open == 0


async def test_addresses_and_methods_that_do_not_exist_are_one_each() -> None:
    calls = Calls()
    for number in range(5):
        assert await calls.call("GET", f"/nowhere/{number}") == 404
        assert await calls.call(f"SPELL{number}", "/nowhere") == 404
    assert calls.traffic.calls == {("GET", "none", "404"): 5, ("other", "none", "404"): 5}


async def test_a_fault_and_a_call_that_is_cut_are_counted_as_such() -> None:
    calls = Calls()
    with pytest.raises(KeyError):
        await calls.call("GET", "/broken")
    assert calls.traffic.calls == {("GET", "/broken", "500"): 1}

    async def never(*_: Any) -> Any:
        await asyncio.Event().wait()

    counted = Counted(never, calls.traffic, prefix="/api")
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(counted({"type": "http", "method": "GET", "path": "/"}, never, never), name="cut")
        await asyncio.sleep(0)
        assert calls.traffic.open == 1
        waiting.cancel()
    assert calls.traffic.calls["GET", "none", "cut"] == 1
    assert calls.traffic.open == 0
