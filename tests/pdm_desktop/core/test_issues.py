"""What needs a person's decision, as the views of a file show it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pdm_desktop.core.actions import Suspicion
from pdm_desktop.core.decisions import Seen
from pdm_desktop.core.issues import (
    Absent,
    Conflict,
    DeletedCopy,
    Doubt,
    Here,
    MassDeletion,
    ParkedNeed,
    WaitingNeed,
    doubt_of,
    files_of,
    gathered,
    has_to_be_read,
    has_two_versions,
    in_order,
    key_of,
)
from pdm_desktop.core.trees import InJournal, InVault, OnDisk, Tombstone, Views
from server.protocol.vault import Revision
from tests.support import sample

OLD, HEAD = (1, 0), (1, 1)
KNOWN = InJournal(place="p/1.nc", revision=OLD, hash="old", size=100, mtime_ns=1_000)
SAME = InVault(place="p/1.nc", revision=OLD, hash="old")
NEWER = InVault(place="p/1.nc", revision=HEAD, hash="head")
CLEAN = OnDisk(size=100, mtime_ns=1_000, writable=False)
WORK = OnDisk(size=120, mtime_ns=2_000, writable=True, hash="work")
EMPTY = replace(WORK, size=0, hash="empty")
NOW = datetime(2026, 11, 26, 10, 42, tzinfo=UTC)


def views(vault: InVault | Tombstone | None, disk: OnDisk | None, journal: InJournal | None = KNOWN) -> Views:
    return Views(vault=vault, disk=disk, journal=journal)


@pytest.mark.parametrize(
    ("seen", "two"),
    [
        (views(NEWER, WORK), True),
        (views(NEWER, WORK, replace(KNOWN, token=7)), True),
        (views(Tombstone(by="Anna"), WORK), True),
        (views(SAME, WORK), False),
        (views(NEWER, CLEAN), False),
        (views(NEWER, replace(WORK, hash="head")), False),
        (views(NEWER, replace(WORK, hash="old")), False),
        (views(NEWER, replace(WORK, hash=None)), False),
        (views(None, WORK), False),
        (views(NEWER, None), False),
        (views(NEWER, WORK, None), False),
    ],
)
def test_edits_and_something_newer_are_two_versions(seen: Views, *, two: bool) -> None:
    assert has_two_versions(seen) is two


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (views(SAME, EMPTY), Suspicion.EMPTY),
        (views(SAME, EMPTY, replace(KNOWN, token=7)), Suspicion.EMPTY),
        (views(SAME, replace(WORK, mtime_ns=1_000)), Suspicion.SAME_TIME),
        (replace(views(SAME, WORK), after_crash=True), Suspicion.AFTER_CRASH),
        (replace(views(SAME, WORK, replace(KNOWN, token=7)), after_crash=True), None),
        (views(SAME, WORK, replace(KNOWN, token=7, doubted="work")), Suspicion.AFTER_CRASH),
        (views(SAME, WORK, replace(KNOWN, doubted="other")), None),
        (views(SAME, WORK), None),
        (views(SAME, EMPTY, replace(KNOWN, meant="empty")), None),
        (views(SAME, EMPTY, replace(KNOWN, meant="something else")), Suspicion.EMPTY),
        (replace(views(SAME, WORK, replace(KNOWN, meant="work")), after_crash=True), None),
        (views(NEWER, replace(EMPTY, hash="head")), None),
    ],
)
def test_what_may_be_an_accident_is_doubted_until_a_person_says_that_it_is_meant(
    seen: Views, why: Suspicion | None
) -> None:
    assert doubt_of(seen) is why


@pytest.mark.parametrize(
    ("seen", "read"),
    [
        (views(NEWER, replace(WORK, hash=None)), True),
        (views(Tombstone(), replace(WORK, hash=None)), True),
        (views(SAME, replace(EMPTY, hash=None)), True),
        (views(SAME, replace(WORK, hash=None)), False),
        (replace(views(SAME, replace(WORK, hash=None)), after_crash=True), True),
        (replace(views(SAME, CLEAN), after_crash=True), False),
        (views(NEWER, WORK), False),
        (views(NEWER, CLEAN), False),
        (views(NEWER, None), False),
    ],
)
def test_it_is_read_only_when_there_may_be_something_to_decide(seen: Views, *, read: bool) -> None:
    assert has_to_be_read(seen) is read


def test_a_decision_is_about_content_and_head() -> None:
    here = Here(full_path="/srv/p/1.nc", size=120, hash="work", at=NOW, base=OLD)
    head = Revision(major=1, minor=1, size=90, hash="head", author="Mei Tanaka", at=NOW)
    conflict = Conflict(file="f", vault="v", path="p/1.nc", mine=here, theirs=head)
    assert conflict.seen == Seen(hash="work", head=HEAD)
    assert replace(conflict, theirs=None).seen == Seen(hash="work", head=None)
    assert not conflict.is_same
    assert replace(conflict, theirs=replace(head, hash="work")).is_same


def test_what_stops_everything_comes_first_and_each_has_a_name_of_its_own() -> None:
    here = Here(full_path="/srv/p/1.nc", size=0, hash="empty", at=NOW, base=OLD)
    doubt = Doubt(
        file="d", vault="v", path="a.nc", mine=here, expected_size=9, expected_hash="old", why=Suspicion.EMPTY
    )
    conflicts = [Conflict(file=f, vault="v", path=f"{f}.nc", mine=here, theirs=None) for f in ("B", "a")]
    mass = MassDeletion(copies=tuple(DeletedCopy(file=f, vault="v", path=f, size=1, by=by) for f, by in DELETED))
    absent = Absent(folder="/srv", why="It is not there.")
    ordered = in_order([doubt, *conflicts, mass, absent])
    assert ordered == (absent, mass, conflicts[1], conflicts[0], doubt)
    assert len({key_of(each) for each in ordered}) == 5
    assert [files_of(each) for each in ordered] == [(), ("x", "y", "z"), ("a",), ("B",), ("d",)]
    assert mass.people == ("Anna", "Tomas")


def test_refused_check_ins_of_the_queue_and_parked_versions_stand_with_what_the_workspace_shows() -> None:
    all_of = gathered([sample.DOUBT, sample.CONFLICT, sample.ABSENT], sample.QUEUE, sample.PARKED)
    waiting = WaitingNeed(check_in=sample.QUEUE[2])
    assert all_of[:4] == (sample.ABSENT, waiting, sample.CONFLICT, sample.DOUBT), "what only waits needs nobody"
    parked = [each.parked.version.id for each in all_of if isinstance(each, ParkedNeed)]
    assert parked == ["p1", "p3", "p2", "p4"], "by path"
    assert len({key_of(each) for each in all_of}) == len(all_of) == 8
    assert files_of(waiting) == files_of(all_of[-1]) == (), "a question about the same file stays to be found"


DELETED = (("x", "Tomas"), ("y", None), ("z", "Anna"))
