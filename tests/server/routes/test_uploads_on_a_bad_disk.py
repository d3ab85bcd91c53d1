"""Uploads on a disk that fails: what it could not write down is not called durable, and nothing is said too early."""

import errno
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3

from server.storage.blobs_disk import DiskBlobs
from tests.support.uploads import announced, append, arrived, begin, failing_once, finish, offset_of, place
from tests.support.web import Seat, Web, WebSettings, running

MIB = 2**20
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows brings names to the disk by other calls")


@pytest.fixture
def roomy(tmp_path: Path) -> Iterator[Web]:
    with running(tmp_path, settings=WebSettings(max_file_bytes=64 * MIB)) as started:
        started.add_person("Anna")
        yield started


class LossyDisk:
    """As Linux does it: an fsync that fails says so once, its pages count as clean, and the bytes never get there."""

    def __init__(self, code: int) -> None:
        self._code, self._fsync = code, os.fsync
        self._durable: dict[int, int] = {}
        self.lost = 0

    def __call__(self, descriptor: int) -> None:
        path, found = str(Path(f"/proc/self/fd/{descriptor}").readlink()), os.fstat(descriptor)
        if "/growing/" not in path or not stat.S_ISREG(found.st_mode) or not found.st_size:
            self._fsync(descriptor)
            return
        durable = self._durable.get(found.st_ino, 0)
        if not self.lost:
            self.lost = found.st_size - durable
            os.pwrite(descriptor, bytes(self.lost), durable)
            raise OSError(self._code, os.strerror(self._code), path)
        self._fsync(descriptor)
        self._durable[found.st_ino] = found.st_size


@pytest.mark.skipif(sys.platform != "linux", reason="the disk of this test looks in /proc for the names of open files")
@pytest.mark.parametrize("size", [MIB, 24 * MIB], ids=["at the end", "while more comes"])
@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
def test_what_an_fsync_could_not_write_is_not_called_durable(
    roomy: Web, monkeypatch: pytest.MonkeyPatch, code: int, size: int
) -> None:
    anna, content = roomy.seat("Anna"), os.urandom(size)
    upload = begin(anna, content)
    disk = LossyDisk(code)
    monkeypatch.setattr(os, "fsync", disk)
    assert append(anna, upload, content, 0).status_code == (507 if code == errno.ENOSPC else 500)
    assert disk.lost
    anna.client.close()
    anna = roomy.seat("Anna")  # a fault of the server ends the connection
    while (offset := offset_of(anna, upload)) < len(content):
        assert append(anna, upload, content[offset:], offset).status_code == 200
    assert finish(anna, upload, content).status_code == 200
    wish = {"path": "a.nc", "upload": upload, **announced(content)}
    added = anna.change(f"/vaults/{anna.vault()}/files", wish).json()["file"]["id"]
    got = anna.get(f"/files/{added}/content").content
    anna.client.close()
    assert blake3(got).hexdigest() == announced(content)["hash"], "the revision is not what Anna sent"


@posix
def test_a_name_whose_sync_failed_is_on_the_disk_before_the_upload_is_complete(
    web: Web, anna: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = os.urandom(1000)
    upload, synced = arrived(anna, content), list[bool]()
    folder = place(web, content).parent
    folder.mkdir(parents=True)
    monkeypatch.setattr(os, "fsync", failing_once(folder, OSError(errno.EIO, "Input/output error"), synced))
    assert finish(anna, upload, content).status_code == 500
    again = web.seat("Anna")
    assert finish(again, upload, content).status_code == 200
    again.client.close()
    assert any(synced), "the upload is called complete, and the folder of its content was never synced"


@posix
def test_a_new_folder_whose_sync_failed_is_on_the_disk_before_its_content_is_called_stored(
    web: Web, anna: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = list[bool]()
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(os, "fsync", failing_once(web.folder / "blobs", full, synced))
    assert anna.client.post("/api/uploads", content=b"content").status_code == 507
    assert anna.client.post("/api/uploads", content=b"content").status_code == 201
    assert any(synced), "the content is called stored, and the name of its folder was never synced"


@pytest.mark.parametrize("call", ["give up", "finish", "in one call"])
def test_a_file_that_cannot_be_removed_changes_no_answer(
    web: Web, anna: Seat, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def broken(_: Path, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    content = os.urandom(1000)
    upload = begin(anna, content)
    assert append(anna, upload, bytes(1000), 0).status_code == 200
    monkeypatch.setattr(Path, "unlink", broken)
    match call:
        case "give up":
            assert anna.client.delete(f"/api/uploads/{upload}").status_code == 204
        case "finish":
            answer = finish(anna, upload, content)
            assert (answer.status_code, answer.json().get("code")) == (422, "wrong_hash")
        case _:
            answer = anna.client.post("/api/uploads", content=content, params={"size": 1})
            assert (answer.status_code, answer.json().get("code")) == (422, "wrong_hash")
    assert web.dump()["arrival"] == [] or call == "in one call"


def test_content_that_the_disk_cannot_look_at_is_brought_by_who_has_it(
    web: Web, anna: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = Path.stat

    def broken(path: Path, **named: Any) -> os.stat_result:
        if path.name == announced(content)["hash"]:
            raise OSError(errno.EIO, "Input/output error", str(path))
        return look(path, **named)

    content = b"G1 X1\n" * 100
    file = anna.add("a.nc", content)["id"]
    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", broken)
        begun = anna.change("/uploads/begin", announced(content))
        assert (begun.status_code, begun.json().get("complete")) == (201, False)
    upload = begun.json()["id"]
    assert append(anna, upload, content, 0).status_code == 200
    assert finish(anna, upload, content).status_code == 200
    assert anna.get(f"/files/{file}/content").content == content


def test_a_server_whose_contents_cannot_be_reached_is_not_ready(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: DiskBlobs) -> None:
        raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")

    monkeypatch.setattr(DiskBlobs, "reach", gone)
    with web.client() as client:
        assert client.get("/readyz").status_code == 503
