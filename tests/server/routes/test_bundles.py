"""Many small files in one call: each by its own rights, and none spoils the others."""

import errno
from typing import Any

import httpx
import pytest
from blake3 import blake3

from server.protocol.bundle import Unpacking
from server.protocol.calls import Bundled
from server.protocol.limits import BUNDLE_BYTES, BUNDLE_FILES, BUNDLED_BYTES
from server.storage.blobs_disk import DiskBlobs
from tests.server.routes.test_uploads_in_parts import shut_out
from tests.support.web import Seat, Web


def states(who: Seat, files: list[Any]) -> httpx.Response:
    return who.client.post("/api/files/states", json={"files": files})


def contents(who: Seat, wanted: list[Any]) -> httpx.Response:
    return who.client.post("/api/files/contents", json={"files": wanted})


def wish(file: dict[str, Any], revision: str = "1.0") -> dict[str, str]:
    return {"file": file["id"], "revision": revision}


def taken(answer: httpx.Response) -> list[tuple[Bundled, bytes]]:
    assert answer.status_code == 200, answer.text
    unpacking = Unpacking()
    parts = list(unpacking.take(answer.content))
    assert unpacking.is_between
    return parts


def refusals(answer: httpx.Response) -> list[str | None]:
    return [None if head.problem is None else head.problem.code for head, _ in taken(answer)]


def test_the_states_of_many_files_are_those_of_each(anna: Seat, ben: Seat) -> None:
    files = [anna.add(f"Jobs/{name}.nc", name.encode()) for name in "abc"]
    anna.change(f"/files/{files[1]['id']}/checkout", {})
    anna.change(f"/files/{files[2]['id']}", method="DELETE")
    ids = [each["id"] for each in reversed(files)]
    found = states(ben, ids)
    assert found.status_code == 200
    assert found.json()["files"] == [ben.get(f"/files/{file}").json() for file in ids]
    assert [each.get("deleted") for each in found.json()["files"]] == [True, False, False]


def test_contents_come_one_behind_the_other_in_the_order_of_the_call(anna: Seat, ben: Seat) -> None:
    content = {name: name.encode() * 50_000 for name in "abc"} | {"empty": b""}
    files = [anna.add(f"Jobs/{name}.nc", each) for name, each in content.items()]
    parts = taken(contents(ben, [wish(each) for each in reversed(files)]))
    assert parts == [
        (Bundled(file=file["id"], size=len(each)), each)
        for file, each in reversed(list(zip(files, content.values(), strict=True)))
    ]


def test_an_older_revision_comes_when_it_is_named(anna: Seat) -> None:
    file = anna.add("a.nc", b"older")
    held = anna.change(f"/files/{file['id']}/checkout", {}).json()
    anna.change(
        f"/files/{file['id']}/checkin", {**anna.upload(b"newer"), "base": "1.0", "token": held["file"]["lock"]["token"]}
    )
    parts = taken(contents(anna, [wish(file, "1.0"), wish(file, "1.1"), wish(file, "9.9"), wish(file, "x")]))
    assert [content for _, content in parts] == [b"older", b"newer", b"", b""]
    assert [each.problem and each.problem.code for each, _ in parts] == [None, None, "not_found", "invalid"]


def test_the_content_of_a_deleted_file_comes_as_it_does_alone(anna: Seat) -> None:
    file = anna.add("a.nc", b"deleted")
    anna.change(f"/files/{file['id']}", method="DELETE")
    assert [each for _, each in taken(contents(anna, [wish(file)]))] == [
        anna.get(f"/files/{file['id']}/content").content
    ]


def test_what_may_not_be_read_is_as_unknown_as_what_there_never_was(web: Web, anna: Seat, ben: Seat, ada: Seat) -> None:
    mine = anna.add("a.nc", b"secret")
    other = ada.change("/vaults", {"name": "Z"})
    assert other.status_code == 201, other.text
    upload = ada.upload(b"theirs")
    added = ada.change(f"/vaults/{other.json()['id']}/files", {"path": "b.nc", **upload}).json()["file"]
    shut_out(web, ben)
    before = web.dump()
    readable = [each["file"]["id"] for each in states(ben, [mine["id"], "no-such-file", added["id"]]).json()["files"]]
    alone = {each: ben.get(f"/files/{each}").status_code == 200 for each in (mine["id"], added["id"])}
    assert readable == [each for each, may in alone.items() if may]
    assert mine["id"] not in readable
    foreign, unknown, *_ = taken(contents(ben, [wish(mine), {"file": "no-such-file", "revision": "1.0"}, wish(added)]))
    assert foreign[1] == b""
    assert foreign[0].problem is not None
    assert foreign[0].problem == unknown[0].problem
    told = ben.get(f"/files/{mine['id']}/content").json()
    assert (foreign[0].problem.status, foreign[0].problem.detail) == (404, told["detail"])
    assert web.dump() == before


