"""Several files of a vault that are treated as one, and what is asked for them."""

import uuid
from typing import Any

from pdm_desktop.core import requests
from pdm_desktop.core.requests import FileRequest
from pdm_desktop.core.results import FileResult
from pdm_desktop.sync.events import RequestFinished
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.line import Line
from tests.support.one_file import FIRST, on_disk
from tests.support.seat_parts import Workplace

NAMES = ("block-op10.mcam", "block-op10.nc", "block-setup.pdf")
NOTHING = "Left as it was: all of them go, or none."


async def new_set(client: Client, names: tuple[str, ...] = NAMES) -> list[File]:
    """Files in a new folder of the vault."""
    folder = f"Jobs/{uuid.uuid4().hex}"
    vault = await client.vault()
    return [(await client.add(vault, f"{folder}/{name}", FIRST + name.encode())).file for name in names]


def ids(files: list[File]) -> tuple[str, ...]:
    """Their ids, as requests have them."""
    return tuple(file.id for file in files)


def check_out(files: list[File]) -> requests.CheckOut:
    return requests.CheckOut(files=ids(files), together=True)


def check_in(files: list[File], **named: Any) -> requests.CheckIn:
    return requests.CheckIn(files=ids(files), together=True, **named)


def undo(files: list[File]) -> requests.UndoCheckOut:
    return requests.UndoCheckOut(files=ids(files), together=True)


def delete(files: list[File]) -> requests.Delete:
    return requests.Delete(files=ids(files), together=True)


def edit(place: Workplace, *files: File, what: bytes = b"edited ") -> None:
    """Save something in each."""
    for file in files:
        on_disk(place, file).write_bytes(what + file.filename.encode())


async def do(place: Workplace, request: FileRequest, files: list[File]) -> list[FileResult]:
    """Do a request as the window asks for it: with the names that it knows."""
    before = len(place.events)
    await place.engine.run(request, {file.id: file.path for file in files})
    (done,) = [event for event in place.events[before:] if isinstance(event, RequestFinished)]
    return list(done.finished.results)


async def heads(client: Client, files: list[File]) -> list[str]:
    """The number of the head of each."""
    return [(await client.file(file.id)).file.head.number for file in files]


async def holders(client: Client, files: list[File]) -> list[str | None]:
    """The seat that has each."""
    locks = [(await client.file(file.id)).file.lock for file in files]
    return [None if lock is None else lock.seat for lock in locks]


def made(line: Line) -> list[tuple[str, str]]:
    """The calls about several files that change something, each with its key."""
    return [(call.method, call.arguments[1]) for call in line.calls if call.method.endswith("_set")]
