"""What is said of personal messages."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pdm_desktop.core.inbox import new_entries, notices_of
from pdm_desktop.core.notices import ANSWERS, TEXT_UNITS, units
from server.protocol.calls import HandedOver, InboxEntry, InboxKind

AT = datetime(2026, 3, 4, tzinfo=UTC)
PLATE = "Jobs/plate.nc"


def entry(kind: InboxKind, **said: object) -> InboxEntry:
    whole: dict[str, object] = {"vault": "v", "file": "f1", "path": PLATE, "by": "Tomas Ruiz", "number": 1} | said
    return InboxEntry(kind=kind, at=AT, acknowledged=False, **whole)  # type: ignore[arg-type] # fields of the entry


@pytest.mark.parametrize(
    ("one", "title", "text"),
    [
        (
            entry("release_requested", by="Mei Tanaka", text="Before noon", request="r1"),
            "Mei Tanaka asks for your file", "plate.nc: Before noon",
        ),
        (
            entry("release_answered", answer="kept", text="Ready at 11:30."),
            "Tomas Ruiz keeps plate.nc", "“Ready at 11:30.” You stay in line.",
        ),
        (
            entry("release_answered", answer="released"),
            "plate.nc is free", "Tomas Ruiz released it, as you asked. Click to check it out.",
        ),
        (
            entry("file_free"),
            "plate.nc is free", "Tomas Ruiz checked in Rev 5.3. You are first in line. Click to check out.",
        ),
        (
            entry("lock_transferred"),
            "plate.nc is yours now", "Tomas Ruiz transferred it to you with unchecked-in work.",
        ),
        (
            entry("lock_forced", by="Olga Lind", text="needed for the 14:00 setup"),
            "Your lock was released", "plate.nc, by Olga Lind: needed for the 14:00 setup. Whatever you saved is kept.",
        ),
        (
            entry("work_arrived", computer="CAM-07"),
            "Work on plate.nc is here now",
            "What Tomas Ruiz had saved on CAM-07 and not checked in has arrived.",
        ),
        (
            entry("nothing_left", computer="CAM-07"),
            "Nothing more comes with plate.nc",
            "Tomas Ruiz’s seat is back: there is no unchecked-in work on CAM-07. What you have is all there is.",
        ),
        (
            entry("work_held_back", computer="CAM-07"),
            "Nothing more comes with plate.nc",
            "Tomas Ruiz held back what was saved on CAM-07: it stays there. What you have is all there is.",
        ),
        (entry("message", by="Olga Lind", text="Tea!"), "Message from Olga Lind", "Tea!"),
    ],
)  # fmt: skip
def test_each_kind_has_its_words(one: InboxEntry, title: str, text: str) -> None:
    came = {"f1": HandedOver(file="f1", giver="Tomas Ruiz", at=AT, parked="p1")}
    released = {"f1": "Tomas Ruiz checked in Rev 5.3."}
    (notice,) = notices_of([one], waits=frozenset({"f1"}), came=came, released=released)
    assert (notice.title, notice.text) == (title, text)
    assert (notice.vault, notice.target, notice.path) in (("v", "f1", PLATE), (None, None, None))


def test_who_is_told_later_than_the_release_hears_that_it_is_the_next_turn_and_not_who_released_it() -> None:
    for released in ({}, {"f1": "Tomas Ruiz checked in Rev 5.3."}):
        (notice,) = notices_of([replace(entry("file_free"), by=None)], released=released)
        assert notice.title == "plate.nc is free"
        assert notice.text == "Nobody has taken it. It is your turn now. Click to check out."


def test_a_request_can_be_answered_on_it_and_one_that_is_over_is_not_told() -> None:
    asked = entry("release_requested", request="r1")
    (notice,) = notices_of([asked])
    assert (notice.request, notice.buttons, notice.urgent) == ("r1", ANSWERS, True)
    assert notices_of([replace(asked, answer="over")]) == []


@pytest.mark.parametrize(
    ("came", "work"),
    [
        (HandedOver(file="f1", giver="Anna Novak", at=AT, parked="p1"), " Anna Novak's saved work comes with it."),
        (
            HandedOver(file="f1", giver="Anna Novak", at=AT),
            " What Anna Novak may have saved and not checked in is not here yet: you are told when it is.",
        ),
        (None, ""),
    ],
    ids=["with it", "not yet", "not known"],
)
def test_a_file_that_an_administrator_gave_says_who_decided_and_why(came: HandedOver | None, work: str) -> None:
    given = entry("lock_transferred", by="Olga Lind", text="Anna is on a train.")
    (notice,) = notices_of([given], came={} if came is None else {"f1": came})
    assert notice.title == "plate.nc is yours now"
    assert notice.text == f"Olga Lind gave it to you.{work} The reason: “Anna is on a train.”"
    assert notices_of([given], me="Olga Lind") == [], "her own decision, at any of her seats"


def test_a_file_that_its_holder_gave_without_work_says_just_that() -> None:
    (bare,) = notices_of([entry("lock_transferred")])
    assert bare.text == "Tomas Ruiz transferred it to you."


def test_why_a_lock_was_taken_gives_way_and_that_the_work_is_kept_never() -> None:
    (notice,) = notices_of([entry("lock_forced", by="Olga Lind", text="why " * 200, path=f"Jobs/{'long' * 50}.nc")])
    assert units(notice.text) <= TEXT_UNITS
    assert "by Olga Lind" in notice.text
    assert notice.text.endswith("Whatever you saved is kept.")


def test_my_turn_takes_the_place_of_the_answer_about_the_same_file() -> None:
    both = [entry("release_answered", answer="released"), entry("file_free", number=2)]
    assert [each.title for each in notices_of(both)] == ["plate.nc is free"]
    assert "first in line" in notices_of(both)[0].text


def test_a_click_checks_out_only_what_is_free_for_me() -> None:
    free = [entry("file_free"), entry("release_answered", answer="released", file="f2")]
    others = [entry("release_answered", answer="kept", file="f3"), entry("lock_transferred"), entry("lock_forced")]
    assert [each.offers for each in notices_of([*free, *others])] == [True, True, False, False, False]


def test_own_doing_on_another_seat_is_not_told() -> None:
    assert notices_of([entry("lock_adopted")]) == []


def test_what_came_over_days_is_told_as_one_and_what_cannot_wait_singly() -> None:
    many = [entry("file_free", file=f"f{n}", path=f"{n}.nc", number=n) for n in range(6)]
    urgent, gathered = notices_of([*many, entry("lock_forced", number=9)])
    assert urgent.title == "Your lock was released"
    assert gathered.title == "6 notices for you"
    assert gathered.text.endswith("and 3 more. Click to see them.")


def test_each_entry_is_told_once_on_each_seat_and_a_new_seat_tells_what_nobody_has_seen() -> None:
    entries = [entry("file_free", number=n) for n in (1, 2, 3)]
    assert [each.number for each in new_entries(entries, told=2)] == [3]
    seen = [replace(entries[0], acknowledged=True), *entries[1:]]
    assert [each.number for each in new_entries(seen, told=None)] == [2, 3]
    assert [each.number for each in new_entries(seen, told=0)] == [1, 2, 3]