def test_who_is_not_signed_in_gets_nothing(web: Web, anna: Seat) -> None:
    file = anna.add("a.nc", b"secret")
    with web.client() as nobody:
        for path, body in (("states", {"files": [file["id"]]}), ("contents", {"files": [wish(file)]})):
            assert nobody.post(f"/api/files/{path}", json=body).status_code == 401


def test_what_is_too_large_for_an_answer_is_left_to_a_call_of_its_own(anna: Seat) -> None:
    exact = anna.add("exact.nc", bytes(BUNDLED_BYTES))
    large = anna.add("large.nc", bytes(BUNDLED_BYTES + 1))
    small = anna.add("small.nc", b"small")
    assert refusals(contents(anna, [wish(large), wish(exact), wish(small)])) == ["too_large", None, None]
    fit = BUNDLE_BYTES // BUNDLED_BYTES
    parts = taken(contents(anna, [wish(exact)] * (fit + 2)))
    assert sum(len(each) for _, each in parts) == BUNDLE_BYTES
    assert [head.problem is None for head, _ in parts] == [True] * fit + [False] * 2


def test_content_that_is_gone_or_cut_spoils_no_other(web: Web, anna: Seat) -> None:
    files = [anna.add(f"{name}.nc", name.encode() * 100) for name in "abc"]
    blobs = web.parts.blobs
    blobs.remove(blake3(b"a" * 100).hexdigest())
    blobs.place(blake3(b"b" * 100).hexdigest()).write_bytes(b"b")  # type: ignore[attr-defined]  # these are on a disk
    assert refusals(contents(anna, [wish(each) for each in files])) == ["internal", "internal", None]


def test_content_that_cannot_be_read_spoils_no_other(web: Web, anna: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bad sector, or a copy from a backup that only another user of the computer may read."""
    files = [anna.add(f"{name}.nc", name.encode() * 100) for name in "abc"]
    opened = DiskBlobs.open

    def picky(self: DiskBlobs, content_hash: str, *, at: int = 0) -> Any:
        if content_hash == files[1]["head"]["hash"]:
            raise PermissionError(errno.EACCES, "Permission denied")
        return opened(self, content_hash, at=at)

    monkeypatch.setattr(DiskBlobs, "open", picky)
    assert refusals(contents(anna, [wish(each) for each in files])) == [None, "internal", None]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "files"),
        ({"files": []}, "files"),
        ({"files": ["x"] * (BUNDLE_FILES + 1)}, "files"),
        ({"files": ["x"], "also": 1}, "also"),
        ({"files": [5]}, "files.0"),
        ({"files": [""]}, "files.0"),
    ],
)
def test_wrong_wishes_for_states_are_422_and_name_what_is_wrong(anna: Seat, body: Any, named: str) -> None:
    answer = anna.client.post("/api/files/states", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert f"“{named}”" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        ([], "files"),
        ([{"file": "a", "revision": "1.0"}] * (BUNDLE_FILES + 1), "files"),
        ([{"file": "a"}], "files.0.revision"),
        ([{"revision": "1.0"}], "files.0.file"),
        ([{"file": "a", "revision": 1.0}], "files.0.revision"),
        ([{"file": "a", "revision": "1" * 25}], "files.0.revision"),
        ([{"file": "a", "revision": "1.0", "start": 5}], "files.0.start"),
        (["a"], "files.0"),
    ],
)
def test_wrong_wishes_for_contents_are_422_and_name_what_is_wrong(anna: Seat, wanted: Any, named: str) -> None:
    answer = contents(anna, wanted)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert f"“{named}”" in answer.json()["detail"]


def test_neither_changes_anything(web: Web, anna: Seat) -> None:
    file = anna.add("a.nc", b"content")
    before = web.dump()
    states(anna, [file["id"]])
    taken(contents(anna, [wish(file)]))
    assert web.dump() == before
