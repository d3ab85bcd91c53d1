"""The naming rule for sets: what belongs to what, what is refused, and that no template takes long."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.protocol import set_rule
from server.protocol.limits import PATH_CHARACTERS
from server.protocol.set_rule import (
    DEFAULT_RULE,
    PART,
    STARS,
    SetKind,
    flaw_of_rule,
    is_named,
    kinds_by_ending,
    part_of,
    stem_of,
)

TEXT = st.text(alphabet="ab-_ .ä0", max_size=6)


def test_the_usual_rule_is_sound_and_knows_the_usual_names() -> None:
    assert flaw_of_rule(DEFAULT_RULE) is None
    assert part_of(DEFAULT_RULE.operation, "2210-block-op10") == "2210-block"
    assert part_of(DEFAULT_RULE.operation, "2210-block") is None
    assert is_named(DEFAULT_RULE.sheet, "2210-block", "2210-block-setup")
    assert is_named(DEFAULT_RULE.sheet, "2210-block-op10", "2210-block-op10-setup B")
    assert not is_named(DEFAULT_RULE.sheet, "2210-block", "2210-block-notes")
    assert not is_named(DEFAULT_RULE.sheet, "2210", "2210-block-setup")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.mcam", SetKind.SOURCE), ("A.MCAM", SetKind.SOURCE), ("a.b.nc", SetKind.PROGRAM), ("a.Pdf", SetKind.SHEET),
        ("a.step", None), ("nc", None), (".nc", None), ("a.", None), ("a", None),
    ],
)  # fmt: skip
def test_the_ending_tells_what_a_file_is(name: str, kind: SetKind | None) -> None:
    assert kinds_by_ending(DEFAULT_RULE).get(name[len(stem_of(name)) :].casefold()) is kind


def test_of_several_places_the_part_is_as_long_as_it_can_be() -> None:
    assert part_of("{part}-op*", "a-op1-op2") == "a-op1"
    assert part_of("*_{part}-*", "M1_x_block-1-2") == "x_block-1"
    assert part_of("{part}", "a") == "a"
    assert part_of("{part}-op*", "-op1") is None


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("", "write {part} once"), ("block-op*", "write {part} once"), ("{part}-{part}", "write {part} once"),
        ("{part}*", "between {part} and *"), ("*{part}-op", "between {part} and *"),
        ("{part}-{op}", "only mark"), ("{part}-a*b*c*d*", "3 stars"), ("x/{part}", "no name has"),
        ("{part}-\n", "no name has"), ("{part}" + "x" * 40, "40 characters"),
    ],
)  # fmt: skip
def test_a_template_that_cannot_be_is_refused_with_words(template: str, words: str) -> None:
    for name, rule in (
        ("operation", replace(DEFAULT_RULE, operation=template)),
        ("sheet", replace(DEFAULT_RULE, sheet=template)),
    ):
        flaw = flaw_of_rule(rule)
        assert flaw is not None
        assert words in flaw
        assert name in flaw


@pytest.mark.parametrize(
    ("endings", "words"),
    [
        (["nc"], "write a dot"), (["."], "write a dot"), ([".n c"], "write a dot"), ([".tar.gz"], "write a dot"),
        ([".*"], "write a dot"), ([".abcdefghijklm"], "write a dot"), ([".NC"], "named twice"),
        ([".x", ".X"], "named twice"), ([f".x{n}" for n in range(13)], "more than 12"),
    ],
)  # fmt: skip
def test_endings_that_cannot_be_are_refused_with_words(endings: list[str], words: str) -> None:
    flaw = flaw_of_rule(replace(DEFAULT_RULE, sources=endings))
    assert flaw is not None
    assert words in flaw


def test_a_rule_without_endings_is_no_sets() -> None:
    assert flaw_of_rule(replace(DEFAULT_RULE, sources=[], programs=[], sheets=[])) is None


@given(before=TEXT, part=TEXT.filter(bool), after=TEXT)
def test_a_name_made_by_a_template_is_known_by_it(before: str, part: str, after: str) -> None:
    template = f"{before}{PART}{after}"
    assert is_named(template, part, f"{before}{part}{after}")
    found = part_of(template, f"{before}{part}{after}")
    assert found is not None
    assert part in found


@given(before=st.text("ab*", max_size=5), after=st.text("ab*", max_size=5), stem=st.text("ab", max_size=12))
def test_the_part_that_a_name_tells_makes_the_name(before: str, after: str, stem: str) -> None:
    found = part_of(f"{before}{PART}{after}", stem)
    if found is not None:
        assert is_named(f"{before}{PART}{after}", found, stem)


@pytest.mark.parametrize("template", ["a*a*a*b{part}b", "a{part}a*a*a*b", "*aaa*aaa*ab{part}"])
def test_the_worst_template_compares_the_longest_name_a_few_times_for_each_character(
    monkeypatch: pytest.MonkeyPatch, template: str
) -> None:
    assert template.count("*") <= STARS
    stem = "a" * PATH_CHARACTERS
    compared = 0

    def counted(pattern: str, text: str) -> bool:
        nonlocal compared
        compared += 1
        return fits(pattern, text)

    fits = set_rule._fits
    monkeypatch.setattr(set_rule, "_fits", counted)
    part_of(template, stem)
    is_named(template, "a" * 100, stem)
    assert len(stem) < compared <= 4 * (len(stem) + 1), "before and after the part, for each place and each question"


def test_a_stem_is_the_name_without_its_ending() -> None:
    assert [stem_of(name) for name in ("a.b.nc", "a", ".nc")] == ["a.b", "a", ".nc"]
