"""The seat's installer over HTTP: to everybody, whole and in parts, and plainly none."""

import hashlib
from pathlib import Path

import pytest

from server.storage.installers import MAGIC
from tests.support.web import Web

CONTENT = MAGIC + bytes(range(256)) * 3000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
NAME = "PDM-Desktop-77.0.1-x64.msi"


@pytest.fixture
def with_installer(web: Web) -> Web:
    folder = web.folder / "installers"
    folder.mkdir()
    (folder / NAME).write_bytes(CONTENT)
    return web


def test_without_an_installer_it_is_404_and_says_so(web: Web) -> None:
    with web.client() as client:
        answers = [client.get(path) for path in ("/api/installer", "/api/installer/content")]
    assert [(each.status_code, each.json()["code"]) for each in answers] == [(404, "not_found")] * 2
    assert "No installer" in answers[0].json()["detail"]


def test_everybody_learns_what_there_is_without_a_sign_in(with_installer: Web) -> None:
    with with_installer.client() as client:
        told = client.get("/api/installer")
        server = client.get("/api/server").json()
    assert told.json() == {"name": NAME, "version": "77.0.1", "size": len(CONTENT), "sha256": SHA256}
    assert server["newest_client"] == "77.0.1"


def test_its_bytes_come_whole_and_in_parts(with_installer: Web) -> None:
    path, tag = "/api/installer/content", f'"{SHA256}"'
    with with_installer.client() as client:
        whole = client.get(path)
        part = client.get(path, headers={"Range": "bytes=700000-", "If-Range": tag})
        other = client.get(path, headers={"Range": "bytes=700000-", "If-Range": '"another"'})
        behind = client.get(path, headers={"Range": f"bytes={len(CONTENT)}-"})
        known = client.get(path, headers={"If-None-Match": tag})
        head = client.head(path)
    assert (whole.status_code, whole.content, whole.headers["etag"]) == (200, CONTENT, tag)
    assert (part.status_code, part.content) == (206, CONTENT[700_000:])
    assert part.headers["content-range"] == f"bytes 700000-{len(CONTENT) - 1}/{len(CONTENT)}"
    assert (other.status_code, other.content) == (200, CONTENT)
    assert (behind.status_code, behind.json()["code"]) == (416, "bad_range")
    assert (known.status_code, known.content) == (304, b"")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(CONTENT)))


def test_one_that_is_taken_away_is_offered_no_more(with_installer: Web) -> None:
    Path(with_installer.folder / "installers" / NAME).unlink()
    with with_installer.client() as client:
        assert client.get("/api/installer").status_code == 404
