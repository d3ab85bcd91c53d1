"""What the rules of vaults say of a check-in."""

import pytest

from pdm_desktop.core.check_in_rule import ANY_CHECK_IN, check_in_rule
from server.protocol.vault import Role, Vault
from server.protocol.vault_rules import Counting, VaultRules


def vault(rules: VaultRules | None = None, *, role: Role = "editor", name: str = "Production") -> Vault:
    return Vault(id=name, name=name, role=role, seq=0, rules=rules)


def test_without_rules_everything_goes() -> None:
    assert check_in_rule([]) == check_in_rule([vault()]) == ANY_CHECK_IN
    assert ANY_CHECK_IN.why_not(None) == ""


@pytest.mark.parametrize("comment", [None, "", "  "])
def test_a_comment_is_asked_for_by_one_of_the_vaults(comment: str | None) -> None:
    rule = check_in_rule([vault(), vault(VaultRules(comment=True), name="Tooling")])
    assert "comment" in rule.why_not(comment)
    assert rule.why_not("new mill") == ""
    assert "asks for one" in rule.comment_note


@pytest.mark.parametrize(
    ("counting", "role", "minor", "major"),
    [
        ("minor", "editor", True, True),
        ("major", "administrator", False, True),
        ("administrators", "editor", True, False),
        ("administrators", "administrator", True, True),
    ],
)
def test_revisions_count_as_the_rules_say(counting: Counting, role: Role, minor: bool, major: bool) -> None:
    rule = check_in_rule([vault(VaultRules(counting=counting), role=role)])
    assert (rule.minor, rule.major) == (minor, major)
    assert ("Production" in rule.why) is not (minor and major)
