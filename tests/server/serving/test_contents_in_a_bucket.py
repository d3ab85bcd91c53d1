"""A real server whose contents are in a bucket: everything goes as on a disk, and nothing of them is on its own."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
import pytest
from blake3 import blake3

from server.cli.trouble import Exit
from server.protocol.calls import Announced, Upload, UploadProgress
from server.protocol.limits import is_hash
from tests.support.client import PASSWORD, Client, signed_in
from tests.support.memory import MEGABYTE, Peak
from tests.support.s3 import KEYS, S3
from tests.support.server import ROOT, RealServer, real_server

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a server on Windows has its contents on its disk")

MIB = 2**20
CONTENT = os.urandom(6 * MIB + 3)
KEPT = 2 * MIB + 5


def settings(url: str) -> dict[str, str]:
    return KEYS | {"PDM_BLOBS_URL": url}


def hashes(s3: S3, url: str) -> set[str]:
    return {last for name in s3.objects(url) if is_hash(last := name.rpartition("/")[2])}


async def test_a_day_of_a_server_whose_contents_are_in_a_bucket(tmp_path: Path, s3: S3) -> None:
    """Files, revisions, ranges, many at once, pieces, an upload that another node goes on with after a kill."""
    url = s3.bucket()
    with real_server(tmp_path / "one", settings=settings(url)) as server:
        server.add_person("Ada", PASSWORD)
        async with signed_in(server.address, "Ada") as ada:
            vault = await ada.vault()
            added = await ada.add(vault, "Parts/a.nc", b"G0 X0\n")
            file = added.file.id
            checked_in = await ada.check_in(await ada.check_out(file), b"G1 X1\n" * 100_000)
            assert await ada.content(file) == b"G1 X1\n" * 100_000
            part = await ada.http.get(f"/api/files/{file}/content", headers={"Range": "bytes=6-11"})
            assert (part.status_code, part.content) == (206, b"G1 X1\n")
            both = [{"file": file, "revision": each.file.head.number} for each in (added, checked_in)]
            bundle = await ada.http.post("/api/files/contents", json={"files": both})
            assert bundle.content.endswith(b"G1 X1\n" * 100_000)
            assert b"G0 X0\n" in bundle.content
            wish = {
                "revision": checked_in.file.head.number,
                "pieces": [{"start": 6, "size": 3}, {"start": 300_000, "size": 6}],
            }
            assert (await ada.http.post(f"/api/files/{file}/pieces", json=wish)).content == b"G1 G1 X1\n"
            assert (await ada.http.get(f"/api/files/{file}/chunks")).status_code == 200
            upload = (await ada.begin_upload(CONTENT)).id
            await _cut_off_by_a_kill(server, ada, upload)
        assert not (server.data / "blobs").exists()
        (tmp_path / "two").mkdir()
        server.data.rename(tmp_path / "two" / "data")
    with real_server(tmp_path / "two", settings=settings(url)) as another:
        async with signed_in(another.address, "Ada") as ada:
            offset = (await ada.upload_progress(upload)).offset
            assert KEPT <= offset <= 4 * MIB
            await ada.append(upload, CONTENT[offset:], offset=offset)
            finished = await ada.finish_upload(upload, CONTENT)
            made = await ada.add_upload(await ada.vault(), "Parts/b.nc", finished)
            assert await ada.content(made.file.id) == CONTENT
        assert [name for name in s3.objects(url) if name.startswith(("growing/", "incoming/"))] == []
        assert blake3(CONTENT).hexdigest() in hashes(s3, url)
        assert not (another.data / "blobs").exists()


@pytest.mark.full
@pytest.mark.parametrize("way", ["in parts", "in one call"])
async def test_a_large_content_takes_little_memory_of_the_server(tmp_path: Path, s3: S3, way: str) -> None:
    size = 256 * MIB
    block = os.urandom(MIB)
    digest = blake3(block * 256).hexdigest()

    async def content() -> AsyncIterator[bytes]:
        for _ in range(256):
            yield block

    with real_server(tmp_path, settings=settings(s3.bucket())) as server:
        server.add_person("Ada", PASSWORD)
        async with signed_in(server.address, "Ada") as ada:
            file = (await ada.add(await ada.vault(), "Parts/a.nc")).file.id
            await ada.content(file)  # what is loaded once is in memory by now
            peak = Peak(server.pid)
            if way == "in one call":
                upload = await ada.upload(content())
            else:
                begun = await ada.change("POST", "/uploads/begin", Announced(size=size, hash=digest))
                opened = msgspec.json.decode(begun, type=UploadProgress)
                await ada.append(opened.id, content(), offset=0)
                finish = {"size": size, "hash": digest}
                done = await ada.http.post(f"/api/uploads/{opened.id}/finish", json=finish, timeout=300)
                upload = msgspec.json.decode(done.content, type=Upload)
            assert (upload.size, upload.hash) == (size, digest)
            made = await ada.add_upload(await ada.vault(), "Parts/b.nc", upload)
            read = blake3()
            async with ada.http.stream("GET", f"/api/files/{made.file.id}/content") as answer:
                async for piece in answer.aiter_bytes():
                    read.update(piece)
            assert read.hexdigest() == digest
            assert peak.bytes() < 96 * MEGABYTE


async def _cut_off_by_a_kill(server: RealServer, ada: Client, upload: str) -> None:
    """In the middle of its second part."""

    async def part() -> AsyncIterator[bytes]:
        yield CONTENT[KEPT : 4 * MIB]
        await asyncio.to_thread(server.kill)

    assert (await ada.append(upload, CONTENT[:KEPT], offset=0)).offset == KEPT
    with pytest.raises(httpx.TransportError):
        await ada.append(upload, part(), offset=KEPT)


def test_a_server_without_its_bucket_does_not_start_and_says_why(tmp_path: Path, s3: S3) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "server", "serve", "--data", str(tmp_path / "data"), "--port", "0"],
        cwd=ROOT,
        env=os.environ | settings(s3.url("no-such-bucket")),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == Exit.TROUBLE
    assert done.stdout == ""
    said = done.stderr.splitlines()[-1]
    for word in ("contents", "“no-such-bucket”", s3.address, "no such bucket", "“blobs_url”"):
        assert word in said
    for key in KEYS.values():
        assert key not in done.stderr
