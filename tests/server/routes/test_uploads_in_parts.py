"""Uploads in parts: what has arrived stays, whatever breaks off, and nobody learns what others have."""

import contextlib
import errno
import os
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from blake3 import blake3
from sqlalchemy import Connection, insert, select

from server.domain.errors import Full
from server.services import arrivals
from server.services.collecting import collect
from server.storage.gate import Fence, Process
from server.storage.growing_disk import DiskGrowing
from server.storage.tables import access, arrival, person
from server.storage.turns import TakenOver, Turns
from tests.support.waiting import wait_for
from tests.support.web import Seat, Web, WebSettings

MIB = 2**20
CONTENT = os.urandom(WebSettings().max_file_bytes)
IN_THE_AIR = 2**19
"""So much may be on its way inside the server when a connection is cut."""
CUTS = [at for mib in range(4) for at in (mib * MIB - 1, mib * MIB, mib * MIB + 1) if 0 < at < len(CONTENT)]


def announced(content: bytes) -> dict[str, Any]:
    return {"size": len(content), "hash": blake3(content).hexdigest()}


def begin(who: Seat, content: bytes = CONTENT, **named: Any) -> dict[str, Any]:
    answer = who.change("/uploads/begin", announced(content), **named)
    assert answer.status_code == 201, answer.text
    begun: dict[str, Any] = answer.json()
    return begun


def append(who: Seat, upload: str, part: Any, *, offset: int, **params: Any) -> httpx.Response:
    return who.client.patch(f"/api/uploads/{upload}", params={"offset": offset, **params}, content=part)


def offset_of(who: Seat, upload: str) -> int:
    offset: int = who.get(f"/uploads/{upload}").json()["offset"]
    return offset


def finish(who: Seat, upload: str, content: bytes = CONTENT, **other: Any) -> httpx.Response:
    return who.client.post(f"/api/uploads/{upload}/finish", json=announced(content) | other)


def resume(who: Seat, upload: str, content: bytes = CONTENT) -> int:
    """Send what is missing, as a seat does; where that began."""
    offset = offset_of(who, upload)
    while (answer := append(who, upload, content[offset:], offset=offset)).status_code == 409:
        offset = answer.json()["offset"]
    assert answer.status_code == 200, answer.text
    assert answer.json()["offset"] == len(content)
    return offset


def wait_for_offset(who: Seat, upload: str, least: int) -> None:
    wait_for(lambda: offset_of(who, upload) >= least)


def stored(web: Web, content: bytes) -> bytes:
    name = blake3(content).hexdigest()
    return (web.folder / "blobs" / name[:2] / name[2:4] / name).read_bytes()


def growing(web: Web, upload: str) -> Path:
    return web.folder / "blobs" / "growing" / upload


def half_open(web: Web, who: Seat, upload: str, sent: bytes, *, offset: int = 0, length: int) -> socket.socket:
    """An append that has sent so much, is taken by the server, and goes on as the test says."""
    address = urlsplit(web.url)
    line, token = f"PATCH /api/uploads/{upload}?offset={offset} HTTP/1.1", who.client.headers["authorization"]
    connection = socket.create_connection((address.hostname, address.port), timeout=30)
    head = f"{line}\r\nHost: x\r\nAuthorization: {token}\r\nContent-Length: {length}\r\n\r\n"
    connection.sendall(head.encode() + sent)
    wait_for(lambda: growing(web, upload).exists())
    return connection


def shut_out(web: Web, who: Seat) -> None:
    """Take somebody's access to the vault."""
    vault = who.vault()

    def write(connection: Any) -> None:
        name = who.signed_in["person"]
        person_id = connection.execute(select(person.c.id).where(person.c.name == name)).scalar_one()
        connection.execute(insert(access).values(vault=vault, person=person_id, role=None))

    web.run(web.parts.store.write(write))


