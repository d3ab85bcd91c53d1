"""Parts that are made of a revision: the same rules as for bytes, and nobody copies what they may not read."""

import errno
import os
import random
import socket
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest
from blake3 import blake3

from server.protocol.chunks import cut, decode
from server.protocol.limits import PIECES
from server.services import arrivals
from server.storage.blobs_disk import DiskBlobs
from server.storage.growing_disk import DiskGrowing
from tests.server.routes.test_uploads_in_parts import (
    MIB,
    append,
    begin,
    finish,
    growing,
    offset_of,
    resume,
    shut_out,
    stored,
    wait_for_offset,
)
from tests.support.waiting import wait_for
from tests.support.web import Seat, Web

OLD = os.urandom(5 * MIB // 2)
NEW = OLD[:MIB] + b"an edit" + OLD[MIB + 100 :]
STEPS: list[dict[str, int]] = [
    {"size": MIB, "start": 0},
    {"size": 7},
    {"size": len(OLD) - MIB - 100, "start": MIB + 100},
]


@pytest.fixture
def base(anna: Seat) -> dict[str, Any]:
    """A file whose Rev 1.0 has the old content."""
    return anna.add("Parts/plate.mcam", OLD)


def head(file: str, steps: Sequence[dict[str, int]], **other: Any) -> bytes:
    return msgspec.json.encode({"file": file, "revision": "1.0", "steps": steps} | other) + b"\n"


def delta(who: Seat, upload: str, body: Any, *, offset: int = 0) -> httpx.Response:
    return who.client.patch(f"/api/uploads/{upload}/delta", params={"offset": offset}, content=body)


def test_the_chunks_of_a_revision_are_those_of_its_bytes(anna: Seat, base: dict[str, Any]) -> None:
    answer = anna.get(f"/files/{base['id']}/chunks", params={"revision": "1.0"})
    assert (answer.status_code, answer.headers["x-content-hash"]) == (200, blake3(OLD).hexdigest())
    assert list(decode(answer.content)) == list(cut([OLD]))
    assert anna.get(f"/files/{base['id']}/chunks").content == answer.content


def test_nothing_has_no_chunks(anna: Seat) -> None:
    empty = anna.add("a.nc", b"")
    assert anna.get(f"/files/{empty['id']}/chunks").content == b""


def pieces(who: Seat, file: str, wanted: Sequence[dict[str, Any]], revision: str = "1.0") -> httpx.Response:
    return who.client.post(f"/api/files/{file}/pieces", json={"revision": revision, "pieces": wanted})


def test_pieces_of_a_revision_come_one_behind_the_other(ben: Seat, base: dict[str, Any]) -> None:
    dice = random.Random(8)
    places = sorted(dice.sample(range(len(OLD)), 2 * PIECES))
    wanted = [{"start": a, "size": b - a} for a, b in zip(places[::2], places[1::2], strict=True)]
    answer = pieces(ben, base["id"], wanted)
    assert (answer.status_code, answer.headers["x-content-hash"]) == (200, blake3(OLD).hexdigest())
    assert answer.content == b"".join(OLD[each["start"] :][: each["size"]] for each in wanted)
    assert int(answer.headers["content-length"]) == sum(each["size"] for each in wanted)
    assert pieces(ben, base["id"], [{"start": 0, "size": len(OLD)}]).content == OLD


@pytest.mark.parametrize(
    "wanted",
    [
        [],
        [{"start": 0, "size": 0}],
        [{"start": -1, "size": 5}],
        [{"start": len(OLD), "size": 1}],
        [{"start": 0, "size": len(OLD) + 1}],
        [{"start": 10, "size": 5}, {"start": 14, "size": 5}],
        [{"start": 10, "size": 5}, {"start": 0, "size": 5}],
        [{"start": "0", "size": 5}],
        [{"size": 5}],
        [{"start": each, "size": 1} for each in range(PIECES + 1)],
    ],
)
def test_pieces_that_cannot_be_are_422(anna: Seat, base: dict[str, Any], wanted: list[Any]) -> None:
    answer = pieces(anna, base["id"], wanted)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), answer.text


