"""When the tray speaks, and in which words."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from pdm_desktop.core.badges import Reader
from pdm_desktop.core.notices import TEXT_UNITS, TITLE_UNITS, Notice, Notices, Rule, notice_of, units
from server.protocol.events import VaultEvent
from tests.support.facts import NOW, locked, unlocked

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


def test_what_is_given_or_taken_is_urgent() -> None:
    given_to_me = notice_of("v", locked("x.nc", person="Anna Novak", before="Tomas Ruiz"), ME)
    assert said(given_to_me) == ("x.nc is yours now", "Tomas Ruiz transferred it to you.")
    taken = notice_of("v", unlocked("x.nc", person="Olga Lind", why="forced"), ME, was_mine=True)
    assert said(taken) == ("Your lock was released", "x.nc, by Olga Lind. Your work is kept.")
    assert given_to_me is not None
    assert taken is not None
    assert given_to_me.urgent
    assert taken.urgent


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


def test_rules_and_quiet_hours_hold_all_but_the_urgent() -> None:
    taken = unlocked("x.nc", person="Olga Lind", why="forced")
    for notices in (Notices(ME, rule=Rule.NONE), Notices(ME)):
        notices.quiet_until = NOW + timedelta(hours=1)
        assert notices.feed("v", locked(), NOW) == []
        assert len(notices.feed("v", taken, NOW, was_mine=True)) == 1
    local = Notices(ME, rule=Rule.LOCAL, is_local=lambda file: file == "here")
    assert local.feed("v", locked(id_="there"), NOW) == []
    assert len(local.feed("v", locked(id_="here"), NOW)) == 1


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
