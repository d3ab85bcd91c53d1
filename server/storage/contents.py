"""Where a server has its contents, by its settings: in a bucket, or on the disk of its data folder."""

from collections.abc import Collection
from pathlib import Path
from typing import Final

from server.bucket import Bucket
from server.storage.blobs import Blobs, Content
from server.storage.blobs_disk import DiskBlobs

FOLDER: Final = "blobs"
"""Their folder in the data folder."""


class OtherContents(Exception):
    """What was found are not the contents of this database. The text says what to do."""


def open_contents(
    data: Path, bucket: Bucket | None, *, owner: str, named: Collection[Content], shared: bool = False
) -> Blobs:
    """Those of a server that begins to work, ready for more. May wait for the network.

    `owner` is the server's id: contents of another one would be collected as not needed, by either of them. `named` are
    some that its database names: a bucket which no server has used yet, and which has none of these, is a wrong one, or
    what it should have was not copied. `shared`: other nodes have the same ones. Raises OtherContents, Full,
    ContentsAway, ValueError, OSError.
    """
    if bucket is None:
        contents: Blobs = DiskBlobs(data / FOLDER, shared=shared)
    else:
        from server.storage.blobs_s3 import MARKER, S3Blobs

        contents = S3Blobs(bucket, owner=owner)
        found = contents.owner()
        if found not in (None, owner):
            raise OtherContents(
                f"The contents of another server are below “{bucket.prefix}” in the bucket {bucket}, and each would"
                " remove what the other needs. Give this one a prefix of its own in the setting “blobs_url”. If that"
                f" server is gone for good, with all it had, remove its object {MARKER} there."
            )
        if found is None and named and not any(map(contents.has, named)):
            raise OtherContents(
                f"The database names contents, and the bucket {bucket} has none of the newest {len(named)}, and was"
                f" never used. Check the setting “blobs_url”; or copy {data / FOLDER} there first, as docs/server.md"
                f" says. If the contents are lost, and the server is to start without: put an object {MARKER} there."
            )
    contents.prepare()
    return contents


def contents_in(data: Path, bucket: Bucket | None) -> Blobs:
    """Those in the bucket, if there is one, else those of the data folder. Raises ValueError, OSError."""
    if bucket is None:
        return DiskBlobs(data / FOLDER)
    from server.storage.blobs_s3 import S3Blobs  # its engine is loaded only where a bucket is chosen

    return S3Blobs(bucket)
