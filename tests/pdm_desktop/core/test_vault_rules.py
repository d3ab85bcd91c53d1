"""Rules and roles of vaults in the words of the window."""

import pytest

from pdm_desktop.core.vault_rules import (
    default_in_words,
    extensions_in,
    names_in,
    rules_in_words,
    why_this_role,
)
from server.protocol.calls import PersonAccess
from server.protocol.vault_rules import NO_RULES, VaultRules

RULES = VaultRules(
    extensions=[".nc", ".mcam"],
    pattern="[0-9]+.*",
    good=["2210-block.nc"],
    max_bytes=2_500_000,
    comment=True,
    counting="administrators",
    alone=[".sldasm"],
)


def test_rules_are_one_line_that_says_all_of_them() -> None:
    assert rules_in_words(RULES) == (
        "Only .nc and .mcam; names like 2210-block.nc; up to 2.5 MB; comment needed; major by administrators;"
        " .sldasm alone"
    )
    assert rules_in_words(VaultRules(counting="major")) == "Always major"
    assert rules_in_words(NO_RULES) == "No rules"


def test_it_is_said_for_whom_a_vault_is_there() -> None:
    assert default_in_words("editor", 0) == "Everybody may edit"
    assert default_in_words(None, 1) == "Everybody may not see it; 1 person by name"


@pytest.mark.parametrize(
    ("access", "why"),
    [
        (PersonAccess(name="A", administrator=True, granted="reader"), "administers the server"),
        (PersonAccess(name="A", granted="none"), "by name"),
        (PersonAccess(name="A", role="editor"), "the default"),
        (PersonAccess(name="A", usual=False), "not named yet; the default does not count"),
    ],
    ids=["server", "name", "default", "new"],
)
def test_it_is_said_where_a_role_comes_from(access: PersonAccess, why: str) -> None:
    assert why_this_role(access) == why


def test_what_is_typed_is_taken_as_it_is_meant() -> None:
    assert extensions_in("nc, .mcam;*.pdf  sldprt") == [".nc", ".mcam", ".pdf", ".sldprt"]
    assert names_in(" a.nc \n\n b c.nc\n") == ["a.nc", "b c.nc"]
