"""What a file costs, in things that can be counted: trips to a thread, waits for the disk, calls of the server."""

import asyncio
import os
import sys
import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.results import Outcome
from pdm_desktop.net.http import Http, trust
from pdm_desktop.net.vault import VaultCalls
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.seat_parts import workplace


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the engine's process did what takes time."""
    counts: Counter[str] = Counter()

    def count(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*given: Any, **named: Any) -> Any:
            counts[name] += 1
            return real(*given, **named)

        return counting

    loop = asyncio.BaseEventLoop
    monkeypatch.setattr(loop, "run_in_executor", count("trips to a thread", loop.run_in_executor))
    monkeypatch.setattr(os, "fsync", count("fsyncs", os.fsync))
    monkeypatch.setattr(Http, "_call", count("calls", Http._call))
    monkeypatch.setattr(Http, "stream", count("calls", Http.stream))
    monkeypatch.setattr(Http, "ask_for_bytes", count("calls", Http.ask_for_bytes))
    return counts


async def test_a_small_file_that_is_fetched(anna: Client, counted: Counter[str], tmp_path: Path) -> None:
    vault, folder = await anna.vault(), uuid.uuid4().hex
    files: list[File] = [(await anna.add(vault, f"{folder}/{name}.nc", name.encode())).file for name in "ab"]
    async with workplace(anna, tmp_path) as place:
        await place.one(requests.GetLatest(files=(files[0].id,)))  # makes the folder
        counted.clear()
        assert (await place.one(requests.GetLatest(files=(files[1].id,)))).outcome is Outcome.DONE
    assert counted["trips to a thread"] <= 9
    assert counted["fsyncs"] <= 3
    assert counted["calls"] == 3, "its state, its content, and its state once more: news of it come from then on"


async def test_many_small_files_that_are_fetched(anna: Client, counted: Counter[str], tmp_path: Path) -> None:
    """In one bundle: as many calls, trips and entries of the journal as there are bundles, whatever the files are."""
    vault, folder, count = await anna.vault(), uuid.uuid4().hex, 40
    files = (await anna.add_set(vault, [f"{folder}/{number % 2}/{number}.nc" for number in range(count)])).files
    async with workplace(anna, tmp_path) as place:
        await place.engine.run(requests.GetLatest(files=(files[0].id, files[1].id)), {})  # makes the folders
        counted.clear()
        results = await place.do(requests.GetLatest(files=tuple(each.id for each in files[2:])))
    assert {each.outcome for each in results} == {Outcome.DONE}
    assert counted["calls"] == 3
    assert counted["trips to a thread"] <= 5
    assert counted["fsyncs"] <= (count - 2) + 2 + 1, "each content, each folder once, and that of what is unfinished"


async def test_many_files_that_are_here_already(anna: Client, counted: Counter[str], tmp_path: Path) -> None:
    files = (await anna.add_set(await anna.vault(), [f"{uuid.uuid4().hex}/{name}.nc" for name in "abcdef"])).files
    wish = requests.GetLatest(files=tuple(each.id for each in files))
    async with workplace(anna, tmp_path) as place:
        await place.do(wish)
        counted.clear()
        assert {each.outcome for each in await place.do(wish)} == {Outcome.UNCHANGED}
    assert (counted["calls"], counted["fsyncs"]) == (1, 0)
    assert counted["trips to a thread"] <= 2


@pytest.mark.skipif(sys.platform == "win32", reason="asyncio's loop on Windows reads 64 KiB at a time")
async def test_a_large_file_comes_in_large_blocks(anna: Client, tmp_path: Path) -> None:
    size = 8 << 20
    file = (await anna.add(await anna.vault(), f"{uuid.uuid4().hex}/a.mcam", os.urandom(size))).file
    http = Http(anna.address, token=anna.token, seat=anna.seat, tls=trust())
    calls = VaultCalls(http)
    async with calls.content(file.id, "1.0") as blocks:
        sizes = [len(block) async for block in blocks]
    await calls.close()
    assert sum(sizes) == size
    assert max(sizes) > 128 << 10, "more than the 64 KiB that httpx reads by itself"
