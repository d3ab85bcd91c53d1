"""Whether a check-in that waited may be sent, and in which words not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pdm_desktop.core.errors import ServerTrouble
from pdm_desktop.core.notices import TEXT_UNITS, TITLE_UNITS, units
from pdm_desktop.core.waiting import (
    LONGEST_RETRY,
    Seen,
    Stand,
    WaitingCheckIn,
    goes_on_after,
    hindrance,
    is_spoiled,
    is_stored_by,
    joined_words,
    left_behind,
    needing_notice,
    needs_you,
    now_needing,
    retry_after,
)
from server.protocol.calls import FileState
from server.protocol.vault import Lock
from tests.support import facts

HERE = "seat-here"
WAITING = WaitingCheckIn(
    file="f1", vault="v", path="Jobs/plate.nc", token=7, base="1.0", asked=facts.NOW, comment="Feed", keep=True
)
MINE = facts.lock("Mei Tanaka", seat=HERE, token=7)


def state(held: Lock | None, *, number: str = "1.0", deleted: bool = False) -> FileState:
    return FileState(epoch="e", vault="v", seq=9, file=facts.file(number=number, held=held), deleted=deleted)


def words(held: Lock | None, *, number: str = "1.0", deleted: bool = False) -> tuple[str, str]:
    found = hindrance(WAITING, state(held, number=number, deleted=deleted), seat=HERE)
    assert found is not None
    return found.text, found.advice


def test_what_is_as_it_was_may_be_sent() -> None:
    assert hindrance(WAITING, state(MINE), seat=HERE) is None


def test_a_lock_that_was_taken_away_is_told_and_the_work_can_go_on() -> None:
    text, advice = words(None)
    assert text == "Your lock of plate.nc was taken away meanwhile."
    assert advice == ("Your work stays in the workspace. Check it out: your work stays in it. Then check in.")


def test_who_has_the_file_now_is_named() -> None:
    text, advice = words(facts.lock("Tomas Ruiz", token=8))
    assert text == "Your lock of plate.nc is gone: Tomas Ruiz has it on CAM-07."
    assert "Check it out as soon as it is yours to take" in advice


@pytest.mark.parametrize(
    "held",
    [
        pytest.param(facts.lock("Mei Tanaka", seat="seat-7", token=8), id="taken over on another seat of mine"),
        pytest.param(facts.lock("Mei Tanaka", seat=HERE, token=8), id="checked out here anew"),
        pytest.param(facts.lock("Mei Tanaka", seat="seat-7", token=7), id="the token alone is no lock"),
    ],
)
def test_another_check_out_than_the_one_it_ends_hinders(held: Lock) -> None:
    assert hindrance(WAITING, state(held), seat=HERE) is not None


def test_a_newer_revision_hinders_even_with_the_lock() -> None:
    text, advice = words(MINE, number="1.1")
    assert text == "plate.nc has Rev 1.1 of Mei Tanaka now; yours comes from Rev 1.0."
    assert advice == (
        "Your work stays in the workspace. “Needs you” shows both versions side by side: choose what becomes of them."
    )


def test_lock_and_base_that_are_both_gone_are_told_in_one() -> None:
    text, _ = words(None, number="1.1")
    assert text == (
        "Your lock of plate.nc was taken away meanwhile. "
        "plate.nc has Rev 1.1 of Mei Tanaka now; yours comes from Rev 1.0."
    )


def test_a_deleted_file_is_told() -> None:
    text, advice = words(MINE, deleted=True)
    assert text == "plate.nc was deleted in the vault meanwhile."
    assert advice.startswith("Your work stays in the workspace. Restore the file")


def test_what_needs_a_person_keeps_what_was_asked_for() -> None:
    assert needs_you(WAITING, "why", "what") == replace(WAITING, stand=Stand.NEEDS_YOU, why="why", advice="what")


def test_only_what_waited_until_now_is_told_to_need_its_person() -> None:
    needy = needs_you(WAITING, "why", None)
    assert now_needing([WAITING], [needy]) == [needy]
    assert now_needing([replace(WAITING, stand=Stand.SENT)], [needy]) == [needy]
    assert now_needing([needy], [needy]) == []
    assert now_needing([], [needy]) == []
    assert now_needing([WAITING], [WAITING]) == []


def test_of_a_set_the_one_that_was_in_the_way_is_told_and_no_other() -> None:
    spared, guilty = (replace(WAITING, file=file, of_set="s") for file in ("a", "b"))
    needy = [needs_you(spared, "Left as it was.", None), needs_you(guilty, "Its lock is gone.", "Check it out.")]
    alone = needs_you(WAITING, "why", None)
    assert now_needing([spared, guilty, WAITING], [*needy, alone]) == [needy[1], alone]


def test_what_leaves_a_set_leaves_the_others_to_their_person_and_no_other_set() -> None:
    a, b, c = (replace(WAITING, file=file, path=f"Jobs/{file}.nc", of_set="s") for file in "abc")
    needy = needs_you(c, "Its lock is gone.", "Check it out.")
    others = [WAITING, replace(WAITING, file="d", of_set="another")]
    (left,) = left_behind([a, b, needy, *others], ["a"])
    assert (left.file, left.stand, left.of_set) == ("b", Stand.NEEDS_YOU, "s")
    assert left.why == "a.nc left this set, and a set goes whole or not at all."
    (left,) = left_behind([a, b, c, *others], ["a", "b"])
    assert (left.why or "").startswith("a.nc and 1 other file left this set")
    assert left_behind([a, b, c, *others], ["a", "b", "c", WAITING.file]) == []


@pytest.mark.parametrize(("after", "sent", "stored"), [("k1", "h", True), ("k1", "other", False), (None, "h", False)])
def test_what_was_seen_when_it_was_asked_for_is_stored_by_an_earlier_one(
    after: str | None, sent: str, stored: bool
) -> None:
    one = replace(WAITING, after=after, seen=Seen(size=1, mtime_ns=1, hash="h"))
    assert is_stored_by(one, "k1.0", sent=sent) is stored
    assert not is_stored_by(one, "k2", sent=sent)


def test_the_notice_names_the_file_and_fits_windows() -> None:
    notice = needing_notice(needs_you(replace(WAITING, path=f"Jobs/{'x' * 90}.nc"), "y" * 300, None))
    assert notice.title.startswith("Check-in of x")
    assert notice.title.endswith(".nc needs you")
    assert (units(notice.title), units(notice.text)) == (TITLE_UNITS, TEXT_UNITS)
    other = needing_notice(needs_you(WAITING, "Why.", None))
    assert (other.text, other.asks) == ("Why.", True), "a click shows what there is to decide"


def test_a_check_in_that_somebody_elses_version_came_before_is_told_in_two_sentences() -> None:
    found = hindrance(WAITING, state(MINE, number="1.1"), seat=HERE)
    assert found is not None
    needy = needs_you(WAITING, found.text, found.advice, outdated=found.outdated)
    notice = needing_notice(needy)
    assert (notice.title, notice.text) == (
        "Check-in of plate.nc needs you", "Somebody else's version came first. Both are kept."
    )  # fmt: skip
    lost = hindrance(WAITING, state(None), seat=HERE)
    assert lost is not None
    assert not lost.outdated


SEEN = Seen(size=10, mtime_ns=1_000, hash="a")


@pytest.mark.parametrize(
    ("seen", "now", "spoiled"),
    [
        (SEEN, SEEN, False),
        (SEEN, replace(SEEN, mtime_ns=2_000), False),
        (SEEN, Seen(size=12, mtime_ns=2_000, hash="b"), False),
        (SEEN, Seen(size=10, mtime_ns=1_000, hash="b"), True),
        (SEEN, Seen(size=12, mtime_ns=1_000, hash="b"), True),
        (SEEN, Seen(size=12, mtime_ns=999, hash="b"), True),
        (SEEN, replace(SEEN, mtime_ns=999), False),
        (SEEN, Seen(size=0, mtime_ns=2_000, hash="b"), True),
        (replace(SEEN, size=0), Seen(size=0, mtime_ns=2_000, hash="a"), False),
        (None, Seen(size=0, mtime_ns=2_000, hash="b"), False),
    ],
)
def test_other_content_counts_as_saved_only_when_it_looks_so(seen: Seen | None, now: Seen, spoiled: bool) -> None:
    assert is_spoiled(seen, now) is spoiled


def test_a_server_that_cannot_do_it_is_asked_ever_more_seldom() -> None:
    waits = [retry_after(tries) for tries in range(1, 30)]
    assert waits[:3] == [timedelta(seconds=5), timedelta(seconds=10), timedelta(seconds=20)]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_RETRY


@pytest.mark.parametrize(
    ("after", "keep", "seen", "kept", "goes_on"),
    [
        ("k1", True, "other", True, True),
        ("k1", True, "sent", True, False),
        ("k1", True, None, True, True),
        ("k1", False, "sent", True, True),
        ("k1", False, "other", False, False),
        ("k2", True, "other", True, False),
        (None, True, "other", True, False),
    ],
    ids=[
        "it was saved since", "it is the same", "it was being saved", "it is to be released", "it is not held any more",
        "it waits for another answer", "it is the one that was sent",
    ],
)  # fmt: skip
@pytest.mark.parametrize("key", ["k1", "k1.0"], ids=["alone", "one of a set"])
def test_what_was_asked_for_after_one_without_an_answer_goes_on_when_something_is_left(
    key: str, after: str | None, seen: str | None, *, keep: bool, kept: bool, goes_on: bool
) -> None:
    look = None if seen is None else Seen(size=1, mtime_ns=1, hash=seen)
    one = replace(WAITING, after=after, keep=keep, seen=look)
    assert goes_on_after(one, key, sent="sent", kept=kept) is goes_on


def test_what_is_said_of_a_check_in_that_joins_the_queue() -> None:
    assert joined_words(WAITING, None, is_sent=False).startswith("It waits until the server is back; what plate.nc")
    full = ServerTrouble("There is no room on the server.")
    assert joined_words(WAITING, full, is_sent=False).startswith("It waits. There is no room on the server. What plate")
    assert joined_words(WAITING, None, is_sent=True).startswith("The check-in of plate.nc was sent, and no answer came")
    earlier = joined_words(replace(WAITING, after="k1"), None, is_sent=True)
    assert earlier.startswith("An earlier check-in of plate.nc was sent, and no answer came.")
