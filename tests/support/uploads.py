"""Uploads in parts as a seat sends them, each step by itself."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from blake3 import blake3

from server.domain.errors import Full
from server.services import arrivals
from tests.support.web import Seat, Web


def announced(content: bytes) -> dict[str, Any]:
    """What is said of content beforehand."""
    return {"size": len(content), "hash": blake3(content).hexdigest()}


def begin(who: Seat, content: bytes) -> str:
    """The id of a new upload of it."""
    answer = who.change("/uploads/begin", announced(content))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def append(who: Seat, upload: str, part: bytes, offset: int) -> httpx.Response:
    """The next part."""
    return who.client.patch(f"/api/uploads/{upload}", params={"offset": offset}, content=part)


def finish(who: Seat, upload: str, content: bytes, **other: Any) -> httpx.Response:
    """All parts are sent."""
    return who.client.post(f"/api/uploads/{upload}/finish", json=announced(content) | other)


def offset_of(who: Seat, upload: str) -> int:
    """Where it goes on."""
    return int(who.get(f"/uploads/{upload}").json()["offset"])


def arrived(who: Seat, content: bytes) -> str:
    """The id of an upload of which all parts are here, and which is not finished."""
    upload = begin(who, content)
    assert append(who, upload, content, 0).status_code == 200
    return upload


def finished(who: Seat, content: bytes) -> str:
    """The id of an upload that is complete."""
    upload = arrived(who, content)
    assert finish(who, upload, content).status_code == 200
    return upload


def stored_and_not_written_down(who: Seat, content: bytes) -> str:
    """The id of an upload whose content has its place, and for whose row there was no room."""

    def no_room(*_: object, **__: object) -> None:
        raise Full

    upload = arrived(who, content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrivals, "complete_upload", no_room)
        assert finish(who, upload, content).status_code == 507
    return upload


def place(web: Web, content: bytes) -> Path:
    """Where content lies on the server's disk, or would."""
    name = blake3(content).hexdigest()
    return web.folder / "blobs" / name[:2] / name[2:4] / name


def failing_once(folder: Path, error: OSError, synced: list[bool]) -> Callable[[int], None]:
    """An fsync that fails for a folder the first time; `synced` says how each try of that folder went."""
    fsync = os.fsync

    def picky(descriptor: int) -> None:
        if os.path.samestat(os.fstat(descriptor), folder.stat()):
            synced.append(bool(synced))
            if len(synced) == 1:
                raise error
        fsync(descriptor)

    return picky
