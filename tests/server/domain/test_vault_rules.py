"""The rules of a vault: what they allow, what is said of the rest, and which rules cannot be."""

from dataclasses import replace

import pytest

from server.domain.errors import AgainstRule
from server.domain.vault_rules import (
    counts_as_major,
    flaw_of_name,
    flaw_of_rules,
    require_comment,
    require_name,
    require_size,
)
from server.protocol.vault import Vault
from server.protocol.vault_rules import NO_RULES, VaultRules, extension_of, is_alone

RULES = VaultRules(
    extensions=[".nc", ".MCAM"],
    pattern=r"[0-9]{4}-[a-z0-9-]+\.[a-zA-Z]+",
    good=["2210-block.nc", "2210-block-op10.mcam"],
    bad=["block.nc", "2210-block.pdf"],
    max_bytes=2_500_000,
    comment=True,
)
VAULT = Vault(id="v", name="Production", role="editor", seq=0, rules=RULES)


def test_the_rules_of_the_examples_can_be() -> None:
    assert flaw_of_rules(RULES) is None
    assert flaw_of_rules(NO_RULES) is None


@pytest.mark.parametrize("path", ["2210-block.nc", "Jobs/2210-block.NC", "2210-block.mcam"])
def test_a_name_that_fits_is_allowed(path: str) -> None:
    assert flaw_of_name(RULES, path) is None


@pytest.mark.parametrize(
    ("path", "word"),
    [("Jobs/2210-block.pdf", "extension"), ("Jobs/block.nc", "pattern"), ("nc", "extension"), (".nc", "extension")],
)
def test_a_name_that_breaks_a_rule_is_told_which_and_how_a_good_one_looks(path: str, word: str) -> None:
    with pytest.raises(AgainstRule) as refused:
        require_name(VAULT, path)
    for said in (word, path.rpartition("/")[2], "Production", "2210-block.nc"):
        assert said in refused.value.detail
    assert refused.value.path == path


def test_without_examples_the_good_name_has_an_extension_that_is_allowed() -> None:
    assert "A good name is “a.nc”" in (flaw_of_name(VaultRules(extensions=[".nc"]), "a.pdf") or "")


def test_a_pattern_with_a_slash_is_about_the_whole_path() -> None:
    rules = VaultRules(pattern=r"Jobs/[0-9]+/[^/]+", good=["Jobs/2210/a.nc"])
    assert flaw_of_rules(rules) is None
    assert flaw_of_name(rules, "Jobs/2210/b.nc") is None
    assert flaw_of_name(rules, "Other/2210/b.nc") is not None
    assert flaw_of_name(replace(rules, pattern="[a-c][.]nc"), "Other/2210/b.nc") is None


def test_a_file_that_is_there_keeps_its_name_in_another_folder() -> None:
    require_name(VAULT, "Old/block.nc", before="Jobs/block.nc")
    with pytest.raises(AgainstRule):
        require_name(VAULT, "Jobs/clock.nc", before="Jobs/block.nc")


def test_a_file_that_is_too_large_is_told_both_sizes() -> None:
    require_size(VAULT, "a.nc", 2_500_000)
    with pytest.raises(AgainstRule, match=r"2\.6 MB.*2\.5 MB at most"):
        require_size(VAULT, "a.nc", 2_600_000)


@pytest.mark.parametrize("comment", [None, "", "  \n"])
def test_a_comment_is_asked_for(comment: str | None) -> None:
    require_comment(VAULT, "a.nc", "new mill")
    require_comment(replace(VAULT, rules=None), "a.nc", comment)
    with pytest.raises(AgainstRule, match=r"“a\.nc” has none"):
        require_comment(VAULT, "a.nc", comment)


def test_revisions_count_as_the_rules_say() -> None:
    assert not counts_as_major(VAULT, "a.nc", asked=False)
    assert counts_as_major(VAULT, "a.nc", asked=True)
    always = replace(VAULT, rules=replace(RULES, counting="major"))
    assert counts_as_major(always, "a.nc", asked=False)
    few = replace(VAULT, rules=replace(RULES, counting="administrators"))
    assert not counts_as_major(few, "a.nc", asked=False)
    with pytest.raises(AgainstRule, match="minor"):
        counts_as_major(few, "a.nc", asked=True)
    assert counts_as_major(replace(few, role="administrator"), "a.nc", asked=True)


@pytest.mark.parametrize(
    ("rules", "named"),
    [
        (replace(RULES, extensions=["nc"]), "“nc”"),
        (replace(RULES, alone=[".nc", ".NC"]), ".NC"),
        (replace(RULES, pattern="("), "“(”"),
        (replace(RULES, pattern=""), "empty"),
        (replace(RULES, good=[]), "no example"),
        (replace(RULES, good=["2210-block.nc", "BLOCK.nc"]), "“BLOCK.nc”"),
        (replace(RULES, good=["2210-block.nc", "2210-block.stl"]), "“2210-block.stl”"),
        (replace(RULES, good=["2210-block.nc", "NUL.nc"]), "“NUL.nc”"),
        (replace(RULES, bad=["block.nc", "2211-cover.nc"]), "“2211-cover.nc”"),
    ],
    ids=["dot", "twice", "syntax", "empty", "no-example", "good", "extension", "impossible", "bad"],
)
def test_rules_that_contradict_themselves_are_told_where(rules: VaultRules, named: str) -> None:
    assert named in (flaw_of_rules(rules) or "")


def test_extensions_are_compared_whatever_their_case() -> None:
    assert extension_of("a/B.NC") == ".nc"
    assert extension_of("a.b/c") == ""
    assert is_alone(VaultRules(alone=[".SLDASM"]), "x/all.sldasm")
    assert not is_alone(NO_RULES, "x/all.sldasm")