def test_parts_become_one_file_and_the_last_answer_can_be_asked_for_again(web: Web, anna: Seat) -> None:
    begun = begin(anna)
    assert (begun["offset"], begun["complete"], begun["size"]) == (0, False, len(CONTENT))
    offset = 0
    for size in (1, MIB, 0, 700_000, len(CONTENT)):
        part = CONTENT[offset : offset + size]
        answer = append(anna, begun["id"], part, offset=offset, hash=blake3(part).hexdigest())
        offset += len(part)
        assert (answer.status_code, answer.json()["offset"]) == (200, offset)
        assert offset_of(anna, begun["id"]) == offset
    first, second = finish(anna, begun["id"]), finish(anna, begun["id"])
    assert first.status_code == 200
    assert first.json() == second.json() == announced(CONTENT) | {"id": begun["id"], "expires": first.json()["expires"]}
    assert anna.get(f"/uploads/{begun['id']}").json()["complete"]
    assert stored(web, CONTENT) == CONTENT
    wish = {"path": "a.nc", "upload": begun["id"], **announced(CONTENT)}
    added = anna.change(f"/vaults/{anna.vault()}/files", wish).json()["file"]["id"]
    assert anna.get(f"/files/{added}/content").content == CONTENT


def test_nothing_is_content_too(anna: Seat) -> None:
    begun = begin(anna, b"")
    assert finish(anna, begun["id"], b"").json()["size"] == 0


def test_a_lost_answer_to_the_beginning_leaves_no_second_upload(web: Web, anna: Seat) -> None:
    first = begin(anna, key="the same")
    before = web.dump()
    assert begin(anna, key="the same") == first
    assert web.dump() == before


def test_a_cut_at_any_place_keeps_what_has_arrived(web: Web, anna: Seat) -> None:
    for cut in CUTS:
        upload = begin(anna)["id"]
        half_open(web, anna, upload, CONTENT[:cut], length=len(CONTENT)).close()
        wait_for_offset(anna, upload, cut - IN_THE_AIR)
        assert cut - IN_THE_AIR <= resume(anna, upload) <= cut
        assert finish(anna, upload).status_code == 200
        assert stored(web, CONTENT) == CONTENT
        anna.client.delete(f"/api/uploads/{upload}")
        web.run(forget_content(web))


