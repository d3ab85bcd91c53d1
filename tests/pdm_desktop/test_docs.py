"""docs/seat.md and the code say the same: options, settings, and whose files are passed over."""

from dataclasses import fields
from pathlib import Path

import pytest

from pdm_desktop import machine
from pdm_desktop.app.options import parser
from pdm_desktop.config import Config
from pdm_desktop.core.ignore import TABLE
from pdm_desktop.machine import Policy
from pdm_desktop.product import POLICY_KEY
from tests.support.registry import Registry

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "seat.md").read_text(encoding="utf-8")


def lines(heading: str) -> list[list[str]]:
    """The cells of each line of the table under that first column."""
    table = DOCS.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def rows(heading: str) -> set[str]:
    """The first cells of the table under that first column."""
    return {cells[0].strip("`") for cells in lines(heading)}


def test_every_option_is_described() -> None:
    known = {word for action in parser()._actions for word in action.option_strings if word.startswith("--")}
    assert rows("option") == known - {"--help"}


def test_every_setting_is_described() -> None:
    assert rows("setting") == {each.name for each in fields(Config)}


def test_every_policy_is_described(registry: Registry) -> None:
    described = rows("policy")
    registry.keys[POLICY_KEY] = dict.fromkeys(described, b"no value of any policy")
    assert {each.split(" in ")[0] for each in machine.read().wrong} == described, "a policy has no effect"
    assert len(described) == len(fields(Policy)), "a policy is not described"


def test_what_is_passed_over_is_described_as_it_is() -> None:
    assert lines("made by") == [[maker, " ".join(f"`{each}`" for each in patterns)] for maker, patterns in TABLE]


@pytest.mark.parametrize("heading", ["option", "setting", "policy", "where", "key"])
def test_every_table_has_rows(heading: str) -> None:
    assert rows(heading)
