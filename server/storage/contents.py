"""Where a server has its contents, by its settings: in a bucket, or on the disk of its data folder."""

from pathlib import Path
from typing import Final

from server.bucket import Bucket
from server.storage.blobs import Blobs
from server.storage.blobs_disk import DiskBlobs

FOLDER: Final = "blobs"
"""Their folder in the data folder."""


def contents_in(data: Path, bucket: Bucket | None) -> Blobs:
    """Those in the bucket, if there is one, else those of the data folder. Raises ValueError, OSError."""
    if bucket is None:
        return DiskBlobs(data / FOLDER)
    from server.storage.blobs_s3 import S3Blobs  # its engine is loaded only where a bucket is chosen

    return S3Blobs(bucket)
