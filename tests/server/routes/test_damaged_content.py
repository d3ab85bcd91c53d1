"""Content that a bad disk has damaged: nobody is told that it is stored, and whoever has it whole brings it again."""

from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3
from sqlalchemy import Connection

from server.domain.errors import Full
from server.routes import arriving
from server.services import arrivals
from server.services.arrivals import Arrival
from server.storage.blobs import Content
from server.storage.blobs_disk import DiskBlobs
from tests.support.web import Seat, Web

CONTENT = b"G1 X1 Y1\n" * 100_000


def announced(content: bytes) -> dict[str, Any]:
    return {"size": len(content), "hash": blake3(content).hexdigest()}


def begin(who: Seat, content: bytes = CONTENT) -> dict[str, Any]:
    answer = who.change("/uploads/begin", announced(content))
    assert answer.status_code == 201, answer.text
    begun: dict[str, Any] = answer.json()
    return begun


def send(who: Seat, content: bytes = CONTENT) -> str:
    """As a seat does it: what the server says that it has is not sent again."""
    begun = begin(who, content)
    upload: str = begun["id"]
    if not begun["complete"]:
        sent = who.client.patch(f"/api/uploads/{upload}", params={"offset": 0}, content=content)
        assert sent.status_code == 200, sent.text
        assert who.client.post(f"/api/uploads/{upload}/finish", json=announced(content)).status_code == 200
    return upload


def place(web: Web, content: bytes = CONTENT) -> Path:
    name = blake3(content).hexdigest()
    return web.folder / "blobs" / name[:2] / name[2:4] / name


@pytest.mark.parametrize(
    "left", [b"", CONTENT[:100], CONTENT + b"\0", CONTENT[:-1] + b"\0"], ids=["empty", "cut", "longer", "changed"]
)
def test_who_has_it_whole_brings_it_again(web: Web, anna: Seat, left: bytes) -> None:
    send(anna)
    assert begin(anna)["complete"]
    place(web).write_bytes(left)
    assert not begin(anna)["complete"]
    send(anna)
    assert place(web).read_bytes() == CONTENT
    assert begin(anna)["complete"]


def test_it_is_healed_for_everybody_who_has_it_in_a_revision(web: Web, anna: Seat, ben: Seat) -> None:
    file = anna.add("Parts/a.nc", CONTENT)
    place(web).write_bytes(b"")
    assert ben.get(f"/files/{file['id']}/content").status_code == 500
    held = anna.change(f"/files/{file['id']}/checkout", {}).json()["file"]
    wish = {"base": "1.0", "token": held["lock"]["token"], "upload": send(anna), **announced(CONTENT)}
    assert anna.change(f"/files/{file['id']}/checkin", wish).status_code == 200
    for revision in ("1.0", "1.1"):
        assert ben.get(f"/files/{file['id']}/content", params={"revision": revision}).content == CONTENT


@pytest.mark.parametrize("what", ["content", "chunks"])
def test_what_was_cut_is_a_fault_that_is_said_before_anything_else(web: Web, anna: Seat, what: str) -> None:
    """A seat that gets so far and no further would try for ever; of this it knows, and sends the whole instead."""
    file = anna.add("Parts/a.nc", CONTENT)
    place(web).write_bytes(CONTENT[:100])
    assert anna.get(f"/files/{file['id']}/{what}").status_code == 500


def test_what_was_stored_and_not_written_down_is_looked_at_again(web: Web, anna: Seat) -> None:
    upload = begin(anna)["id"]
    assert anna.client.patch(f"/api/uploads/{upload}", params={"offset": 0}, content=CONTENT).status_code == 200
    break_off(web, anna, upload)
    assert anna.get(f"/uploads/{upload}").json()["offset"] == len(CONTENT)
    place(web).write_bytes(CONTENT[:100])
    assert anna.get(f"/uploads/{upload}").json()["offset"] == 0
    finish = anna.client.post(f"/api/uploads/{upload}/finish", json=announced(CONTENT))
    assert (finish.status_code, finish.json()["offset"]) == (409, 0)
    assert anna.client.patch(f"/api/uploads/{upload}", params={"offset": 0}, content=CONTENT).status_code == 200
    assert anna.client.post(f"/api/uploads/{upload}/finish", json=announced(CONTENT)).status_code == 200
    assert place(web).read_bytes() == CONTENT


def break_off(web: Web, who: Seat, upload: str) -> None:
    """The content has its place, and there was no room for its row."""

    def no_room(*_: object, **__: object) -> None:
        raise Full

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrivals, "complete_upload", no_room)
        assert who.client.post(f"/api/uploads/{upload}/finish", json=announced(CONTENT)).status_code == 507


def test_only_what_is_small_and_may_be_read_is_read_to_compare_it(
    web: Web, anna: Seat, ben: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check-in waits for no more than one look at the disk; and how long it waits tells nobody what others have."""
    read: list[Content] = []
    whole = DiskBlobs.is_whole

    def watched(self: DiskBlobs, content: Content) -> bool:
        read.append(content)
        return whole(self, content)

    monkeypatch.setattr(DiskBlobs, "is_whole", watched)
    send(anna)
    assert (begin(ben)["complete"], read) == (False, [])
    assert (begin(anna)["complete"], len(read)) == (True, 1)
    monkeypatch.setattr(arriving, "COMPARED_BYTES", len(CONTENT) - 1)
    assert (begin(anna)["complete"], len(read)) == (True, 1)


def test_an_upload_keeps_its_hash_though_very_many_others_are_asked_about(
    web: Web, anna: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is written down that it is checked, so many seats come back and ask how far theirs are."""
    marked = arrivals.mark_checked

    def busy(connection: Connection, of: Arrival) -> None:
        for number in range(1_024):
            web.parts.blobs.growing(f"other-{number}").on_disk()
        marked(connection, of)

    monkeypatch.setattr(arrivals, "mark_checked", busy)
    send(anna)
    assert place(web).read_bytes() == CONTENT
    assert not place(web, b"").exists()
