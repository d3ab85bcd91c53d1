"""What the seam of contents costs on a disk and in a bucket: one large content in and out, and many small ones."""

import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest import mock

from blake3 import blake3

from server.bucket import bucket_at
from server.storage.blobs import Blobs, Content
from server.storage.blobs_disk import DiskBlobs
from server.storage.contents import contents_in
from tests.bench.figures import Figure
from tests.support.s3 import KEYS, S3

ROOT = Path(__file__).resolve().parents[2]
MEGABYTE = 1_000_000
PIECE_BYTES = 2**20
READ_BYTES = 2**18
"""As the routes read."""
SMALL_BYTES = 10_000
WHAT = {"put": "MB/s", "get": "MB/s", "small": "1/s"}
SERVICE = "import sys, tests.support.s3 as s3\nwith s3.service() as it: print(it.address, flush=True); sys.stdin.read()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Of one try: the time it took, and the processor time of this process, both in seconds."""

    seconds: float
    processor: float


def run(*, size: int = 64 * PIECE_BYTES, small: int = 300, rounds: int = 3) -> Sequence[Figure]:
    """A content of that size into each and back, and so many small ones back, in turn."""
    with tempfile.TemporaryDirectory(prefix="pdm-bench-") as folder, _service() as s3:
        places: dict[str, Blobs] = {"s3": contents_in(Path(folder), bucket_at(s3.bucket()))}
        places["disk"] = DiskBlobs(Path(folder) / "blobs")
        tries: dict[str, dict[str, list[Spent]]] = {what: {each: [] for each in places} for what in WHAT}
        little = [_store(places, secrets.token_bytes(SMALL_BYTES)) for _ in range(small)]
        for number in range(rounds):
            for name, blobs in places.items():
                put, get = _large(blobs, f"round-{number}", size)
                tries["put"][name].append(put)
                tries["get"][name].append(get)
                tries["small"][name].append(_spent(partial(_read_all, blobs, little)))
    amounts = {"put": size / MEGABYTE, "get": size / MEGABYTE, "small": float(small)}
    return [_figure(what, unit, tries[what], amounts[what]) for what, unit in WHAT.items()]


def _figure(what: str, unit: str, tries: dict[str, list[Spent]], amount: float) -> Figure:
    """How much in a second; beside it the processor time of this process for one of the unit, in milliseconds."""

    def rate(place: str) -> float:
        return amount / statistics.median(each.seconds for each in tries[place])

    def processor(place: str) -> float:
        return 1_000 * statistics.median(each.processor for each in tries[place]) / amount

    return Figure(
        name=f"blobs_s3_{what}",
        value=rate("s3"),
        unit=unit,
        runs=[amount / each.seconds for each in tries["s3"]],
        peers={"disk": rate("disk"), "cpu ms": processor("s3"), "disk's cpu ms": processor("disk")},
    )


def _large(blobs: Blobs, name: str, size: int) -> tuple[Spent, Spent]:
    """For a content that comes in parts, until it is kept, and for reading it."""
    piece, digest = secrets.token_bytes(PIECE_BYTES), blake3()
    for _ in range(size // PIECE_BYTES):
        digest.update(piece)
    content = Content(size=size, hash=digest.hexdigest())

    def put() -> None:
        growing = blobs.growing(name)
        growing.open(0)
        for _ in range(size // PIECE_BYTES):
            growing.write(piece)
        growing.sync()
        growing.assemble(content)
        growing.keep(content)

    def get() -> None:
        read = 0
        with blobs.open(content.hash) as stored:
            while found := stored.read(READ_BYTES):
                read += len(found)
        if read != size:
            raise AssertionError(f"{read} bytes of {size} came back.")

    spent = _spent(put), _spent(get)
    blobs.remove(content.hash)
    return spent


def _store(places: dict[str, Blobs], content: bytes) -> Content:
    for blobs in places.values():
        incoming = blobs.begin()
        incoming.write(content)
        kept = incoming.finish()
        incoming.keep()
        incoming.discard()
    return kept


def _read_all(blobs: Blobs, wanted: Sequence[Content]) -> None:
    """As a bundle reads them."""
    for each in blobs.small(wanted):
        if not isinstance(each, bytes):
            raise each


def _spent(act: Callable[[], None]) -> Spent:
    began, worked = time.perf_counter(), time.process_time()
    act()
    return Spent(seconds=time.perf_counter() - began, processor=time.process_time() - worked)


@contextmanager
def _service() -> Iterator[S3]:
    """A service in a process of its own, so that it takes no time of who is measured."""
    with (
        mock.patch.dict("os.environ", KEYS),
        subprocess.Popen(
            [sys.executable, "-c", SERVICE], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stdin is not None
        service = S3(int(process.stdout.readline().rpartition(":")[2]))
        try:
            yield service
        finally:
            service.close()
            process.stdin.close()
