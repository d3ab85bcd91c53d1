"""When the tray speaks, and in which words."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from pdm_desktop.core.badges import Reader
from pdm_desktop.core.hearing import Hearing, Rule
from pdm_desktop.core.notices import TEXT_UNITS, TITLE_UNITS, Notice, Notices, notice_of, units
from server.protocol.events import (
    FileAdded,
    FileDeleted,
    FileMoved,
    FileRestored,
    FileUpdated,
    FolderMoved,
    VaultEvent,
)
from tests.support.facts import NOW, file, locked, unlocked

ME = Reader(person="Anna Novak", seat="seat-2")


def said(notice: Notice | None) -> tuple[str, str] | None:
    return None if notice is None else (notice.title, notice.text)


def test_a_lock_names_file_person_computer_and_reason() -> None:
    notice = notice_of("v", locked("a/2210.mcam", message="Roughing"), ME)
    assert said(notice) == ("2210.mcam is locked", "Tomas Ruiz has it on CAM-07: Roughing")
    assert notice is not None
    assert (notice.vault, notice.target, notice.urgent) == ("v", "f1", False)


def test_a_release_tells_what_came_of_it() -> None:
    checked_in = notice_of("v", unlocked("a/2210.mcam", why="checked_in", number="5.3"), ME)
    assert said(checked_in) == ("2210.mcam is free", "Tomas Ruiz checked in Rev 5.3.")
    undone = notice_of("v", unlocked("a/2210.mcam"), ME)
    assert said(undone) == ("2210.mcam is free", "Tomas Ruiz gave it back without a new revision.")
    assert notice_of("v", unlocked(why="deleted"), ME) is None


def test_own_actions_are_never_told() -> None:
    assert notice_of("v", locked(person="Anna Novak"), ME) is None
    assert notice_of("v", unlocked(person="Anna Novak"), ME) is None
    assert notice_of("v", locked(person="Anna Novak", before="Anna Novak"), ME) is None


def test_what_is_given_to_me_or_taken_from_me_is_told_by_the_inbox_alone() -> None:
    assert notice_of("v", locked("x.nc", person="Anna Novak", before="Tomas Ruiz"), ME) is None
    assert notice_of("v", locked("x.nc", person="Tomas Ruiz", before="Anna Novak"), ME) is None
    decided = replace(locked("x.nc", person="Mei Tanaka", before="Tomas Ruiz"), by="Anna Novak")
    assert notice_of("v", decided, ME) is None, "my own decision about others"
    taken = unlocked("x.nc", person="Olga Lind", why="forced")
    assert notice_of("v", taken, ME, was_mine=True) is None
    assert notice_of("v", taken, ME) is not None


def test_more_than_three_in_ten_seconds_are_gathered() -> None:
    notices = Notices(ME)
    shown = [notices.feed("v", locked(id_=str(n)), NOW + timedelta(seconds=n)) for n in range(3)]
    assert [len(each) for each in shown] == [1, 1, 1]
    events: list[VaultEvent] = [locked(), locked(), unlocked(person="Mei Tanaka")]
    for second, event in enumerate(events, start=3):
        assert notices.feed("v", event, NOW + timedelta(seconds=second)) == []
    assert notices.due == NOW + timedelta(seconds=7)
    assert notices.tick(NOW + timedelta(seconds=6)) == []
    (gathered,) = notices.tick(NOW + timedelta(seconds=7))
    assert gathered.title == "2 files locked, 1 released"
    assert gathered.text == "Tomas Ruiz 2 locked, Mei Tanaka 1 released. Click to see them."
    assert notices.due is None


def test_what_is_gathered_names_people_by_what_they_did_as_the_title_does() -> None:
    notices = Notices(ME)
    for _ in range(3):
        notices.feed("v", locked(), NOW)
    did = ([locked] * 6, "Anna Weiss"), ([unlocked] * 4, "Mei Tanaka"), ([locked] * 3, "Luca Ferri")
    for events, person in did:
        for event in events:
            notices.feed("v", event(person=person), NOW)
    (gathered,) = notices.tick(NOW + timedelta(seconds=10))
    assert said(gathered) == (
        "9 files locked, 4 released",
        "Anna Weiss 6 locked, Luca Ferri 3 locked, Mei Tanaka 4 released. Click to see them.",
    )


def test_a_steady_stream_is_told_every_ten_seconds() -> None:
    notices = Notices(ME)
    for second in range(30):
        notices.feed("v", locked(), NOW + timedelta(seconds=second))
        assert notices.due is None or notices.due <= NOW + timedelta(seconds=second + 2)
        notices.tick(NOW + timedelta(seconds=second))
    assert len(notices.tick(NOW + timedelta(seconds=40))) == 1


def test_one_that_waited_alone_is_told_as_itself() -> None:
    notices = Notices(ME)
    for _ in range(3):
        notices.feed("v", locked(), NOW)
    assert notices.feed("v", locked("late.nc"), NOW) == []
    (notice,) = notices.tick(NOW + timedelta(seconds=2))
    assert notice.title == "late.nc is locked"


def test_after_a_quiet_time_notices_are_single_again() -> None:
    notices = Notices(ME)
    for _ in range(3):
        notices.feed("v", locked(), NOW)
    assert len(notices.feed("v", locked(), NOW + timedelta(seconds=10))) == 1


def test_a_clock_that_is_put_back_holds_no_notice_back() -> None:
    notices = Notices(ME)
    for _ in range(5):
        notices.feed("v", locked(), NOW)
    a_year_before = NOW - timedelta(days=365)
    assert [notice.title for notice in notices.tick(a_year_before)] == ["2 files locked"]
    assert len(notices.feed("v", locked("next.nc"), a_year_before)) == 1


def test_the_rule_and_quiet_hours_hold_locks_and_releases() -> None:
    quiet = Hearing(quiet_until=NOW + timedelta(hours=1))
    for hearing in (Hearing(rule=Rule.NONE), quiet):
        assert Notices(ME, hearing=hearing).feed("v", locked(), NOW) == []
    assert len(Notices(ME, hearing=quiet).feed("v", locked(), NOW + timedelta(hours=1))) == 1
    near = Notices(ME, hearing=Hearing(rule=Rule.LOCAL), is_near=lambda notice: notice.target == "here")
    assert near.feed("v", locked(id_="there"), NOW) == []
    assert len(near.feed("v", locked(id_="here"), NOW)) == 1


def test_who_watches_a_file_hears_what_becomes_of_it() -> None:
    head = replace(file("f1", "Jobs/a.nc").head, major=5, minor=3)
    new = replace(file("f1", "Jobs/a.nc"), head=head)
    told: list[tuple[VaultEvent, tuple[str, str]]] = [
        (
            FileUpdated(file=new, by="Tomas Ruiz"),
            ("a.nc has a new revision", "Tomas Ruiz checked in Rev 5.3 and goes on."),
        ),
        (FileAdded(file=new, by="Tomas Ruiz"), ("a.nc is new", "Tomas Ruiz added it to Jobs.")),
        (
            FileMoved(file=new, from_="Old/b.nc", by="Tomas Ruiz"),
            ("a.nc is elsewhere", "Tomas Ruiz moved it, from Old/b.nc."),
        ),
        (FileDeleted(file=new, by="Tomas Ruiz"), ("a.nc is deleted", "Tomas Ruiz deleted it. It can be restored.")),
        (FileRestored(file=new, by="Tomas Ruiz"), ("a.nc is back", "Tomas Ruiz restored it.")),
    ]
    for event, words in told:
        assert Notices(ME).feed("v", event, NOW) == []
        (notice,) = Notices(ME).feed("v", event, NOW, watched=True)
        assert said(notice) == words
        assert (notice.vault, notice.target, notice.path) == ("v", "f1", "Jobs/a.nc")
    assert Notices(ME).feed("v", FileDeleted(file=new, by="Anna Novak"), NOW, watched=True) == []
    assert Notices(ME).feed("v", FolderMoved(from_="a", to="b", by="Tomas Ruiz"), NOW, watched=True) == []


def test_what_only_watchers_hear_is_gathered_as_well() -> None:
    notices = Notices(ME)
    for _ in range(3):
        notices.feed("v", locked(), NOW)
    for event in (locked(), FileUpdated(file=file("f1", "a.nc"), by="Mei Tanaka")):
        assert notices.feed("v", event, NOW, watched=True) == []
    (gathered,) = notices.tick(NOW + timedelta(seconds=2))
    assert said(gathered) == (
        "1 file locked, 1 changed",
        "Tomas Ruiz 1 locked, Mei Tanaka 1 changed. Click to see them.",
    )


@given(name=st.text(min_size=1, max_size=200), person=st.text(min_size=1, max_size=64), why=st.text(max_size=200))
def test_nothing_is_longer_than_windows_shows_and_the_person_is_whole(name: str, person: str, why: str) -> None:
    for event in (locked(name.replace("/", "-"), person=person, message=why), unlocked(name, person=person)):
        notice = notice_of("v", event, ME)
        if notice is None:
            assert person == "Anna Novak"
            continue
        assert units(notice.title) <= TITLE_UNITS
        assert units(notice.text) <= TEXT_UNITS
        assert notice.text.startswith(person)
        assert notice.title.endswith((" is locked", " is free"))


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=30, max_size=64), min_size=2, max_size=30))
def test_a_gathered_notice_fits_whoever_it_is_about(people: list[str]) -> None:
    notices = Notices(ME)
    for _ in range(3):
        notices.feed("v", locked(), NOW)
    for person in people:
        notices.feed("v", locked(person=person), NOW)
    (gathered,) = notices.tick(NOW + timedelta(seconds=10))
    assert units(gathered.text) <= TEXT_UNITS
    assert gathered.text.endswith("Click to see them.")
    assert gathered.title == f"{len(people)} files locked"
