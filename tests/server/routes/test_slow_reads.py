"""Contents that take minutes to read: whoever needs them waits, and nobody else."""

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.storage.blobs import Content
from server.storage.blobs_disk import DiskBlobs
from server.storage.growing_disk import DiskGrowing
from tests.support.uploads import announced, append, begin
from tests.support.waiting import wait_for
from tests.support.web import Seat, Web, WebSettings, running

PATIENCE = 5.0
"""Seconds after which somebody who should not wait at all has waited for others."""
SHARED_THREADS = min(32, (os.cpu_count() or 1) + 4)
"""In which asyncio does what everybody asks of the disk."""


@contextmanager
def meanwhile(*works: Any, stop: threading.Event) -> Iterator[None]:
    """Do the works in threads of their own, until they are told to stop."""
    threads = [threading.Thread(target=work) for work in works]
    try:
        for each in threads:
            each.start()
        yield
    finally:
        stop.set()
        for each in threads:
            each.join()


def status_of(who: Seat, method: str, path: str, **named: Any) -> int | None:
    """How a call is answered; None when it is not in time."""
    try:
        return who.client.request(method, f"/api{path}", timeout=PATIENCE, **named).status_code
    except httpx.ReadTimeout:
        return None


def test_content_that_is_read_slowly_does_not_hold_the_gate(
    web: Web, anna: Seat, ben: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that dies tries a sector for minutes: the collection would wait for that, and all others for it."""
    content = b"G1 X1\n" * 100
    anna.add("a.nc", content)
    reading, go_on, closing, whole = threading.Event(), threading.Event(), threading.Event(), DiskBlobs.is_whole

    def slow(self: DiskBlobs, wanted: Content) -> bool:
        reading.set()
        go_on.wait()
        return whole(self, wanted)

    async def close_once() -> None:
        closing.set()
        async with web.parts.gate.closed():
            pass

    monkeypatch.setattr(DiskBlobs, "is_whole", slow)
    answers: list[httpx.Response] = []
    with meanwhile(lambda: answers.append(anna.change("/uploads/begin", announced(content))), stop=go_on):
        reading.wait()
        collecting = asyncio.run_coroutine_threadsafe(close_once(), web.loop)
        closing.wait()
        assert status_of(ben, "POST", "/uploads", content=b"during") == 201, "Ben waits for what Anna has read"
        collecting.result(PATIENCE)
    assert answers[0].json()["complete"]


def test_uploads_that_are_read_again_after_a_restart_keep_nobody_else_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, asked, hash_again, is_hashed = threading.Event(), set[int](), DiskGrowing._hash_again, DiskGrowing.is_hashed

    def slow(self: DiskGrowing, stored: Any, at: int) -> None:
        go_on.wait()
        hash_again(self, stored, at)

    def watched(self: DiskGrowing, at: int) -> bool:
        asked.add(id(self))
        return is_hashed(self, at)

    sent: list[int] = []
    with running(tmp_path, settings=WebSettings(open_uploads=SHARED_THREADS)) as web:
        web.add_person("Anna")
        web.add_person("Ben")
        anna, ben = web.seat("Anna"), web.seat("Ben")
        file = ben.add("ben.nc", b"G1\n")["id"]
        uploads = [begin(anna, bytes([number, 1])) for number in range(SHARED_THREADS)]
        for number, upload in enumerate(uploads):
            assert append(anna, upload, bytes([number]), 0).status_code == 200
        web.parts.blobs._remembered.clear()  # type: ignore[attr-defined]  # as after a restart
        monkeypatch.setattr(DiskGrowing, "_hash_again", slow)
        monkeypatch.setattr(DiskGrowing, "is_hashed", watched)
        headers = {"authorization": anna.client.headers["authorization"]}

        def send(upload: str) -> None:
            with web.client(**headers) as client:
                sent.append(append(Seat(client, {}), upload, b"\1", 1).status_code)

        with meanwhile(*(partial(send, each) for each in uploads), stop=go_on):
            wait_for(lambda: len(asked) == SHARED_THREADS)
            assert status_of(ben, "GET", f"/files/{file}/content") == 200, "Ben waits for three bytes behind Anna"
        anna.client.close()
        ben.client.close()
    assert sent == [200] * SHARED_THREADS


def test_a_part_that_is_taken_over_while_its_file_is_opened_leaves_nothing_open(
    web: Web, anna: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread that opens it goes on: it would cut the file under the part that came after."""
    upload, steps, opening, go_on = begin(anna, b"12345"), list[str](), threading.Event(), threading.Event()
    opens, closes = DiskGrowing.open, DiskGrowing.close

    def slow(self: DiskGrowing, at: int, *, hash_part: bool = False, token: int = 0) -> None:
        opening.set()
        go_on.wait()
        opens(self, at, hash_part=hash_part, token=token)
        steps.append("open")

    def watched(self: DiskGrowing) -> None:
        closes(self)
        steps.append("close")

    monkeypatch.setattr(DiskGrowing, "open", slow)
    monkeypatch.setattr(DiskGrowing, "close", watched)
    headers = {"authorization": anna.client.headers["authorization"]}

    def send() -> None:
        with web.client(**headers) as client:
            append(Seat(client, {}), upload, b"123", 0)

    def both_are_there() -> bool:
        return bool(web.parts.turns._places[upload].here == 2)

    with meanwhile(send, stop=go_on):
        opening.wait()
        with meanwhile(send, stop=go_on):
            wait_for(both_are_there)
    assert steps[:2] == ["open", "close"]