def test_pieces_of_a_revision_and_bytes_become_one_file(web: Web, anna: Seat, base: dict[str, Any]) -> None:
    upload = begin(anna, NEW)["id"]
    answer = delta(anna, upload, head(base["id"], STEPS) + b"an edit")
    assert (answer.status_code, answer.json()["offset"]) == (200, len(NEW))
    assert finish(anna, upload, NEW).status_code == 200
    assert stored(web, NEW) == NEW


def test_parts_of_both_kinds_take_turns(web: Web, anna: Seat, base: dict[str, Any]) -> None:
    upload = begin(anna, NEW)["id"]
    assert delta(anna, upload, head(base["id"], STEPS[:1])).json()["offset"] == MIB
    assert append(anna, upload, b"an edit", offset=MIB).json()["offset"] == MIB + 7
    assert delta(anna, upload, head(base["id"], STEPS[2:]), offset=MIB + 7).json()["offset"] == len(NEW)
    assert finish(anna, upload, NEW).status_code == 200
    assert stored(web, NEW) == NEW


def test_many_small_steps_in_any_order(web: Web, anna: Seat, base: dict[str, Any]) -> None:
    dice, made, sent = random.Random(7), bytearray(), bytearray()
    steps: list[dict[str, int]] = []
    for number in range(PIECES):
        size, start = dice.randint(1, 500), dice.randrange(len(OLD) - 500)
        if number % 3:
            steps.append({"size": size, "start": start})
            made += OLD[start : start + size]
        else:
            some = dice.randbytes(size)
            steps.append({"size": size})
            made, sent = made + some, sent + some
    upload = begin(anna, bytes(made))["id"]
    assert delta(anna, upload, head(base["id"], steps) + sent).status_code == 200
    assert finish(anna, upload, bytes(made)).status_code == 200
    assert stored(web, bytes(made)) == made


