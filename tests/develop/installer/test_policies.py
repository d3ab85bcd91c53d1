"""The template of group policies (`packaging/windows/policies`) says what the seat reads (`pdm_desktop/machine.py`)."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from develop.checkout import ROOT
from pdm_desktop import machine
from pdm_desktop.config import Config
from pdm_desktop.machine import Policy
from pdm_desktop.product import NAME, POLICY_KEY
from tests.support.registry import Registry

FOLDER = ROOT / "packaging" / "windows" / "policies"
TEMPLATE = FOLDER / "PDMDesktop.admx"
TEXTS = FOLDER / "en-US" / "PDMDesktop.adml"
SPACE = "{http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions}"


def elements(path: Path, name: str) -> Iterator[ET.Element]:
    """The elements of that name in a file of the checkout."""
    return ET.parse(path).iter(f"{SPACE}{name}")  # noqa: S314 - a file of our own, and no stranger's


POLICIES = {each.attrib["name"]: each for each in elements(TEMPLATE, "policy")}
NUMBERS = {
    name: found for name, each in POLICIES.items() if (found := each.find(f".//{SPACE}decimal[@id]")) is not None
}
SWITCHES = [name for name, each in POLICIES.items() if each.find(f"{SPACE}enabledValue") is not None]


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    made = Registry()
    monkeypatch.setattr(machine, "values_of", made.values_of)
    return made


def read_with(registry: Registry, name: str, value: object) -> machine.Machine:
    """What a seat reads when an administrator has set just this policy."""
    registry.keys[POLICY_KEY] = {name: value}
    return machine.read(variables={"USERNAME": "anna"})


def of_seat(name: str) -> str:
    """The name of a policy as the code has it."""
    words = re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()
    return {"server_url": "server"}.get(words, words)


def names_of_values(policy: ET.Element) -> list[str]:
    """The values of the registry that a policy writes."""
    return [each.attrib["valueName"] for each in policy.iter() if "valueName" in each.attrib]


def references() -> Iterator[str]:
    """What the template takes from its texts, as `string.Seat`."""
    yield from re.findall(r"\$\(([\w.]+)\)", TEMPLATE.read_text(encoding="utf-8"))


def test_there_is_one_for_each_that_the_seat_knows() -> None:
    assert {of_seat(name) for name in POLICIES} == {each.name for each in fields(Policy)}


def test_each_writes_the_value_of_its_name_where_the_seat_reads() -> None:
    assert {each.attrib["key"] for each in POLICIES.values()} == {POLICY_KEY}
    assert {each.attrib["class"] for each in POLICIES.values()} == {"Machine"}
    assert {name: names_of_values(each) for name, each in POLICIES.items()} == {name: [name] for name in POLICIES}


@pytest.mark.parametrize("name", NUMBERS)
def test_the_editor_takes_the_numbers_that_the_seat_takes(name: str, registry: Registry) -> None:
    least, most = (int(NUMBERS[name].attrib[bound]) for bound in ("minValue", "maxValue"))
    for number in (least, most):
        assert not read_with(registry, name, number).wrong
    assert read_with(registry, name, most + 1).wrong
    assert least == 0 or read_with(registry, name, least - 1).wrong


def test_each_choice_of_notices_is_one_of_the_seat() -> None:
    choices = POLICIES["Notices"].iter(f"{SPACE}string")
    assert tuple(each.text for each in choices) == machine.NOTICES


@pytest.mark.parametrize("name", SWITCHES)
@pytest.mark.parametrize(("side", "means"), [("enabledValue", True), ("disabledValue", False)])
def test_a_switch_means_what_it_says(name: str, side: str, means: bool, registry: Registry) -> None:
    value = POLICIES[name].find(f"{SPACE}{side}/{SPACE}decimal")
    assert value is not None
    read = read_with(registry, name, int(value.attrib["value"]))
    assert (getattr(read.policy, of_seat(name)), read.wrong) == (means, ())


def test_what_the_template_takes_from_its_texts_is_there_and_nothing_else() -> None:
    there = {f"{kind}.{each.attrib['id']}" for kind in ("string", "presentation") for each in elements(TEXTS, kind)}
    assert set(references()) == there


def test_each_field_of_the_editor_is_that_of_its_policy() -> None:
    shown = {each.attrib["id"]: [part.attrib["refId"] for part in each] for each in elements(TEXTS, "presentation")}
    fielded = {
        name: [each.attrib["id"] for each in policy.iter() if "id" in each.attrib] for name, policy in POLICIES.items()
    }
    assert shown == {name: ids for name, ids in fielded.items() if ids}


def test_the_editor_proposes_what_holds_without_the_policy() -> None:
    proposed = {each.attrib["refId"]: each.attrib["defaultValue"] for each in elements(TEXTS, "decimalTextBox")}
    assert proposed == {name: f"{getattr(Config(), of_seat(name)):g}" for name in NUMBERS}


def test_the_texts_call_the_product_by_its_name() -> None:
    assert [each.text for each in elements(TEXTS, "displayName")] == [NAME]
