"""`vault rules`: shown, set from a file, tried with names; what is wrong is said and changes nothing."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.cli.trouble import Exit
from server.protocol import calls
from server.protocol.vault_rules import VaultRules
from tests.support.client import PASSWORD, signed_in
from tests.support.server import RealServer, real_server

RULES = {
    "extensions": [".nc", ".mcam"],
    "pattern": "[0-9]{4}-.*",
    "good": ["2210-block.nc"],
    "max_bytes": 2_500_000,
    "counting": "major",
    "comment": True,
    "alone": [".mcam"],
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    with real_server(tmp_path_factory.mktemp("server")) as server:
        server.add_person("Ruler", PASSWORD)
        server.run("vault", "add", "Milling")
        yield server


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "rules.json"
    made.write_text(json.dumps(RULES))
    return made


@pytest.fixture
def given(file: Path, request: pytest.FixtureRequest) -> Path:
    """The same with that content."""
    file.write_text(request.param)
    return file


async def rules_now(server: RealServer) -> VaultRules:
    async with signed_in(server.address, "Ruler") as ruler:
        (vault,) = [each for each in (await ruler.get("/vaults", calls.Vaults)).vaults if each.name == "Milling"]
        return vault.file_rules


async def test_they_are_set_from_a_file_shown_and_taken_away(server: RealServer, file: Path) -> None:
    assert "none, everything may come" in server.run("vault", "rules", "Milling", "--none").stdout
    shown = server.run("vault", "rules", "milling", "--set", str(file)).stdout
    for line in (
        "extensions       .nc .mcam",
        "names            [0-9]{4}-.*",
        "largest file     2.5 MB",
        "revisions        every check-in is a major one",
        "comment          needed",
    ):
        assert f"{line}\n" in shown
    assert await rules_now(server) == VaultRules(**RULES)  # type: ignore[arg-type] # as JSON has them
    as_json = server.run("vault", "rules", "Milling", "--json").stdout
    assert json.loads(as_json) == RULES | {"bad": []}
    server.run("vault", "rules", "Milling", "--none")
    assert await rules_now(server) == VaultRules()


async def test_names_are_tried_with_the_rules_of_a_file_which_are_not_set(server: RealServer, file: Path) -> None:
    before = await rules_now(server)
    asked = ("vault", "rules", "Milling", "--set", str(file))
    good = server.run(*asked, "--try", "2210-plate.nc")
    assert good.stdout == "“2210-plate.nc” is a good name.\n"
    tried = server.run(*asked, "--try", "2210-plate.nc", "--try", "plate.nc", check=False)
    assert tried.returncode == Exit.TROUBLE
    assert tried.stdout.splitlines()[1].startswith("“plate.nc” does not fit this vault's pattern for names")
    assert await rules_now(server) == before


def test_names_are_tried_with_the_rules_that_hold(server: RealServer) -> None:
    assert server.run("vault", "rules", "Milling", "--try", "any thing.xyz").stdout.endswith("is a good name.\n")
    none = server.run("vault", "rules", "Milling", "--try", "aux", check=False)
    assert (none.returncode, "aux" in none.stdout) == (Exit.TROUBLE, True)


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ("{", Exit.USAGE, "is no JSON"),
        ("[" * 100_000, Exit.USAGE, "is no JSON"),
        ("[]", Exit.USAGE, "written in braces"),
        (" " * (1 << 20) + "{}", Exit.USAGE, "too long"),
        ('{"extension": [".nc"]}', Exit.TROUBLE, "extension"),
        ('{"max_bytes": "2 MB"}', Exit.TROUBLE, "max_bytes"),
        ('{"pattern": "(", "good": ["a"]}', Exit.TROUBLE, "cannot be used"),
    ],
    ids=["cut off", "deep", "a list", "long", "no such rule", "text for a number", "no pattern"],
    indirect=["given"],
)
async def test_what_cannot_be_rules_is_said_and_changes_nothing(
    server: RealServer, given: Path, code: Exit, words: str
) -> None:
    before = await rules_now(server)
    wrong = server.run("vault", "rules", "Milling", "--set", str(given), check=False)
    assert (wrong.returncode, words in wrong.stderr, "Traceback" in wrong.stderr) == (code, True, False), wrong.stderr
    assert await rules_now(server) == before


def test_a_file_or_a_vault_that_is_not_there_is_named(server: RealServer, tmp_path: Path) -> None:
    absent = server.run("vault", "rules", "Milling", "--set", str(tmp_path / "no.json"), check=False)
    assert (absent.returncode, "no.json cannot be read" in absent.stderr) == (Exit.USAGE, True)
    nowhere = server.run("vault", "rules", "Nowhere", check=False)
    assert (nowhere.returncode, "There is no vault “Nowhere”." in nowhere.stderr) == (Exit.TROUBLE, True)
