"""Uploads that a server stored and did not live to write down: they go on as if all had arrived."""

import os

import pytest
from blake3 import blake3

from tests.support.uploads import append, finish, offset_of, place, stored_and_not_written_down
from tests.support.web import Seat, Web

CONTENT = os.urandom(2**20)


@pytest.mark.parametrize("params", [{}, {"hash": blake3(b"").hexdigest()}], ids=["plain", "with its hash"])
def test_an_empty_part_at_the_end_throws_nothing_away(web: Web, anna: Seat, params: dict[str, str]) -> None:
    """A seat that was cut off sends one before it goes on."""
    upload = stored_and_not_written_down(anna, CONTENT)
    part = {"params": {"offset": len(CONTENT)} | params, "content": b""}
    answer = anna.client.patch(f"/api/uploads/{upload}", **part)  # type: ignore[arg-type]  # what httpx takes
    assert (answer.status_code, answer.json().get("offset")) == (200, len(CONTENT))
    assert offset_of(anna, upload) == len(CONTENT)
    assert finish(anna, upload, CONTENT).status_code == 200
    assert place(web, CONTENT).read_bytes() == CONTENT


def test_a_part_behind_the_end_is_too_much(anna: Seat) -> None:
    upload = stored_and_not_written_down(anna, CONTENT)
    refused = append(anna, upload, b"more", len(CONTENT))
    assert (refused.status_code, refused.json().get("code")) == (413, "too_large")
    assert finish(anna, upload, CONTENT).status_code == 200


@pytest.mark.parametrize("other", [{"hash": "0" * 64}, {"size": 1}], ids=["hash", "size"])
def test_what_is_wanted_is_compared_with_what_was_stored(anna: Seat, other: dict[str, object]) -> None:
    upload = stored_and_not_written_down(anna, CONTENT)
    refused = finish(anna, upload, CONTENT, **other)
    assert (refused.status_code, refused.json().get("code")) == (422, "wrong_hash")
    assert finish(anna, upload, CONTENT).status_code == 200
