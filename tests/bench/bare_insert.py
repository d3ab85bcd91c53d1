"""What check-outs are compared with: a FastAPI route that inserts one row into SQLite and commits, and does no more.

`python -m tests.bench.bare_insert FOLDER` prints its port, and serves until its standard input ends.
"""

import asyncio
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from server.serving.process import run
from tests.support.desktop import running
from tests.support.server import ROOT


class Wish(BaseModel):
    """What is sent."""

    message: str


def bare_app(folder: Path) -> FastAPI:
    """The application. Its database is as durable as the server's: WAL, one fsync a commit."""
    app = FastAPI()
    database = sqlite3.connect(folder / "bare.sqlite3", isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode = WAL", "synchronous = FULL"):
        database.execute(f"PRAGMA {pragma}")
    database.execute("CREATE TABLE IF NOT EXISTS taken (file TEXT PRIMARY KEY, message TEXT NOT NULL)")

    # As it is written by hand for one process: on the event loop, so that no thread must be waited for.
    @app.post("/files/{file}/checkout")
    async def check_out(file: str, wish: Wish) -> dict[str, str]:
        database.execute("INSERT INTO taken VALUES (?, ?)", (file, wish.message))
        return {"file": file}

    return app


@contextmanager
def bare_insert(folder: Path) -> Iterator[int]:
    """Its port, while it runs in a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.bench.bare_insert", str(folder)]
    with running(command, environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        yield int(process.stdout.readline())


async def _serve(folder: Path) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(bare_app(folder), log_level="warning", access_log=False, lifespan="off"))
    serving = asyncio.get_running_loop().create_task(server.serve([listening]), name="serve")
    print(listening.getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.should_exit = True
    await serving


if __name__ == "__main__":
    run(_serve(Path(sys.argv[1])))
