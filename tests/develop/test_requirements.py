"""The pinned lists: every dependency of pyproject.toml, with hashes, and no address of any index."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement

from develop.requirements import EXTRAS, compile_command
from tests.rules.sources import ROOT

LISTS = ROOT / "packaging" / "requirements"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PINNED = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>[^ ;\\]+)", re.MULTILINE)


def asked_for(name: str) -> list[Requirement]:
    """Return what pyproject.toml asks for in one list."""
    extras = [word for extra in EXTRAS[name] for word in PROJECT["optional-dependencies"][extra]]
    return [Requirement(word) for word in [*PROJECT["dependencies"], *extras]]


@pytest.mark.parametrize("name", EXTRAS)
def test_a_list_pins_what_the_project_asks_for(name: str) -> None:
    pinned = {match["name"]: match["version"] for match in PINNED.finditer((LISTS / f"{name}.txt").read_text())}
    for wanted in asked_for(name):
        assert wanted.specifier.contains(pinned[wanted.name.lower()]), wanted


@pytest.mark.parametrize("name", EXTRAS)
def test_a_list_has_a_hash_for_every_package_and_no_address(name: str) -> None:
    text = (LISTS / f"{name}.txt").read_text()
    assert "://" not in text
    entries = re.split(r"(?m)^(?=[a-z0-9])", text)[1:]
    assert len(entries) > 20
    assert all(PINNED.match(entry) and "--hash=sha256:" in entry for entry in entries)


def test_the_lists_without_window_have_nothing_of_qt() -> None:
    for name in ("server", "node", "core"):
        assert not re.search(r"(?im)^(pyside|shiboken|qasync|pytest-qt)", (LISTS / f"{name}.txt").read_text())


def test_pinning_is_for_both_platforms_with_hashes_and_without_addresses() -> None:
    command = compile_command("uv", "seat", upgrade=True)
    assert {"--universal", "--generate-hashes", "--no-emit-index-url", "--upgrade"} <= set(command)
    assert command[command.index("--extra") + 1] == "window"
