"""`user` and `vault`: who may sign in, from the command line."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.cli.people import read_password
from server.cli.trouble import Exit, Trouble
from server.protocol import calls
from tests.support.client import PASSWORD, Refusal, signed_in
from tests.support.server import RealServer, real_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    with real_server(tmp_path_factory.mktemp("server")) as server:
        yield server


async def test_a_person_is_added_listed_given_another_password_and_disabled(server: RealServer) -> None:
    server.run("user", "add", "Åsa Öberg", "--admin", "--password-stdin", stdin=PASSWORD + "\n")
    assert "Åsa Öberg (administrator)\n" in server.run("user", "list").stdout
    async with signed_in(server.address, "Åsa Öberg") as before:
        assert (await before.get("/session", calls.Me)).administrator
        server.run("user", "password", "Åsa Öberg", "--password-stdin", stdin="another password\n")
        with pytest.raises(Refusal, match="401"):
            await before.get("/session", calls.Me)
    with pytest.raises(Refusal, match="wrong_password"):
        async with signed_in(server.address, "Åsa Öberg"):
            pass
    async with signed_in(server.address, "Åsa Öberg", password="another password"):
        server.run("user", "disable", "Åsa Öberg")
    assert "Åsa Öberg (administrator, disabled)\n" in server.run("user", "list").stdout
    with pytest.raises(Refusal, match="wrong_password"):
        async with signed_in(server.address, "Åsa Öberg", password="another password"):
            pass


async def test_a_person_is_enabled_again_and_made_an_administrator(server: RealServer) -> None:
    server.add_person("Back", PASSWORD)
    server.run("user", "disable", "Back")
    assert server.run("user", "enable", "Back").stdout == "Back may sign in again.\n"
    assert server.run("user", "admin", "Back").stdout == "Back administers this server now.\n"
    async with signed_in(server.address, "Back") as back:
        assert (await back.get("/session", calls.Me)).administrator
        server.run("user", "admin", "Back", "--off")
        assert not (await back.get("/session", calls.Me)).administrator


def test_a_name_that_is_taken_is_said_by_the_server_in_its_own_words(server: RealServer) -> None:
    server.add_person("Twin", PASSWORD)
    again = server.run("user", "add", "twin", "--password-stdin", stdin=PASSWORD + "\n", check=False)
    assert again.returncode == Exit.TROUBLE
    assert again.stderr.startswith("There is a person “twin” already.")
    unknown = server.run("user", "disable", "Nobody/At All", check=False)
    assert unknown.returncode == Exit.TROUBLE
    assert "Nobody" in unknown.stderr


async def test_a_new_vault_is_there_for_everybody(server: RealServer) -> None:
    server.add_person("Reader", PASSWORD)
    server.run("vault", "add", "Turning")
    async with signed_in(server.address, "Reader") as reader:
        assert await reader.vault("Turning")


def test_the_password_is_the_first_line_and_has_to_be_long_enough() -> None:
    assert read_password(from_stdin=True, stdin=io.StringIO("with spaces \r\nmore")) == "with spaces "
    with pytest.raises(Trouble, match="8 to 256 characters; this one has 5"):
        read_password(from_stdin=True, stdin=io.StringIO("short\n"))


def test_a_folder_in_use_whose_server_does_not_say_how_to_reach_it(server: RealServer) -> None:
    door = server.data / "run" / "operator.json"
    told = door.read_text(encoding="utf-8")
    try:
        door.unlink()
        alone = server.run("user", "list", check=False)
        assert alone.returncode == Exit.IN_USE
        assert str(server.data) in alone.stderr
    finally:
        door.write_text(told, encoding="utf-8")


def test_without_a_running_server_a_refusal_is_the_same_sentence(tmp_path: Path) -> None:
    alone = RealServer(tmp_path)
    assert alone.run("user", "add", "Ada", "--password-stdin", stdin=PASSWORD + "\n").stdout == "Ada can sign in now.\n"
    refused = alone.run("user", "disable", "Nobody", check=False)
    assert (refused.returncode, refused.stdout) == (Exit.TROUBLE, "")
    assert refused.stderr == "There is no person “Nobody”. Look at the list of people.\n"


async def test_the_rule_for_sets_is_shown_and_changed(server: RealServer) -> None:
    server.add_person("Ruler", PASSWORD)
    server.run("vault", "add", "Milling")
    assert "by the usual rule" in server.run("vault", "sets", "Milling").stdout
    shown = server.run("vault", "sets", "milling", "--sources", "mcam,.dwg", "--operation", "{part}_OP*").stdout
    assert "CAM sources   .mcam .dwg\n" in shown
    assert "an operation is named  {part}_OP*\n" in shown
    async with signed_in(server.address, "Ruler") as ruler:
        (vault,) = [each for each in (await ruler.get("/vaults", calls.Vaults)).vaults if each.name == "Milling"]
        assert vault.set_rule.sources == [".mcam", ".dwg"]
    wrong = server.run("vault", "sets", "Milling", "--sheet", "(.*)+", check=False)
    assert wrong.returncode == Exit.TROUBLE
    assert wrong.stderr.startswith("“(.*)+” cannot be the template of the sheet: write {part} once")
    assert server.run("vault", "sets", "Milling").stdout == shown
    assert "by the usual rule" in server.run("vault", "sets", "Milling", "--usual").stdout
    nowhere = server.run("vault", "sets", "Nowhere", check=False)
    assert nowhere.returncode == Exit.TROUBLE
    assert "There is no vault “Nowhere”." in nowhere.stderr