def test_the_offset_has_all_of_a_part_that_broke_off_while_the_disk_is_slow(
    web: Web, anna: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, write = threading.Event(), DiskGrowing.write

    def slow_write(self: DiskGrowing, block: bytearray) -> None:
        assert go_on.wait(30)
        write(self, block)

    monkeypatch.setattr(DiskGrowing, "write", slow_write)
    upload = begin(anna)["id"]
    half_open(web, anna, upload, CONTENT[:MIB], length=len(CONTENT)).close()
    with ThreadPoolExecutor(1) as asking:
        asked = asking.submit(offset_of, anna, upload)
        with pytest.raises(TimeoutError):
            asked.result(timeout=0.3)
        go_on.set()
        assert asked.result(timeout=30) == MIB


async def forget_content(web: Web) -> None:
    """Collect it, so that the next one is not complete at once."""
    await collect(web.parts.store, blobs=web.parts.blobs, gate=web.parts.gate, now=web.clock() + timedelta(hours=25))


def test_another_offset_is_refused_with_the_true_one_and_changes_nothing(web: Web, anna: Seat) -> None:
    upload = begin(anna)["id"]
    assert append(anna, upload, CONTENT[:MIB], offset=0).status_code == 200
    before = (web.dump(), growing(web, upload).read_bytes())
    for offset in (0, MIB - 1, MIB + 1, 2 * MIB, len(CONTENT)):
        answer = append(anna, upload, CONTENT[offset : offset + 100], offset=offset)
        assert (answer.status_code, answer.json()["code"], answer.json()["offset"]) == (409, "wrong_offset", MIB)
    early = finish(anna, upload)
    assert (early.status_code, early.json()["code"], early.json()["offset"]) == (409, "wrong_offset", MIB)
    assert (web.dump(), growing(web, upload).read_bytes()) == before
    assert resume(anna, upload) == MIB
    assert finish(anna, upload).status_code == 200
    late = append(anna, upload, CONTENT[:10], offset=0)
    assert (late.status_code, late.json()["offset"]) == (409, len(CONTENT))


def test_somebody_elses_upload_does_not_exist_and_is_not_disturbed(web: Web, anna: Seat, ben: Seat) -> None:
    upload = begin(anna)["id"]
    with half_open(web, anna, upload, CONTENT[:MIB], length=len(CONTENT)) as connection:
        answers = [
            ben.get(f"/uploads/{upload}"),
            append(ben, upload, CONTENT, offset=0),
            finish(ben, upload),
            ben.client.delete(f"/api/uploads/{upload}"),
        ]
        assert [(each.status_code, each.json()["code"]) for each in answers] == [(404, "not_found")] * 4
        connection.sendall(CONTENT[MIB:])
        assert b" 200 OK" in connection.recv(100)
    assert finish(anna, upload).status_code == 200


def test_a_hash_needs_no_bytes_only_of_whoever_may_read_it(web: Web, anna: Seat, ben: Seat, ada: Seat) -> None:
    anna.add("a.nc", b"known")
    shut_out(web, ben)
    assert ada.change("/vaults", {"name": "Where Ben edits"}).status_code == 201
    known = begin(anna, b"known")
    assert (known["complete"], known["offset"]) == (True, 5)
    assert finish(anna, known["id"], b"known").status_code == 200
    again = {"path": "b.nc", "upload": known["id"], **announced(b"known")}
    assert anna.change(f"/vaults/{anna.vault()}/files", again).status_code == 201
    secret, unknown = begin(ben, b"known"), begin(ben, b"never")
    assert secret.keys() == unknown.keys()
    assert [(each["offset"], each["complete"]) for each in (secret, unknown)] == [(0, False)] * 2
    assert [offset_of(ben, each["id"]) for each in (secret, unknown)] == [0, 0]
    answers = [finish(ben, secret["id"], b"known").json(), finish(ben, unknown["id"], b"never").json()]
    assert answers[0] == answers[1]


def test_what_i_sent_myself_needs_no_bytes_again_and_another_size_is_not_known(web: Web, ben: Seat) -> None:
    ben.upload(b"mine")
    assert begin(ben, b"mine")["complete"]
    other = ben.change("/uploads/begin", announced(b"mine") | {"size": 5}).json()
    assert not other["complete"]


def test_content_that_the_disk_lost_is_asked_for_again(web: Web, anna: Seat) -> None:
    anna.add("a.nc", b"known")
    web.parts.blobs.remove(blake3(b"known").hexdigest())
    begun = begin(anna, b"known")
    assert not begun["complete"]
    resume(anna, begun["id"], b"known")
    assert finish(anna, begun["id"], b"known").status_code == 200
    assert stored(web, b"known") == b"known"


def test_a_part_that_arrived_otherwise_is_dropped(web: Web, anna: Seat) -> None:
    upload = begin(anna)["id"]
    append(anna, upload, CONTENT[:MIB], offset=0)
    before = web.dump()
    answer = append(anna, upload, os.urandom(MIB), offset=MIB, hash=blake3(CONTENT[MIB : 2 * MIB]).hexdigest())
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_hash")
    assert web.dump() == before
    assert resume(anna, upload) == MIB
    assert finish(anna, upload).status_code == 200


def test_other_content_than_announced_is_given_up(web: Web, anna: Seat) -> None:
    before = web.dump()["arrival"]
    others: list[dict[str, Any]] = [{"hash": "0" * 64}, {"size": 4}]
    for other in [*others, {}]:
        begun = begin(anna, b"right")
        resume(anna, begun["id"], b"right" if other else b"wrong")
        answer = finish(anna, begun["id"], b"right", **other)
        assert (answer.status_code, answer.json()["code"]) == (422, "wrong_hash")
        assert anna.get(f"/uploads/{begun['id']}").status_code == 404
        assert finish(anna, begun["id"], b"right").status_code == 404
    assert web.dump()["arrival"] == before
    assert web.stored_files() == set()


def test_more_than_announced_or_allowed_is_refused(web: Web, anna: Seat) -> None:
    large = anna.change("/uploads/begin", {"size": len(CONTENT) + 1, "hash": "0" * 64})
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    upload = begin(anna, b"12345")["id"]

    def pieces() -> Iterator[bytes]:
        yield b"123"
        yield b"456"

    for part in (b"123456", pieces()):
        answer = append(anna, upload, part, offset=0)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert growing(web, upload).stat().st_size <= 5
    resume(anna, upload, b"12345")
    assert finish(anna, upload, b"12345").status_code == 200


def test_so_many_uploads_may_be_open_and_no_more(web: Web, anna: Seat, ben: Seat) -> None:
    limit = web.parts.settings.open_uploads
    opened = [begin(anna, bytes([number]))["id"] for number in range(limit)]
    refused = anna.change("/uploads/begin", announced(b"one more"))
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_uploads")
    begin(ben)
    assert anna.client.delete(f"/api/uploads/{opened[0]}").status_code == 204
    begin(anna, b"one more")
    web.clock.forward(hours=web.parts.settings.open_upload_hours)
    begin(anna, b"and more")


@pytest.mark.parametrize("step", ["write", "fsync"])
def test_a_full_disk_keeps_what_was_there(web: Web, anna: Seat, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    upload = begin(anna)["id"]
    append(anna, upload, CONTENT[:MIB], offset=0)
    with monkeypatch.context() as patch:
        if step == "write":
            patch.setattr(DiskGrowing, "_write_all", full)
        else:
            patch.setattr("os.fsync", full)
        answer = append(anna, upload, CONTENT[MIB:], offset=MIB)
        assert (answer.status_code, answer.json()["code"]) == (507, "full")
        assert offset_of(anna, upload) == MIB
    assert resume(anna, upload) == MIB
    assert finish(anna, upload).status_code == 200
    assert stored(web, CONTENT) == CONTENT


def test_a_disk_that_is_full_at_the_end_only_delays_it(web: Web, anna: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    upload = begin(anna)["id"]
    resume(anna, upload)
    with monkeypatch.context() as patch:
        patch.setattr("server.storage.blobs_disk.make_folder", full)
        assert finish(anna, upload).status_code == 507
    assert offset_of(anna, upload) == len(CONTENT)
    assert finish(anna, upload).status_code == 200


def test_stored_and_not_written_down_is_finished_by_asking_again(
    web: Web, anna: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: Any, **__: Any) -> None:
        raise Full

    upload = begin(anna)["id"]
    resume(anna, upload)
    with monkeypatch.context() as patch:
        patch.setattr(arrivals, "complete_upload", dies)
        assert finish(anna, upload).status_code == 507
    assert not growing(web, upload).exists()
    assert offset_of(anna, upload) == len(CONTENT)
    assert finish(anna, upload).json()["id"] == upload
    assert stored(web, CONTENT) == CONTENT


def test_the_offset_is_never_behind_the_end_of_what_the_disk_has(web: Web, anna: Seat) -> None:
    upload = begin(anna)["id"]
    append(anna, upload, CONTENT[: 2 * MIB], offset=0)
    with growing(web, upload).open("r+b") as file:
        file.truncate(MIB + 5)
    assert offset_of(anna, upload) == MIB + 5
    assert resume(anna, upload) == MIB + 5
    assert finish(anna, upload).status_code == 200
    assert stored(web, CONTENT) == CONTENT


def test_bytes_are_durable_before_they_are_said_to_be_here(
    web: Web, anna: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    durable, told = [0], list[int]()
    sync, advance = DiskGrowing.sync, arrivals.advance

    def watched_sync(self: DiskGrowing) -> int:
        durable[0] = sync(self)
        return durable[0]

    def watched_advance(connection: Any, of: Any, *, kept: int, **named: Any) -> Any:
        told.append(durable[0] - kept)
        return advance(connection, of, kept=kept, **named)

    monkeypatch.setattr(DiskGrowing, "sync", watched_sync)
    monkeypatch.setattr(arrivals, "advance", watched_advance)
    monkeypatch.setattr("server.routes.pouring.BETWEEN_SECONDS", 0)
    upload = begin(anna)["id"]
    resume(anna, upload)
    assert len(told) > 1
    assert set(told) == {0}


def test_a_second_append_ends_the_one_that_hangs_and_learns_where_to_go_on(web: Web, anna: Seat) -> None:
    upload = begin(anna)["id"]
    with half_open(web, anna, upload, CONTENT[: MIB + 9], length=len(CONTENT)) as hanging:
        wait_for(lambda: growing(web, upload).stat().st_size >= MIB)
        assert MIB <= resume(anna, upload) <= MIB + 9
        assert b" 409 " in hanging.recv(100)
    assert finish(anna, upload).status_code == 200
    assert stored(web, CONTENT) == CONTENT


def test_a_session_that_ends_meanwhile_ends_the_append(web: Web, anna: Seat) -> None:
    upload = begin(anna)["id"]
    with half_open(web, anna, upload, CONTENT[:MIB], length=len(CONTENT)) as connection:
        elsewhere = web.seat("Anna", seat="laptop")
        assert elsewhere.change("/session/seats/seat-Anna", method="DELETE").status_code == 204
        connection.setblocking(False)
        told = bytearray()

        def refused() -> bool:
            with_more = memoryview(CONTENT)[MIB:][:100]
            try:
                connection.send(with_more)
                told.extend(connection.recv(100))
            except BlockingIOError:
                return False
            return bool(told)

        wait_for(refused)
        assert b" 401 " in told
    [row] = web.run(web.parts.store.read(lambda connection: connection.execute(select(arrival.c.kept)).all()))
    assert row.kept == 0
    assert resume(elsewhere, upload) == 0
    assert finish(elsewhere, upload).status_code == 200
    assert stored(web, CONTENT) == CONTENT
    elsewhere.client.close()


def test_what_is_left_for_too_long_is_collected_and_what_goes_on_is_not(web: Web, anna: Seat) -> None:
    def collect_now() -> None:
        web.run(collect(web.parts.store, blobs=web.parts.blobs, gate=web.parts.gate, now=web.clock()))

    left, going_on = begin(anna, b"left")["id"], begin(anna, b"going on")["id"]
    for upload in (left, going_on):
        append(anna, upload, b"go", offset=0) if upload == going_on else append(anna, upload, b"le", offset=0)
    nobodys = growing(web, "nobodys")
    nobodys.write_bytes(b"its row is gone")
    web.clock.forward(hours=web.parts.settings.open_upload_hours - 1)
    append(anna, going_on, b"ing", offset=2)
    collect_now()
    assert not nobodys.exists()
    assert growing(web, left).exists()
    web.clock.forward(hours=1)
    assert anna.get(f"/uploads/{left}").json()["code"] == "gone"
    collect_now()
    assert not growing(web, left).exists()
    assert anna.get(f"/uploads/{left}").json()["code"] == "not_found"
    assert append(anna, going_on, b" on", offset=5).status_code == 200
    assert finish(anna, going_on, b"going on").status_code == 200


def test_given_up_leaves_nothing(web: Web, anna: Seat) -> None:
    upload = begin(anna)["id"]
    append(anna, upload, CONTENT[:MIB], offset=0)
    assert anna.client.delete(f"/api/uploads/{upload}").status_code == 204
    assert anna.client.delete(f"/api/uploads/{upload}").status_code == 404
    assert append(anna, upload, CONTENT[MIB:], offset=MIB).status_code == 404
    assert web.stored_files() == set()


def test_an_append_to_what_is_given_up_meanwhile_ends(web: Web, anna: Seat) -> None:
    upload = begin(anna)["id"]
    with half_open(web, anna, upload, CONTENT[:MIB], length=len(CONTENT)) as hanging:
        assert anna.client.delete(f"/api/uploads/{upload}").status_code == 204
        assert hanging.recv(100).split()[1] in (b"404", b"409")
    assert web.stored_files() == set()


class Elsewhere(Fence):
    """Of a node that stands still at its nth look, so that another one goes on with what it has in its turn."""

    def __init__(self, node: str, *, looks: int) -> None:
        self.process = Process(node, "here")
        self._looks = looks

    def require(self, connection: Connection) -> None:
        self._looks -= 1
        if self._looks < 0:
            raise TakenOver


def test_a_node_whose_turn_is_another_ones_writes_nothing_down_and_says_where_it_goes_on(
    web: Web, anna: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = begin(anna)["id"]
    assert append(anna, upload, CONTENT[:MIB], offset=0).status_code == 200

    def stand_still(*, looks: int) -> None:
        fence = Elsewhere("slow", looks=looks)

        @contextlib.asynccontextmanager
        async def turn(*_: object) -> AsyncIterator[Fence]:
            yield fence

        monkeypatch.setattr(Turns, "passing", turn)
        monkeypatch.setattr(Turns, "alone", turn)

    before = web.dump()["arrival"]
    stand_still(looks=0)
    refused = append(anna, upload, CONTENT[MIB:], offset=MIB)
    assert (refused.status_code, refused.json()["code"], refused.json()["offset"]) == (409, "wrong_offset", MIB)
    assert web.dump()["arrival"] == before
    stand_still(looks=1)
    refused = append(anna, upload, CONTENT[MIB:], offset=MIB)
    assert (refused.status_code, refused.json()["offset"]) == (409, MIB)
    monkeypatch.undo()
    again = begin(anna)["id"]
    assert append(anna, again, CONTENT, offset=0).status_code == 200
    whole = web.dump()
    stand_still(looks=0)
    assert finish(anna, again).status_code == 503
    assert anna.client.delete(f"/api/uploads/{again}").status_code == 503
    assert (web.dump()["arrival"], web.dump()["upload"]) == (whole["arrival"], whole["upload"])
    monkeypatch.undo()
    assert finish(anna, again).status_code == 200
