"""Content that arrives: hashed, durable, bounded, and without a trace when it breaks off."""

import errno
import os
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from blake3 import blake3

from server.services.collecting import collect
from server.storage import blobs_disk
from tests.support.waiting import wait_for
from tests.support.web import Seat, Web, WebSettings

LIMIT = WebSettings().max_file_bytes


def test_bytes_of_any_length_arrive_as_they_are(web: Web, anna: Seat) -> None:
    for size in (0, 1, 2**20 - 1, 2**20, 2**20 + 1, LIMIT):
        content = os.urandom(size)
        answer = anna.client.post("/api/uploads", content=content)
        assert answer.status_code == 201
        assert (answer.json()["size"], answer.json()["hash"]) == (size, blake3(content).hexdigest())
        stored = web.folder / "blobs" / answer.json()["hash"][:2] / answer.json()["hash"][2:4] / answer.json()["hash"]
        assert stored.read_bytes() == content


def test_the_length_need_not_be_known_beforehand(web: Web, anna: Seat) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(20):
            yield b"x" * 100_000

    answer = anna.client.post("/api/uploads", content=pieces())
    assert answer.json()["hash"] == blake3(b"x" * 2_000_000).hexdigest()


def test_too_many_bytes_are_refused_however_they_come(web: Web, anna: Seat) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(LIMIT // 65_536 + 2):
            yield b"x" * 65_536

    before = web.dump()
    answers = [
        anna.client.post("/api/uploads", content=b"x" * (LIMIT + 1)),
        anna.client.post("/api/uploads", content=endless()),
        anna.client.post("/api/uploads", params={"size": LIMIT + 1}, content=b"x"),
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        assert f"{LIMIT:,}" in answer.json()["detail"]
    assert web.dump() == before
    assert web.stored_files() == set()


def test_other_bytes_than_announced_are_not_kept(web: Web, anna: Seat) -> None:
    before = web.dump()
    for announced in ({"hash": "0" * 64}, {"size": "4"}):
        answer = anna.client.post("/api/uploads", params=announced, content=b"xyz")
        assert (answer.status_code, answer.json()["code"]) == (422, "wrong_hash")
    assert web.dump() == before
    assert web.stored_files() == set()


def test_without_a_session_nothing_is_read(web: Web) -> None:
    with web.client() as client:
        assert client.post("/api/uploads", content=b"x").status_code == 401
    assert web.stored_files() == set()


@pytest.mark.parametrize("step", ["write", "fsync", "rename"])
def test_a_full_disk_is_said_so_and_nothing_stays(
    web: Web, anna: Seat, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = web.dump()
    with monkeypatch.context() as patch:
        match step:
            case "write":
                patch.setattr(blobs_disk.DiskIncoming, "_write_all", full)
            case "fsync":
                patch.setattr("os.fsync", full)
            case _:
                patch.setattr(blobs_disk, "rename", full)
        answer = anna.client.post("/api/uploads", content=b"x" * 100)
    assert (answer.status_code, answer.json()["code"]) == (507, "full")
    assert "full" in answer.json()["detail"]
    assert web.dump() == before
    assert web.stored_files() == set()
    assert anna.client.post("/api/uploads", content=b"x" * 100).status_code == 201


def test_a_client_that_goes_away_leaves_nothing(web: Web, anna: Seat) -> None:
    before = web.dump()
    address = urlsplit(web.url)
    token = anna.client.headers["authorization"]
    head = (
        f"POST /api/uploads HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\nContent-Length: 1000000\r\n\r\n"
    ).encode()
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(head + b"x" * 500_000)
        wait_for(lambda: len(web.stored_files()) == 1)
    wait_for(lambda: web.stored_files() == set())
    assert web.dump() == before


def test_a_clock_that_jumps_takes_no_upload_that_is_under_way(web: Web, anna: Seat) -> None:
    """A virtual machine that slept for hours wakes up in the middle of it."""
    go_on = threading.Event()

    def pieces() -> Iterator[bytes]:
        yield b"a" * LIMIT
        go_on.wait(60)
        yield b""

    with ThreadPoolExecutor(1) as sending:
        sent = sending.submit(anna.client.post, "/api/uploads", content=pieces())
        wait_for(lambda: len(web.stored_files()) == 1)
        web.clock.forward(hours=2)
        web.run(collect(web.parts.store, blobs=web.parts.blobs, gate=web.parts.gate, now=web.clock()))
        go_on.set()
        assert sent.result(60).status_code == 201


def test_collected_content_is_what_nothing_refers_to(web: Web, anna: Seat) -> None:
    kept = anna.add("a.nc", b"kept")["head"]["hash"]
    dropped = anna.upload(b"dropped")["hash"]
    half = web.folder / "blobs" / "incoming" / "half.part"
    half.write_bytes(b"half")
    unknown_hash = blake3(b"nobody wrote it down").hexdigest()
    unknown = web.folder / "blobs" / unknown_hash[:2] / unknown_hash[2:4] / unknown_hash
    unknown.parent.mkdir(parents=True)
    unknown.write_bytes(b"nobody wrote it down")

    def collect_at(now: datetime) -> None:
        web.run(collect(web.parts.store, blobs=web.parts.blobs, gate=web.parts.gate, now=now))

    now = datetime.now(UTC)
    collect_at(now)
    assert web.stored_files() == {kept, dropped, "half.part", unknown_hash}
    collect_at(now + timedelta(hours=23))
    assert web.stored_files() == {kept, dropped, unknown_hash}
    collect_at(now + timedelta(hours=25))
    assert web.stored_files() == {kept}
    assert anna.upload(b"dropped")["hash"] == dropped
