"""Sets by name, and programs that are older than their source."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdm_desktop.core import sets
from pdm_desktop.core.sets import CLOCKS_ERROR, SLACK, Folder, Member, OldProgram, warning
from server.protocol.set_rule import DEFAULT_RULE, SetRule, is_named

NOW = datetime(2026, 11, 26, 10, 42, tzinfo=UTC)
BLOCK = (
    "2210-block-op10.mcam", "2210-block-op10.nc", "2210-block-op10.vnc", "2210-block-op20.MCAM", "2210-Block-OP20.nc",
    "2210-block-op20-setup.html", "2210-block-setup.pdf", "2210-block-setup2.pdf", "2210-block.pdf", "2210-block.step",
    "2210-block.nc", "2210-blocks-setup.pdf", "2210-cover-op10.nc", "notes.txt",
)  # fmt: skip


def member(name: str, *, minutes: float = 0, edited: float | None = None) -> Member:
    """A file whose revision is so many minutes old, edited here so many minutes ago."""
    return Member(
        file=name,
        name=name,
        at=NOW - timedelta(minutes=minutes),
        author="Tomas Ruiz",
        edited_at=None if edited is None else NOW - timedelta(minutes=edited),
    )


def folder(*names: str, rule: SetRule = DEFAULT_RULE) -> Folder:
    return Folder([member(name) for name in names], rule)


def suggested(chosen: list[str], *, wanted: bool = True, rule: SetRule = DEFAULT_RULE) -> set[str]:
    found = folder(*BLOCK, rule=rule).suggestions(chosen)
    return {each.file for each in found if each.wanted is wanted}


def test_a_source_has_its_programs_and_its_sheets() -> None:
    assert suggested(["2210-block-op10.mcam"]) == {
        "2210-block-op10.nc", "2210-block-op10.vnc", "2210-block-setup.pdf", "2210-block-setup2.pdf", "2210-block.pdf",
    }  # fmt: skip
    assert suggested(["2210-block-op10.mcam"], wanted=False) == set()


def test_case_does_not_count_and_a_sheet_may_be_of_one_operation() -> None:
    assert suggested(["2210-Block-OP20.nc"]) == {
        "2210-block-op20.MCAM", "2210-block-op20-setup.html", "2210-block-setup.pdf", "2210-block-setup2.pdf",
        "2210-block.pdf",
    }  # fmt: skip


def test_a_sheet_of_a_part_only_offers_the_operations() -> None:
    assert suggested(["2210-block-setup.pdf"]) == set()
    assert suggested(["2210-block-setup.pdf"], wanted=False) == {
        "2210-block-op10.mcam", "2210-block-op10.nc", "2210-block-op10.vnc", "2210-block-op20.MCAM",
        "2210-Block-OP20.nc", "2210-block.nc",
    }  # fmt: skip
    assert suggested(["2210-block-op20-setup.html"], wanted=False) == {"2210-block-op20.MCAM", "2210-Block-OP20.nc"}


def test_what_is_no_part_of_the_rule_is_in_no_set() -> None:
    for name in ("2210-block.step", "notes.txt", "2210-blocks-setup.pdf", "2210-cover-op10.nc", "unknown"):
        assert not folder(*BLOCK).suggestions([name])
    nothing = replace(DEFAULT_RULE, sources=[], programs=[], sheets=[])
    assert suggested(["2210-block-op10.mcam"], rule=nothing) == set()


def test_several_chosen_files_have_what_belongs_to_any_of_them() -> None:
    found = folder(*BLOCK).suggestions(["2210-block-op10.mcam", "2210-block-setup.pdf"])
    assert [each.file for each in found if each.wanted][:2] == ["2210-block-op10.nc", "2210-block-op10.vnc"]
    assert {each.file for each in found if not each.wanted} == {
        "2210-block-op20.MCAM", "2210-Block-OP20.nc", "2210-block.nc",
    }  # fmt: skip


SOURCE, PROGRAM = "op20.mcam", "op20.nc"
DAY = 60 * 24
YEAR = DAY * 365


@pytest.mark.parametrize(
    ("source", "program", "by"),
    [
        (member(SOURCE, edited=4), member(PROGRAM, edited=30), 26),
        (member(SOURCE, edited=30), member(PROGRAM, edited=4), None),
        (member(SOURCE, minutes=4), member(PROGRAM, minutes=30), 26),
        (member(SOURCE, minutes=30, edited=4), member(PROGRAM, minutes=30), 26),
        (member(SOURCE, minutes=4), member(PROGRAM, minutes=90, edited=30), None),
        (member(SOURCE, minutes=30), member(PROGRAM, minutes=YEAR, edited=91), 61),
        (member(SOURCE, minutes=DAY), member(PROGRAM, minutes=YEAR, edited=3 * DAY), 2 * DAY),
        (member(SOURCE, edited=4), member(PROGRAM, edited=5.9), None),
        (member(SOURCE, minutes=4), member(PROGRAM, minutes=4), None),
    ],
)
def test_a_program_is_old_by_the_times_of_one_clock(source: Member, program: Member, by: float | None) -> None:
    found = Folder([source, program], DEFAULT_RULE).old_programs([SOURCE])
    assert [old.by for old in found] == ([] if by is None else [timedelta(minutes=by)])


def test_the_words_say_which_by_how_much_and_what_to_think_of() -> None:
    both = [member(SOURCE, edited=4), member(PROGRAM, edited=30)]
    (old,) = Folder(both, DEFAULT_RULE).old_programs([PROGRAM])
    assert old.words(NOW) == "op20.nc is 26 min older than its source. Was it posted again after the last change?"


def test_a_revision_of_the_source_after_the_last_save_here_is_told_with_who_and_when() -> None:
    both = [member(SOURCE, minutes=DAY), member(PROGRAM, minutes=9 * DAY, edited=3 * DAY)]
    olds = Folder(both, DEFAULT_RULE).old_programs([PROGRAM])
    assert [old.words(NOW) for old in olds] == [
        "The source of op20.nc has a newer revision than your last save: Tomas Ruiz checked in op20.mcam yesterday at "
        "10:42. Was it posted again after that?"
    ]


@pytest.mark.parametrize(("edited", "is_told"), [(YEAR, True), (-YEAR, False)])
def test_a_clock_that_is_a_year_off_warns_for_nothing_or_not_at_all(edited: float, is_told: bool) -> None:
    both = [member(SOURCE, minutes=9 * DAY), member(PROGRAM, minutes=9 * DAY, edited=edited)]
    assert bool(Folder(both, DEFAULT_RULE).old_programs([PROGRAM])) is is_told


def test_of_several_programs_each_kind_is_said_once() -> None:
    def old(name: str, *, newer: Member | None = None) -> OldProgram:
        return OldProgram(file=name, name=name, source="a.mcam", by=timedelta(hours=2), newer=newer)

    source = member("a.mcam", minutes=20)
    assert not warning([], NOW)
    assert warning([old("a.nc"), old("b.nc"), old("c.nc", newer=source), old("d.nc")], NOW) == (
        "The source of c.nc has a newer revision than your last save: Tomas Ruiz checked in a.mcam at 10:22. Was it "
        "posted again after that? a.nc is 2 h older than its source. Was it posted again after the last change? "
        "The same goes for b.nc and d.nc."
    )


def test_an_edit_counts_whatever_this_computers_clock_says() -> None:
    wrong = [member(SOURCE, edited=YEAR), member(PROGRAM, minutes=10)]
    olds = Folder(wrong, DEFAULT_RULE).old_programs([SOURCE])
    assert [old.by for old in olds] == [None]
    assert olds[0].words(NOW).startswith("op20.nc has not changed, and its source has.")


def test_only_what_is_about_to_be_checked_in_is_compared() -> None:
    files = [
        member("a.mcam", minutes=1),
        member("a.nc", minutes=9),
        member("b.mcam", minutes=1),
        member("b.nc", minutes=9),
    ]
    assert [old.file for old in Folder(files, DEFAULT_RULE).old_programs(["b.mcam"])] == ["b.nc"]
    assert Folder(files, DEFAULT_RULE).old_programs([]) == []
    assert Folder(files[1:2], DEFAULT_RULE).old_programs(["a.nc"]) == []


def test_of_several_sources_the_newest_counts() -> None:
    files = [member("a.mcam", minutes=20), member("a.vnc", minutes=1), member("a.nc", minutes=9)]
    (old,) = Folder(files, DEFAULT_RULE).old_programs(["a.mcam", "a.nc"])
    assert (old.by, old.source) == (timedelta(minutes=8), "a.vnc")


TIMES = st.floats(0, 10_000)
MEMBERS = st.tuples(TIMES, st.none() | TIMES)


@given(source=MEMBERS, program=MEMBERS)
def test_never_are_both_older_than_each_other(
    source: tuple[float, float | None], program: tuple[float, float | None]
) -> None:
    """What was edited here and what was stored since may each lack what the other has: that is told, not compared."""

    def olds(one: tuple[float, float | None], two: tuple[float, float | None]) -> list[OldProgram]:
        made = [member(SOURCE, minutes=one[0], edited=one[1]), member(PROGRAM, minutes=two[0], edited=two[1])]
        return Folder(made, DEFAULT_RULE).old_programs([SOURCE])

    found = olds(source, program) + olds(program, source)
    older = [old for old in found if old.newer is None]
    assert len(older) <= 1
    if len(found) > len(older):
        assert len(found) <= 2
        assert (source[1] is None) != (program[1] is None), "one of them alone was edited here"
    if source == program:
        assert not found


@given(st.lists(st.sampled_from(BLOCK), unique=True), st.lists(st.sampled_from(BLOCK), unique=True))
def test_a_suggestion_is_of_the_folder_never_chosen_and_said_once(names: list[str], chosen: list[str]) -> None:
    found = [each.file for each in folder(*names).suggestions(chosen)]
    assert len(found) == len(set(found))
    assert set(found) <= set(names) - set(chosen)


@given(st.lists(st.sampled_from(BLOCK), unique=True, min_size=1))
def test_what_goes_with_a_source_has_it_in_its_own_set(names: list[str]) -> None:
    look = folder(*names)
    for name in names:
        for each in look.suggestions([name]):
            if each.wanted:
                assert name in {back.file for back in look.suggestions([each.file])}


def test_each_name_of_a_large_folder_is_compared_a_few_times_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    members = [member(f"{number:03}-part-op10.{ending}") for number in range(500) for ending in ("mcam", "nc")]
    members += [member(f"{number:03}-part-setup.pdf") for number in range(500)]
    compared = Counter[str]()

    def counted(template: str, part: str, stem: str) -> bool:
        compared[stem] += 1
        return is_named(template, part, stem)

    monkeypatch.setattr(sets, "is_named", counted)
    found = Folder(members, DEFAULT_RULE).suggestions(["042-part-op10.mcam"])
    assert {each.file for each in found} == {"042-part-op10.nc", "042-part-setup.pdf"}
    assert len(compared) == 500
    assert max(compared.values()) <= 2, "once for the operation and once for its part"


def test_clocks_may_be_wrong_by_more_than_a_program_may_be_older() -> None:
    assert CLOCKS_ERROR > SLACK


def test_the_slack_is_shorter_than_what_is_told() -> None:
    assert timedelta(minutes=1) <= SLACK, "below a minute an age is told as “now”"
