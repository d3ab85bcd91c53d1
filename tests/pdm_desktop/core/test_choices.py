"""What a person can choose, in words that say what becomes of both versions."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pdm_desktop.core.actions import Suspicion
from pdm_desktop.core.badges import Reader
from pdm_desktop.core.choices import (
    OFFLINE,
    Situation,
    deletion_choices,
    doubt_choices,
    sentence_of,
    title_of,
    versions_choices,
)
from pdm_desktop.core.decisions import Side
from pdm_desktop.core.issues import (
    Absent,
    Conflict,
    DeletedCopy,
    Doubt,
    Here,
    Issue,
    MassDeletion,
    ParkedNeed,
    WaitingNeed,
)
from server.protocol.vault import Lock, Revision
from tests.support.sample import ME, MY_SEAT, NOW, PARKED, QUEUE

AT = Situation(reader=Reader(person=ME, seat=MY_SEAT), known=True, role="editor", now=NOW)
HERE = Here(full_path="/srv/plate.nc", size=1_200, hash="a" * 64, at=NOW - timedelta(minutes=18), base=(6, 4))
HEAD = Revision(major=6, minor=5, size=1_300, hash="b" * 64, author="Mei Tanaka", at=NOW - timedelta(minutes=47))
CONFLICT = Conflict(file="f", vault="v", path="Jobs/plate.nc", mine=HERE, theirs=HEAD)
DELETED = replace(CONFLICT, theirs=None, deleted_by="Anna Novak")
DOUBT = Doubt(
    file="f", vault="v", path="Jobs/plate.nc", mine=replace(HERE, size=0), expected_size=1_200, expected_hash="c" * 64,
    why=Suspicion.EMPTY,
)  # fmt: skip


def lock(person: str, seat: str) -> Lock:
    return Lock(locked_by=person, seat=seat, computer="CAM-07", since=NOW - timedelta(hours=1), token=9)


def test_the_second_copy_says_who_and_when() -> None:
    both = versions_choices(CONFLICT, AT)[Side.BOTH]
    assert both.text == (
        "Rev 6.5 comes to its place. Yours stays beside it as “plate (Sam Becker 2026-11-26 10.24).nc”, "
        "a file of your own."
    )


def test_each_way_says_what_becomes_of_mine() -> None:
    for choices in (versions_choices(CONFLICT, AT), versions_choices(DELETED, AT)):
        assert "recovery store" in choices[Side.THEIRS].text
        assert all("ours" in choice.text or "our content" in choice.text for choice in choices.values())


@pytest.mark.parametrize(
    ("conflict", "at", "why"),
    [
        (CONFLICT, AT, None),
        (replace(CONFLICT, lock=lock(ME, MY_SEAT), held_here=True), AT, None),
        (replace(CONFLICT, lock=lock("Tomas Ruiz", "t")), AT, "Tomas Ruiz has it on CAM-07 since 09:42."),
        (
            replace(CONFLICT, lock=lock(ME, "elsewhere")),
            AT,
            "You have it on CAM-07. Take it over here first, or check it in there.",
        ),
        (DELETED, AT, "It is deleted in the vault. Let it be restored first, or keep both."),
        (CONFLICT, replace(AT, role="reader"), "You may read this vault, not change it."),
        (CONFLICT, replace(AT, known=False), OFFLINE),
    ],
)
def test_mine_goes_on_only_when_the_lock_can_be_had(conflict: Conflict, at: Situation, why: str | None) -> None:
    assert versions_choices(conflict, at)[Side.MINE].why_not == why


def test_offline_only_what_changes_nothing_is_possible() -> None:
    away = replace(AT, known=False)
    assert all(choice.why_not == OFFLINE for choice in versions_choices(CONFLICT, away).values())
    assert doubt_choices(DOUBT, away)[True].why_not is None
    assert doubt_choices(DOUBT, away)[False].why_not == OFFLINE
    mass = MassDeletion(copies=(DeletedCopy(file="f", vault="v", path="a", size=1),))
    assert all(choice.why_not == OFFLINE for choice in deletion_choices(mass, away).values())


MANY = MassDeletion(
    copies=tuple(DeletedCopy(file=f"{n}", vault="v", path=f"{n}", size=1, by="Anna Novak") for n in range(25))
)


@pytest.mark.parametrize(
    ("issue", "title", "sentence"),
    [
        (
            CONFLICT,
            "plate.nc",
            "Edited here from Rev 6.4, and Mei Tanaka checked in Rev 6.5 at 09:55. Both are kept.",
        ),
        (
            replace(CONFLICT, theirs=replace(HEAD, at=NOW - timedelta(days=1))),
            "plate.nc",
            "Edited here from Rev 6.4, and Mei Tanaka checked in Rev 6.5 yesterday at 10:42. Both are kept.",
        ),
        (
            replace(CONFLICT, theirs=replace(HEAD, at=NOW - timedelta(days=3))),
            "plate.nc",
            "Edited here from Rev 6.4, and Mei Tanaka checked in Rev 6.5 on Mon at 10:42. Both are kept.",
        ),
        (
            replace(CONFLICT, theirs=replace(HEAD, at=NOW - timedelta(days=40))),
            "plate.nc",
            "Edited here from Rev 6.4, and Mei Tanaka checked in Rev 6.5 on 17 Oct. Both are kept.",
        ),
        (
            DELETED,
            "plate.nc",
            "Edited here from Rev 6.4, and Anna Novak deleted it in the vault. Yours is kept.",
        ),
        (DOUBT, "plate.nc", "It is suddenly empty. Rev 6.4 has 1.2 KB. It is left as it is."),
        (
            MANY,
            "25 files",
            "So many were deleted in the vault by Anna Novak at once that the copies here stay until you decide.",
        ),
        (
            Absent(folder="/srv/PDM", why="The workspace folder /srv/PDM is not there."),
            "The workspace",
            "The workspace folder /srv/PDM is not there. Nothing is done until it is back, "
            "and then it goes on by itself.",
        ),
        (
            WaitingNeed(check_in=QUEUE[2]),
            "2210-fixture.sldasm",
            "Not checked in. Your lock of 2210-fixture.sldasm is gone: Anna Novak has it on CAD-04. Your work stays in "
            "the workspace. Check it out as soon as it is yours to take: your work stays in it. Then check in.",
        ),
        (
            WaitingNeed(check_in=replace(QUEUE[2], of_set="s", why="Left as it was: all go, or none.", advice=None)),
            "2210-fixture.sldasm",
            "Not checked in. Left as it was: all go, or none. Check in again as soon as the others of its set can go "
            "too, or take it out.",
        ),
        (
            ParkedNeed(parked=PARKED[0]),
            "2210-block-op20.mcam",
            "2210-block-op20.mcam comes from Rev 3.8 and was not checked in: the lock was gone. "
            "You have the file checked out: check in from it.",
        ),
    ],
)
def test_a_sentence_says_what_is_so(issue: Issue, title: str, sentence: str) -> None:
    assert title_of(issue) == title
    assert sentence_of(issue, NOW, AT.reader) == sentence


def test_the_button_says_how_many() -> None:
    assert deletion_choices(MANY, AT)[True].verb == "Remove 25 copies"