def test_another_offset_is_refused_with_the_true_one_and_changes_nothing(
    web: Web, anna: Seat, base: dict[str, Any]
) -> None:
    upload = begin(anna, NEW)["id"]
    append(anna, upload, NEW[: MIB // 2], offset=0)
    before = (web.dump(), growing(web, upload).read_bytes())
    for offset in (0, MIB // 2 - 1, MIB // 2 + 1):
        answer = delta(anna, upload, head(base["id"], [{"size": 5, "start": 0}]), offset=offset)
        assert (answer.status_code, answer.json()["code"], answer.json()["offset"]) == (409, "wrong_offset", MIB // 2)
    assert (web.dump(), growing(web, upload).read_bytes()) == before


def test_a_lost_answer_costs_a_409_and_no_byte_twice(web: Web, anna: Seat, base: dict[str, Any]) -> None:
    upload, body = begin(anna, NEW)["id"], head(base["id"], STEPS) + b"an edit"
    assert delta(anna, upload, body).status_code == 200
    again = delta(anna, upload, body)
    assert (again.status_code, again.json()["offset"]) == (409, len(NEW))
    assert finish(anna, upload, NEW).status_code == 200
    late = delta(anna, upload, body)
    assert (late.status_code, late.json()["offset"]) == (409, len(NEW))


def test_what_may_not_be_read_is_as_unknown_as_what_there_never_was(
    web: Web, anna: Seat, ben: Seat, base: dict[str, Any]
) -> None:
    mine, theirs = begin(ben, NEW)["id"], begin(anna, NEW)["id"]
    shut_out(web, ben)
    before = web.dump()
    listed = [ben.get(f"/files/{file}/chunks", params={"revision": "1.0"}) for file in (base["id"], "no-such-file")]
    copied = [delta(ben, mine, head(file, STEPS) + b"an edit") for file in (base["id"], "no-such-file")]
    taken = [pieces(ben, file, [{"start": 0, "size": 5}]) for file in (base["id"], "no-such-file")]
    for foreign, unknown in (listed, copied, taken):
        assert (foreign.status_code, foreign.json()) == (404, unknown.json())
    revisions = [
        anna.get(f"/files/{base['id']}/chunks", params={"revision": "9.9"}),
        delta(anna, theirs, head(base["id"], STEPS, revision="9.9") + b"an edit"),
        pieces(anna, base["id"], [{"start": 0, "size": 5}], revision="9.9"),
    ]
    assert [(each.status_code, each.json()["code"]) for each in revisions] == [(404, "not_found")] * 3
    assert web.dump() == before
    assert offset_of(ben, mine) == 0


def test_somebody_elses_upload_does_not_exist(anna: Seat, ben: Seat, base: dict[str, Any]) -> None:
    upload = begin(anna, NEW)["id"]
    answer = delta(ben, upload, head(base["id"], STEPS) + b"an edit")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert offset_of(anna, upload) == 0


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [{"size": 0, "start": 0}],
        [{"size": 0}],
        [{"size": -1, "start": 5}],
        [{"size": 1, "start": -1}],
        [{"size": 1, "start": len(OLD)}],
        [{"size": 10, "start": 0}, {"size": 101, "start": len(OLD) - 100}],
        [{"size": 2**53, "start": 2**53}],
        [{"size": "5", "start": 0}],
        [{"size": 5, "start": 0, "end": 9}],
        [{"start": 0}],
        [{"size": 1, "start": 0}] * (PIECES + 1),
    ],
)
def test_steps_that_cannot_be_are_422_and_change_nothing(
    web: Web, anna: Seat, base: dict[str, Any], steps: list[Any]
) -> None:
    upload = begin(anna, NEW)["id"]
    before = web.dump()
    answer = delta(anna, upload, head(base["id"], steps))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), answer.text
    assert web.dump() == before
    assert offset_of(anna, upload) == 0
    assert not growing(web, upload).exists()


@pytest.mark.parametrize("sent", [b"", b"an edi", b"an edit!"])
def test_more_or_fewer_bytes_than_the_steps_say_are_422(
    web: Web, anna: Seat, base: dict[str, Any], sent: bytes
) -> None:
    upload, body = begin(anna, NEW)["id"], head(base["id"], STEPS[:2]) + sent
    before = web.dump()
    assert delta(anna, upload, body).json()["code"] == "invalid"
    assert web.dump() == before
    assert delta(anna, upload, iter([body[:50], body[50:]])).json()["code"] == "invalid", "of unknown length"
    assert offset_of(anna, upload) <= MIB + 7
    assert resume(anna, upload, NEW) <= MIB + 7
    assert finish(anna, upload, NEW).status_code == 200


@pytest.mark.parametrize("body", [b"", b"no line of JSON", b"no JSON\n", b" " * (MIB + 10)])
def test_a_body_without_its_line_is_400(anna: Seat, base: dict[str, Any], body: bytes) -> None:
    upload = begin(anna, NEW)["id"]
    answer = delta(anna, upload, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert offset_of(anna, upload) == 0


def test_more_than_announced_is_413(web: Web, anna: Seat, base: dict[str, Any]) -> None:
    upload = begin(anna, NEW)["id"]
    before = web.dump()
    twice = delta(anna, upload, head(base["id"], [{"size": len(OLD), "start": 0}] * 2))
    assert (twice.status_code, twice.json()["code"]) == (413, "too_large")
    assert web.dump() == before


def test_what_is_put_together_is_hashed_as_a_whole(web: Web, anna: Seat, base: dict[str, Any]) -> None:
    upload = begin(anna, NEW)["id"]
    wrong = [{"size": MIB, "start": 1}, *STEPS[1:]]
    assert delta(anna, upload, head(base["id"], wrong) + b"an edit").json()["offset"] == len(NEW)
    answer = finish(anna, upload, NEW)
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_hash")
    assert web.stored_files() == {blake3(OLD).hexdigest()}


@pytest.mark.parametrize("step", ["write", "fsync"])
def test_a_full_disk_keeps_what_was_there(
    web: Web, anna: Seat, base: dict[str, Any], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    upload = begin(anna, NEW)["id"]
    append(anna, upload, NEW[: MIB // 2], offset=0)
    with monkeypatch.context() as patch:
        if step == "write":
            patch.setattr(DiskGrowing, "_write_all", full)
        else:
            patch.setattr("os.fsync", full)
        answer = delta(anna, upload, head(base["id"], [{"size": MIB, "start": MIB // 2}]), offset=MIB // 2)
        assert (answer.status_code, answer.json()["code"]) == (507, "full")
        assert offset_of(anna, upload) == MIB // 2
    assert resume(anna, upload, NEW) == MIB // 2
    assert finish(anna, upload, NEW).status_code == 200
    assert stored(web, NEW) == NEW


def test_bytes_are_durable_before_they_are_said_to_be_here(
    web: Web, anna: Seat, base: dict[str, Any], monkeypatch: pytest.MonkeyPatch
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
    upload = begin(anna, NEW)["id"]
    assert delta(anna, upload, head(base["id"], STEPS) + b"an edit").status_code == 200
    assert len(told) > 1
    assert set(told) == {0}


def test_a_cut_keeps_what_was_put_together_until_then(web: Web, anna: Seat, base: dict[str, Any]) -> None:
    upload, steps = begin(anna, NEW)["id"], head(base["id"], STEPS)
    with _half_sent(web, anna, upload, steps + b"an ", length=len(steps) + 7):
        wait_for(lambda: growing(web, upload).exists() and growing(web, upload).stat().st_size >= MIB)
    wait_for_offset(anna, upload, MIB)
    assert MIB <= offset_of(anna, upload) <= MIB + 3
    assert MIB <= resume(anna, upload, NEW) <= MIB + 3
    assert finish(anna, upload, NEW).status_code == 200
    assert stored(web, NEW) == NEW


def test_a_part_that_hangs_ends_for_the_next_one(web: Web, anna: Seat, base: dict[str, Any]) -> None:
    upload, steps = begin(anna, NEW)["id"], head(base["id"], STEPS)
    with _half_sent(web, anna, upload, steps, length=len(steps) + 7) as hanging:
        wait_for(lambda: growing(web, upload).exists() and growing(web, upload).stat().st_size >= MIB)
        ended = delta(anna, upload, steps + b"an edit", offset=0)
        assert (ended.status_code, ended.json()["offset"]) == (409, MIB)
        assert b" 409 " in hanging.recv(100)
    assert finish(anna, upload, NEW).json()["offset"] == MIB


def test_a_revision_whose_bytes_are_gone_from_the_disk_breaks_nothing(
    web: Web, anna: Seat, base: dict[str, Any]
) -> None:
    upload = begin(anna, NEW)["id"]
    web.parts.blobs.remove(blake3(OLD).hexdigest())
    for call in (
        lambda who: who.get(f"/files/{base['id']}/chunks"),
        lambda who: delta(who, upload, head(base["id"], STEPS) + b"an edit"),
    ):
        with web.client(
            authorization=anna.client.headers["authorization"]
        ) as client:  # a broken call ends its connection
            assert call(Seat(client, anna.signed_in)).status_code == 500
    assert resume(anna, upload, NEW) == 0
    assert finish(anna, upload, NEW).status_code == 200


def test_the_revision_is_closed_afterwards(
    web: Web, anna: Seat, base: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = list[Any]()
    open_ = DiskBlobs.open

    def watched(self: DiskBlobs, content_hash: str) -> Any:
        opened.append(open_(self, content_hash))
        return opened[-1]

    monkeypatch.setattr(DiskBlobs, "open", watched)
    upload = begin(anna, NEW)["id"]
    delta(anna, upload, head(base["id"], STEPS) + b"an edit")
    delta(anna, upload, head(base["id"], STEPS) + b"an edit", offset=5)
    assert [each.closed for each in opened] == [True, True]


def _half_sent(web: Web, who: Seat, upload: str, sent: bytes, *, length: int) -> socket.socket:
    address = urlsplit(web.url)
    line, token = f"PATCH /api/uploads/{upload}/delta?offset=0 HTTP/1.1", who.client.headers["authorization"]
    connection = socket.create_connection((address.hostname, address.port), timeout=30)
    told = f"{line}\r\nHost: x\r\nAuthorization: {token}\r\nContent-Length: {length}\r\n\r\n"
    connection.sendall(told.encode() + sent)
    return connection
