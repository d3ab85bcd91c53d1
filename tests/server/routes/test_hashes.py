"""Hashes as callers send them: what is none is refused, and leads nowhere on the server's disk."""

from pathlib import Path

import pytest

from server.storage.blobs_disk import DiskBlobs
from tests.support.web import Seat, Web

OUTSIDE = ("/etc/" + "./" * 64)[: 64 - len("hostname")] + "hostname"
NONE = ["\0" * 64, "/" + "\0" * 63, OUTSIDE, "A" * 64, "g" * 64, "0" * 63, "0" * 65, "0" * 64 + "\n"]


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_hash_is_refused_before_the_disk_is_looked_at(
    web: Web, anna: Seat, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    looked: list[str] = []
    place = DiskBlobs.place

    def watched(self: DiskBlobs, content_hash: str) -> Path:
        looked.append(content_hash)
        return place(self, content_hash)

    monkeypatch.setattr(DiskBlobs, "place", watched)
    answers = [
        anna.change("/uploads/begin", {"size": 5, "hash": text}),
        anna.client.post("/api/uploads", content=b"12345", params={"hash": text}),
        anna.change(f"/vaults/{anna.vault()}/files", {"path": "a.nc", "upload": "u", "size": 5, "hash": text}),
    ]
    assert [(each.status_code, each.json().get("code")) for each in answers] == [(422, "invalid")] * 3
    assert "hash" in answers[0].json()["detail"]
    assert looked == []


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_hash_has_no_place(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match="is the hash of no content"):
        DiskBlobs(tmp_path).place(text)
