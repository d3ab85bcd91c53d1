"""What an administrator tells the installer: given values win, remembered ones stay, defaults fill the rest."""

import re

import pytest

from develop.installer.settings import APP_SEARCH, COST_INITIALIZE, SETTINGS, assignments


def holds(condition: str, properties: dict[str, str]) -> bool:
    """Say whether a condition holds; it knows what these actions use: NOT, AND, and a comparison with a text."""
    compared = re.fullmatch(r'(\w+) = "(.*)"', condition)
    if compared:
        return properties.get(compared[1], "") == compared[2]
    terms = condition.split(" AND ")
    return all(bool(properties.get(term.removeprefix("NOT "))) != term.startswith("NOT ") for term in terms)


def settled(**properties: str) -> dict[str, str]:
    """Return the properties after the actions, in the order of their sequence."""
    for each in sorted(assignments(), key=lambda action: action.sequence):
        if holds(each.condition, properties):
            value = re.sub(r"\[(\w+)\]", lambda name: properties.get(name[1], ""), each.value)
            properties[each.target] = "" if value == "{}" else value
    return properties


def test_on_a_new_computer_the_defaults_hold() -> None:
    made = settled()
    assert (made["AUTOSTART"], made["DESKTOPSHORTCUT"]) == ("1", "0")
    assert not {"SERVER_URL", "WORKSPACE", "INSTALLDIR"} & set(made)


@pytest.mark.parametrize("name", [each.name for each in SETTINGS])
def test_what_the_installed_version_was_told_stays(name: str) -> None:
    assert settled(**{f"OLD_{name}": "0"})[name] == "0"


@pytest.mark.parametrize("name", [each.name for each in SETTINGS])
def test_what_is_given_wins_over_what_is_remembered(name: str) -> None:
    assert settled(**{name: "new", f"OLD_{name}": "old"})[name] == "new"


@pytest.mark.parametrize("name", ["SERVER_URL", "WORKSPACE"])
def test_a_minus_sign_takes_back_what_was_given_once(name: str) -> None:
    assert settled(**{name: "-", f"OLD_{name}": "old"})[name] == ""


def test_the_actions_come_after_the_search_and_before_anything_uses_the_values() -> None:
    places = [each.sequence for each in assignments()]
    assert len(set(places)) == len(places)
    assert min(places) > APP_SEARCH
    assert max(places) < COST_INITIALIZE
