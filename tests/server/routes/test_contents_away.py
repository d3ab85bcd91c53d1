"""A server whose bucket is away: whoever needs contents is told to wait, all others notice nothing, nothing is lost."""

import os
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from blake3 import blake3

from server.bucket import bucket_at
from server.services.collecting import collect
from server.services.uploads import newest_content
from tests.support.s3 import KEYS, S3, Faults
from tests.support.uploads import announced, append, arrived, begin, finish, finished, offset_of
from tests.support.web import Seat, Web, WebSettings, running

if sys.platform == "win32":
    pytest.skip("a server on Windows has its contents on its disk", allow_module_level=True)

from server.storage import objects
from server.storage.blobs_s3 import S3Blobs

MIB = 2**20
CONTENT = os.urandom(9 * MIB + 5)


@pytest.fixture
def url(s3: S3, line: Faults, keys: None) -> str:
    """A bucket at the other end of the line."""
    return s3.bucket(endpoint=line.address)


@pytest.fixture
def shop(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    monkeypatch.setattr(objects, "_FIRST_WAIT", timedelta(milliseconds=1))
    monkeypatch.setattr(objects, "_LONGEST_WAIT", timedelta(milliseconds=2))
    blobs = S3Blobs(bucket_at(url))
    with running(tmp_path, settings=WebSettings(max_file_bytes=64 * MIB), blobs=blobs) as started:
        started.add_person("Anna")
        yield started


@pytest.fixture
def anna(shop: Web) -> Iterator[Seat]:
    signed_in = shop.seat("Anna")
    yield signed_in
    signed_in.client.close()


def is_away(answer: httpx.Response) -> bool:
    """It says so, when to try again, and no key."""
    assert not any(key in answer.text for key in KEYS.values())
    problem: dict[str, Any] = answer.json()
    return (answer.status_code, problem["code"], answer.headers["retry-after"]) == (503, "not_ready", "5")


def test_whoever_needs_contents_is_told_to_wait_and_nothing_is_lost(shop: Web, anna: Seat, line: Faults) -> None:
    file = anna.add("Parts/a.nc", b"G0 X0\n" * 100)
    held = anna.change(f"/files/{file['id']}/checkout", {}).json()["file"]
    upload, named = arrived(anna, CONTENT), anna.upload(b"G1 X1\n")
    before = shop.dump()
    line.is_refusing = True
    wish = {"base": "1.0", "token": held["lock"]["token"], **named}
    wanted = {"files": [{"file": file["id"], "revision": "1.0"}]}
    pieces = {"revision": "1.0", "pieces": [{"start": 0, "size": 3}]}
    for answer in (
        anna.get(f"/files/{file['id']}/content"),
        anna.get(f"/files/{file['id']}/chunks"),
        anna.change(f"/files/{file['id']}/pieces", pieces),
        anna.change("/files/contents", wanted),
        anna.change(f"/files/{file['id']}/checkin", wish),
        anna.client.post("/api/uploads", content=b"G2 X2\n"),
        anna.client.post("/api/uploads", content=CONTENT),
        anna.change("/uploads/begin", announced(b"G0 X0\n" * 100)),
        anna.get(f"/uploads/{upload}"),
        append(anna, upload, b"", len(CONTENT)),
        finish(anna, upload, CONTENT),
    ):
        assert is_away(answer), answer.text
    assert shop.dump() == before
    line.is_refusing = False
    assert finish(anna, upload, CONTENT).status_code == 200
    assert anna.change(f"/files/{file['id']}/checkin", wish).status_code == 200
    assert anna.get(f"/files/{file['id']}/content").content == b"G1 X1\n"


def test_who_needs_no_contents_notices_nothing(anna: Seat, line: Faults) -> None:
    file = anna.add("Parts/a.nc")
    line.is_refusing = True
    line.asked.clear()
    assert anna.change(f"/files/{file['id']}/checkout", {}).status_code == 200
    assert anna.get("/locks").json()["locks"]
    assert anna.get(f"/vaults/{anna.vault()}/tree").status_code == 200
    assert anna.change(f"/files/{file['id']}/move", {"path": "Parts/b.nc"}).status_code == 200
    assert line.asked == []


def test_a_part_during_which_the_bucket_goes_away_keeps_what_was_kept(anna: Seat, line: Faults) -> None:
    upload = begin(anna, CONTENT)
    assert append(anna, upload, CONTENT[:MIB], 0).status_code == 200
    line.answers = [("PUT", f"growing/{upload}/", 403)]
    assert is_away(append(anna, upload, CONTENT[MIB:], MIB))
    offset = offset_of(anna, upload)
    assert MIB <= offset < len(CONTENT)
    assert append(anna, upload, CONTENT[offset:], offset).status_code == 200
    assert finish(anna, upload, CONTENT).status_code == 200


def test_an_upload_that_breaks_off_while_it_is_put_together_is_finished_later(anna: Seat, line: Faults) -> None:
    upload = arrived(anna, CONTENT)
    line.answers = [("POST", blake3(CONTENT).hexdigest(), 403)]  # what ends a large object
    assert is_away(finish(anna, upload, CONTENT))
    assert line.answers == []
    assert finish(anna, upload, CONTENT).status_code == 200


def test_a_content_that_was_damaged_in_the_bucket_is_sent_again(anna: Seat, s3: S3, url: str) -> None:
    """By somebody who has it: it is noticed by its hash before that person is spared the bytes."""
    anna.add("Parts/a.nc", CONTENT)
    name = blake3(CONTENT).hexdigest()
    assert anna.change("/uploads/begin", announced(CONTENT)).json()["complete"]
    s3.put(url, f"{name[:2]}/{name[2:4]}/{name}", bytes(len(CONTENT)))
    upload = anna.change("/uploads/begin", announced(CONTENT)).json()
    assert not upload["complete"]
    assert append(anna, upload["id"], CONTENT, 0).status_code == 200
    assert finish(anna, upload["id"], CONTENT).status_code == 200
    assert s3.objects(url)[f"{name[:2]}/{name[2:4]}/{name}"] == CONTENT


def test_what_is_no_longer_needed_goes_from_the_bucket(shop: Web, anna: Seat, s3: S3, url: str) -> None:
    anna.add("Parts/a.nc", b"G0 X0\n")
    finished(anna, CONTENT)
    append(anna, begin(anna, CONTENT), CONTENT[:MIB], 0)
    blobs: Any = shop.parts.blobs
    (broken_off := blobs.begin()).write(CONTENT)
    broken_off.finish()
    later = shop.clock() + timedelta(days=100)
    shop.run(collect(shop.parts.store, blobs=S3Blobs(bucket_at(url)), gate=shop.parts.gate, now=later))
    left = {name.rpartition("/")[2] for name in s3.objects(url)}
    assert left == {"pdm-server.txt", blake3(b"G0 X0\n").hexdigest()}


def test_a_bucket_that_is_away_makes_a_collection_forget_no_bytes(
    shop: Web, anna: Seat, s3: S3, url: str, line: Faults
) -> None:
    """What could not be removed goes with the next one."""
    finished(anna, CONTENT)
    later = shop.clock() + timedelta(days=100)
    line.is_refusing = True
    shop.run(collect(shop.parts.store, blobs=shop.parts.blobs, gate=shop.parts.gate, now=later))
    assert any(name.endswith(blake3(CONTENT).hexdigest()) for name in s3.objects(url))
    line.is_refusing = False
    shop.run(collect(shop.parts.store, blobs=shop.parts.blobs, gate=shop.parts.gate, now=later))
    assert s3.objects(url).keys() == {"pdm-server.txt"}


def test_what_is_looked_for_at_the_start_is_the_newest_in_use(shop: Web, anna: Seat) -> None:
    for each in ("a", "b", "c"):
        shop.clock.now += timedelta(seconds=1)
        anna.add(f"Parts/{each}.nc", each.encode())
    shop.clock.now += timedelta(seconds=1)
    anna.upload(b"not in use")
    found = shop.run(shop.parts.store.read(lambda connection: newest_content(connection, limit=2)))
    assert [each.hash for each in found] == [blake3(each).hexdigest() for each in (b"c", b"b")]
