"""What a seat tells of itself: when it changes, at most every 30 seconds, again after a reconnect, and no more."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from pdm_desktop.app import telling
from pdm_desktop.app.telling import EVERY, Telling, Told, troubles_of
from pdm_desktop.core.issues import Issue
from pdm_desktop.core.waiting import WaitingCheckIn
from pdm_desktop.state.account import Connection, Phase
from server.protocol.events import Away, FileUnlocked, Report, Troubles
from tests.support import sample

MINE, SECOND, OTHERS = "2210-block.sldprt", "2210-block-op20.mcam", "2210-block.sldasm"


class Seat:
    """A seat that tells, and its time."""

    def __init__(self) -> None:
        self.store = sample.store()
        self.said: list[Told] = []
        self.now = 1_000.0
        self.due: list[tuple[float, Callable[[], None]]] = []
        self.telling = Telling(self.store, self.said.append, self._later, lambda: self.now)

    def _later(self, seconds: float, what: Callable[[], None]) -> None:
        self.due.append((self.now + seconds, what))

    def pass_by(self, seconds: float) -> None:
        self.now += seconds
        due, self.due = self.due, []
        for at, what in due:
            if at <= self.now:
                what()
            else:
                self.due.append((at, what))

    def see(self, *reports: Report, is_full: bool = False) -> list[Told]:
        """What is said after the workspace shows this."""
        self.said.clear()
        self.telling.see(reports, is_full=is_full)
        return list(self.said)


@pytest.fixture
def seat() -> Seat:
    return Seat()


def report(file: str = MINE, minutes: float = 4) -> Report:
    return Report(file=file, edited=sample.NOW - timedelta(minutes=minutes))


def test_each_check_out_is_told_and_only_what_changed_is_told_again(seat: Seat) -> None:
    assert seat.see(report(), report(SECOND)) == [report(), report(SECOND), Troubles()]
    seat.pass_by(EVERY)
    assert seat.see(report(), report(SECOND, minutes=1)) == [report(SECOND, minutes=1)]


def test_a_file_is_told_at_most_every_30_seconds_and_then_as_it_is_by_now(seat: Seat) -> None:
    seat.see(report())
    seat.pass_by(10)
    assert seat.see(report(minutes=3)) == []
    assert seat.see(report(minutes=2)) == []
    seat.pass_by(EVERY - 10 - 1)
    assert seat.said == []
    seat.pass_by(1)
    assert seat.said == [report(minutes=2)]


@pytest.mark.parametrize("now", [0.1, 0.3, 1.1, 7.7, 1_234.567])
def test_what_was_never_told_is_told_at_once_whatever_the_clock_shows(
    seat: Seat, now: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Subtracted and added again, a number is not always the same."""
    monkeypatch.setattr(telling, "EVERY", 0.2)
    seat.now = now
    assert seat.see(report()) == [report(), Troubles()]
    assert seat.due == []


def test_nothing_is_told_of_what_is_not_checked_out_here(seat: Seat) -> None:
    assert seat.see(report(OTHERS), report("nobody knows it")) == [Troubles()]


def test_what_is_given_back_is_told_no_more_and_anew_at_the_next_check_out(seat: Seat) -> None:
    held = seat.store.locks.get(MINE)
    assert held is not None
    seat.see(report())
    seat.store.apply_event(
        "production", 2, FileUnlocked(file=MINE, path=held.path, filename=MINE, by=sample.ME, why="undone")
    )
    seat.telling.tell()
    seat.pass_by(EVERY)
    assert seat.see(report()) == []


def test_after_a_reconnect_all_of_it_is_told_again(seat: Seat) -> None:
    seat.see(report(), is_full=True)
    seat.said.clear()
    seat.telling.come_back()
    assert seat.said == [report(), Troubles(full=True)]


def test_offline_nothing_is_told(seat: Seat) -> None:
    seat.store.connect(Connection(phase=Phase.OFFLINE, since=sample.NOW))
    assert seat.see(report()) == []


def test_what_needs_the_person_is_told_when_it_comes_and_when_it_is_done(seat: Seat) -> None:
    seat.see()
    seat.pass_by(EVERY)
    seat.store.load_issues([sample.CONFLICT])
    seat.telling.tell()
    seat.pass_by(EVERY)
    seat.store.load_issues([])
    seat.telling.tell()
    assert seat.said == [Troubles(), Troubles(decisions=1), Troubles()]


def test_who_leaves_the_computer_is_told_once_until_back_and_after_a_reconnect(seat: Seat) -> None:
    left = sample.NOW - timedelta(minutes=10)
    seat.see()
    seat.telling.leave(left)
    seat.telling.leave(left)
    assert seat.said == [Troubles(), Away(since=left)]
    seat.said.clear()
    seat.telling.come_back()
    assert seat.said == [Troubles(), Away(since=left)]
    seat.pass_by(EVERY)
    seat.said.clear()
    seat.telling.leave(None)
    assert seat.said == [Away()]
    seat.said.clear()
    seat.telling.come_back()
    assert seat.said == [Troubles()]


def test_who_is_back_within_30_seconds_is_told_so_after_them(seat: Seat) -> None:
    seat.see()
    seat.telling.leave(sample.NOW)
    seat.said.clear()
    seat.telling.leave(None)
    assert seat.said == []
    seat.pass_by(EVERY)
    assert seat.said == [Away()]


def test_at_the_end_nothing_more_is_told(seat: Seat) -> None:
    seat.telling.close()
    assert seat.see(report()) == []


@pytest.mark.parametrize(
    ("issues", "queue", "full", "expected"),
    [
        ([], [], False, Troubles()),
        ([], [], True, Troubles(full=True)),
        (sample.ISSUES, [], False, Troubles(decisions=3)),
        ([sample.ABSENT], [], False, Troubles(absent=True)),
        ([], sample.QUEUE, False, Troubles(stopped=1, waiting=1)),
        ([], [replace(sample.QUEUE[0], why=None)], False, Troubles()),
    ],
    ids=["well", "full", "decisions", "absent", "queue", "only offline"],
)
def test_troubles_are_numbers(issues: list[Issue], queue: list[WaitingCheckIn], full: bool, expected: Troubles) -> None:
    assert troubles_of(issues, queue, is_full=full) == expected
