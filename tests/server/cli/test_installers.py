"""`installer`: put on a server that runs or not, listed, taken away; and that connected seats hear of it."""

import hashlib
from pathlib import Path

import httpx
import pytest

from server.cli.trouble import Exit
from server.protocol import calls
from server.protocol.events import Changed
from server.storage.installers import MAGIC
from tests.support.client import PASSWORD, Refusal, signed_in
from tests.support.server import RealServer, real_server

CONTENT = MAGIC + b"a seat" * 10_000 + "\x05DigitalSignature".encode("utf-16-le")
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def built(tmp_path: Path) -> str:
    path = tmp_path / "PDM-Desktop-77.0.1-x64.msi"
    path.write_bytes(CONTENT)
    return str(path)


async def test_a_seat_hears_of_an_installer_that_is_added_while_the_server_runs(tmp_path: Path, built: str) -> None:
    with real_server(tmp_path / "server") as server:
        server.add_person("Ada", PASSWORD)
        async with signed_in(server.address, "Ada") as ada, ada.listen() as ear:
            hello = await ear.greeted()
            await ear.resume()
            added = server.run("installer", "add", built)
            assert added.stdout.splitlines() == [
                "PDM-Desktop-77.0.1-x64.msi is there for every seat.",
                f"77.0.1  {len(CONTENT):,} bytes  SHA-256 {SHA256}",
            ]
            assert (await ear.until(Changed)).message == Changed(what="releases")
            told = await ada.get("/server", calls.ServerInfo)
            assert (hello.newest_client, told.newest_client) == (told.version, "77.0.1")
            async with ada.listen() as again:
                assert (await again.greeted()).newest_client == "77.0.1"
        assert server.run("installer", "list").stdout == f"77.0.1  {len(CONTENT):,} bytes  SHA-256 {SHA256}\n"
        server.run("installer", "remove", "77.0.1")
        assert server.run("installer", "list").stdout == ""
        async with signed_in(server.address, "Ada") as ada:
            with pytest.raises(Refusal, match="404"):
                await ada.get("/installer", calls.Installer)


def test_an_installer_is_there_at_the_next_start(tmp_path: Path, built: str) -> None:
    stopped = RealServer(tmp_path / "server", settings={"PDM_OLDEST_CLIENT": "66.0.0"})
    stopped.run("installer", "add", built)
    stopped.start()
    try:
        told = httpx.get(f"{stopped.address}/api/server", trust_env=False).json()
        content = httpx.get(f"{stopped.address}/api/installer/content", trust_env=False).content
    finally:
        assert stopped.stop() == 0
    assert (told["oldest_client"], told["newest_client"], content) == ("66.0.0", "77.0.1", CONTENT)
    assert "oldest_client_is_newer_than_all" not in stopped.log_text
    assert "older_seats_find_no_installer" not in stopped.log_text


def test_a_server_that_shuts_everybody_out_says_so_in_its_log(tmp_path: Path) -> None:
    with real_server(tmp_path / "server", settings={"PDM_OLDEST_CLIENT": "66.0.0"}) as server:
        assert "oldest_client_is_newer_than_all" in server.log_text
        assert "older_seats_find_no_installer" in server.log_text


def test_who_takes_away_what_older_seats_need_is_warned(tmp_path: Path, built: str) -> None:
    shop = RealServer(tmp_path / "server", settings={"PDM_OLDEST_CLIENT": "66.0.0"})
    warning = "WARNING: “oldest_client” is 66.0.0, and no installer here is that new."
    assert warning not in shop.run("installer", "add", built).stdout
    assert warning in shop.run("installer", "remove", "77.0.1").stdout


def test_an_installer_without_a_signature_comes_with_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "PDM-Desktop-77.0.1-x64.msi"
    path.write_bytes(MAGIC + b"a seat")
    added = RealServer(tmp_path / "server").run("installer", "add", str(path))
    assert "WARNING: PDM-Desktop-77.0.1-x64.msi carries no digital signature." in added.stdout


def test_what_cannot_be_added_or_removed_is_said(tmp_path: Path) -> None:
    server = RealServer(tmp_path / "server")
    page = tmp_path / "PDM-Desktop-77.0.1-x64.msi"
    page.write_bytes(b"<html>")
    for words, code, why in (
        (("add", str(page)), Exit.USAGE, "no Windows installer"),
        (("add", str(tmp_path / "PDM-Desktop-77.0.2-x64.msi")), Exit.TROUBLE, "No such file"),
        (("remove", "77.0.1"), Exit.TROUBLE, "There is no installer of version 77.0.1"),
    ):
        done = server.run("installer", *words, check=False)
        assert (done.returncode, why in done.stderr) == (code, True), done.stderr
