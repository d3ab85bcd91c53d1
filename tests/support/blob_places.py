"""Where contents may lie, for tests that hold on a disk and in a bucket alike: seen from outside, too."""

import sys
from pathlib import Path
from typing import Protocol

import pytest

from server.bucket import bucket_at
from server.storage.blobs import Blobs
from server.storage.blobs_disk import DiskBlobs
from tests.support.s3 import S3

KINDS = ("disk", "s3")


class BlobPlace(Protocol):
    """One such place."""

    def blobs(self) -> Blobs:
        """What a server has that has just been started there: nothing of it is in memory yet."""

    def stored(self) -> dict[str, bytes]:
        """All that lies there, by the last part of its name."""

    def spoil(self, content_hash: str, content: bytes) -> None:
        """Put something else under a hash, as a bad disk or a slip of the hand does."""

    def litter(self, name: str, *, beside: str) -> None:
        """Put something beside the content with that hash, as a program does that looked in."""


class OnDisk:
    """A folder."""

    def __init__(self, folder: Path, *, shared: bool = False) -> None:
        self._folder = folder
        self._shared = shared

    def blobs(self) -> DiskBlobs:
        return DiskBlobs(self._folder, shared=self._shared)

    def stored(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self._folder.rglob("*") if path.is_file()}

    def spoil(self, content_hash: str, content: bytes) -> None:
        self.blobs().place(content_hash).write_bytes(content)

    def litter(self, name: str, *, beside: str) -> None:
        self.blobs().place(beside).with_name(name).write_bytes(b"not a content")


class InBucket:
    """The prefix of a bucket."""

    def __init__(self, s3: S3, url: str) -> None:
        self._s3 = s3
        self.url = url

    def blobs(self) -> Blobs:
        from server.storage.blobs_s3 import S3Blobs

        return S3Blobs(bucket_at(self.url))

    def stored(self) -> dict[str, bytes]:
        return {name.rpartition("/")[2]: content for name, content in self._s3.objects(self.url).items()}

    def spoil(self, content_hash: str, content: bytes) -> None:
        self._s3.put(self.url, f"{content_hash[:2]}/{content_hash[2:4]}/{content_hash}", content)

    def litter(self, name: str, *, beside: str) -> None:
        self._s3.put(self.url, f"{beside[:2]}/{beside[2:4]}/{name}", b"not a content")


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> BlobPlace:
    """A fresh and empty place of each kind."""
    return place_of(request, tmp_path)


def place_of(request: pytest.FixtureRequest, tmp_path: Path) -> BlobPlace:
    """A fresh and empty place of the kind that is asked for."""
    if request.param in ("disk", "shared disk"):
        return OnDisk(tmp_path / "blobs", shared=request.param != "disk")
    if sys.platform == "win32":
        pytest.skip("a server on Windows has its contents on its disk")
    return InBucket(request.getfixturevalue("s3"), request.getfixturevalue("bucket"))
