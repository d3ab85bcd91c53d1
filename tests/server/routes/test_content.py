"""The bytes of a revision, whole and in parts."""

import os
from typing import Any

import pytest
from blake3 import blake3

from server.routes.content import Part, part_in
from tests.support.web import Seat, Web

CONTENT = os.urandom(700_000)
TAG = f'"{blake3(CONTENT).hexdigest()}"'


@pytest.fixture
def file(anna: Seat) -> dict[str, Any]:
    return anna.add("Parts/Grundplatte größer.nc", CONTENT)


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-0", 0, 1), ("bytes=100-", 100, None), ("bytes=-5", -5, None), ("bytes=10-9999999", 10, None),
     ("bytes=300000-600000", 300_000, 600_001)],
)  # fmt: skip
def test_one_range_is_206_with_its_place(
    ben: Seat, file: dict[str, Any], asked: str, start: int, end: int | None
) -> None:
    answer = ben.get(f"/files/{file['id']}/content", headers={"Range": asked})
    assert (answer.status_code, answer.content) == (206, CONTENT[start:end])
    first = start % len(CONTENT)
    assert answer.headers["content-range"] == f"bytes {first}-{first + len(answer.content) - 1}/{len(CONTENT)}"


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "lines=1-2", "bytes=5-2", "bytes=", "nonsense"])
def test_what_is_no_single_range_gets_everything(ben: Seat, file: dict[str, Any], asked: str) -> None:
    answer = ben.get(f"/files/{file['id']}/content", headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, CONTENT)


def test_a_range_behind_the_end_is_416_with_the_size(ben: Seat, file: dict[str, Any]) -> None:
    answer = ben.get(f"/files/{file['id']}/content", headers={"Range": f"bytes={len(CONTENT)}-"})
    assert (answer.status_code, answer.json()["code"]) == (416, "bad_range")
    assert answer.headers["content-range"] == f"bytes */{len(CONTENT)}"
    assert "Grundplatte größer.nc" in answer.json()["detail"]


def test_a_range_counts_only_for_the_content_it_was_meant_for(ben: Seat, file: dict[str, Any]) -> None:
    path = f"/files/{file['id']}/content"
    same = ben.get(path, headers={"Range": "bytes=0-9", "If-Range": TAG})
    other = ben.get(path, headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert [(each.status_code, len(each.content)) for each in (same, other)] == [(206, 10), (200, len(CONTENT))]
    assert ben.get(path, headers={"If-None-Match": TAG}).status_code == 304


def test_head_tells_all_but_the_bytes(ben: Seat, file: dict[str, Any]) -> None:
    answer = ben.client.head(f"/api/files/{file['id']}/content")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(CONTENT))
    assert answer.headers["x-content-hash"] == file["head"]["hash"]
    assert "Grundplatte%20gr%C3%B6%C3%9Fer.nc" in answer.headers["content-disposition"]


def test_an_empty_file_has_no_part(web: Web, anna: Seat) -> None:
    empty = anna.add("empty.nc", b"")
    assert anna.get(f"/files/{empty['id']}/content").content == b""
    assert anna.get(f"/files/{empty['id']}/content", headers={"Range": "bytes=0-0"}).status_code == 416


def test_a_revision_that_never_was_is_404(ben: Seat, file: dict[str, Any]) -> None:
    answer = ben.get(f"/files/{file['id']}/content", params={"revision": "9.9"})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "Rev 9.9" in answer.json()["detail"]


def test_a_part_never_leaves_the_content() -> None:
    for size in range(4):
        for first in ("", *map(str, range(5))):
            for last in ("", *map(str, range(5))):
                try:
                    part = part_in(f"bytes={first}-{last}", size=size)
                except ValueError:
                    continue
                assert part is None or 0 <= part.start < part.end <= size
    assert part_in(None, size=3) is None
    assert part_in("bytes=1-1", size=3) == Part(1, 2)
