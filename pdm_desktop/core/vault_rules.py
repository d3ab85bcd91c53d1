"""The rules of a vault, and who may do what in it, in the words of the window."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from pdm_desktop.core import words
from server.protocol.calls import GivenRole, PersonAccess
from server.protocol.vault import Role
from server.protocol.vault_rules import Counting, VaultRules

ROLES: Final[dict[GivenRole, str]] = {
    "reader": "may read",
    "editor": "may edit",
    "administrator": "may administer",
    "none": "may not see it",
}
COUNTINGS: Final[dict[Counting, str]] = {
    "minor": "Minor, major when asked",
    "major": "Every check-in is a major one",
    "administrators": "Minor; only administrators make major ones",
}


RULES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "extensions": "Extensions",
        "pattern": "Pattern",
        "good": "Good names",
        "bad": "Bad names",
        "max_bytes": "Largest file",
        "counting": "Revisions",
        "comment": "Comment",
        "alone": "Checked out alone",
    }
)
"""Each rule as the window calls it; in its order."""


def others_of(before: VaultRules, now: VaultRules) -> list[str]:
    """Which rules are others than before, as the window calls them."""
    return [said for name, said in RULES.items() if getattr(before, name) != getattr(now, name)]


def brought_together(before: VaultRules, now: VaultRules, mine: VaultRules) -> VaultRules:
    """The rules as they are now, but for those that I made others than before."""
    return replace(now, **{name: getattr(mine, name) for name in RULES if getattr(mine, name) != getattr(before, name)})


def rules_in_words(rules: VaultRules) -> str:
    """All of them in one line; what is not ruled is not said."""
    said = []
    if rules.extensions:
        said.append(f"only {words.listed(rules.extensions)}")
    if rules.pattern is not None:
        said.append(f"names like {rules.good[0] if rules.good else rules.pattern}")
    if rules.max_bytes is not None:
        said.append(f"up to {words.size(rules.max_bytes)}")
    if rules.comment:
        said.append("comment needed")
    if rules.counting != "minor":
        said.append("always major" if rules.counting == "major" else "major by administrators")
    if rules.alone:
        said.append(f"{words.listed(rules.alone)} alone")
    text = "; ".join(said) or "no rules"
    return text[0].upper() + text[1:]


def default_in_words(default: Role | None, named: int) -> str:
    """Who a vault is there for."""
    everybody = f"Everybody {ROLES[default or 'none']}"
    return f"{everybody}; {words.several(named, 'person', 'people')} by name" if named else everybody


def why_this_role(access: PersonAccess) -> str:
    """Where a person's role comes from."""
    if access.administrator:
        return "administers the server"
    if access.granted is not None:
        return "by name"
    return "the default" if access.usual else "not named yet; the default does not count"


def extensions_in(text: str) -> list[str]:
    """What a person typed: separated by commas or blanks, a dot in front may be left out."""
    return [f".{each.lstrip('.*')}" for each in text.replace(",", " ").replace(";", " ").split()]


def names_in(text: str) -> list[str]:
    """One name a line."""
    return [line.strip() for line in text.splitlines() if line.strip()]
