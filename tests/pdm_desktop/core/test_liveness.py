"""How it stands with a check-out, in the words of the details, the lock list and the dashboard."""

from datetime import UTC, datetime, timedelta

import pytest

from pdm_desktop.core import liveness
from server.protocol.calls import LockEntry
from server.protocol.vault import Lock

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
LOCK = Lock(locked_by="Mei Tanaka", seat="s", computer="CAM-01", since=NOW, token=1)


def entry(
    *, online: bool = True, contact: float | None = None, edited: float | None = None, is_open: bool | None = None,
    left: float | None = None,
) -> LockEntry:  # fmt: skip
    """A lock whose seat was in contact, and its file edited, so many minutes ago; `left`: nobody is at it since."""

    def back(minutes: float | None) -> datetime | None:
        return None if minutes is None else NOW - timedelta(minutes=minutes)

    return LockEntry(
        vault="v", file="f", path="a.nc", lock=LOCK, online=online, last_contact=back(contact), edited=back(edited),
        open=is_open, away=back(left),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (entry(), "online"),
        (entry(left=25), "away for 25 min"),
        (entry(online=False, contact=180), "offline for 3 h"),
        (entry(online=False, contact=0.5), "offline"),
        (entry(online=False), "offline"),
    ],
    ids=["online", "away", "for hours", "just gone", "never here"],
)
def test_whether_the_holder_can_be_reached(of: LockEntry, words: str) -> None:
    assert liveness.presence_of(of, NOW) == words


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (entry(edited=4, is_open=True), "edited 4 min ago, open now"),
        (entry(edited=0.2, is_open=False), "edited just now"),
        (entry(is_open=True), "not edited, open now"),
        (entry(is_open=False), "not edited"),
        (entry(), ""),
        (entry(online=False, contact=180, edited=240, is_open=True), "last known: edited 4 h ago, open"),
        (entry(online=False, contact=180, is_open=False), "last known: not edited"),
        (entry(online=False, contact=180), ""),
    ],
    ids=["open", "now", "opened", "neither", "nothing told", "away", "away unedited", "away silent"],
)
def test_what_the_seat_told_of_the_work(of: LockEntry, words: str) -> None:
    assert liveness.work_of(of, NOW) == words


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (entry(edited=4, is_open=False), "4 min ago"),
        (entry(edited=4, is_open=True), "4 min ago, open now"),
        (entry(is_open=True), "no, open now"),
        (entry(is_open=False), "no"),
        (entry(online=False, edited=240, is_open=True), "4 h ago, last known"),
        (entry(online=False, is_open=True), "no"),
        (entry(), ""),
    ],
    ids=["edited", "open", "opened", "neither", "offline", "offline unedited", "nothing told"],
)
def test_the_last_edit_alone(of: LockEntry, words: str) -> None:
    assert liveness.edited_of(of, NOW) == words


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (entry(edited=4, is_open=True), "edited 4 min ago, open"),
        (entry(), "online"),
        (entry(left=25, edited=30, is_open=True), "away for 25 min; edited 30 min ago, open"),
        (
            entry(online=False, contact=180, edited=240, is_open=True),
            "offline for 3 h; last known: edited 4 h ago, open",
        ),
        (entry(online=False, contact=180), "offline for 3 h"),
    ],
    ids=["at work", "nothing told", "away", "offline", "offline and silent"],
)
def test_how_it_stands_in_one_line(of: LockEntry, words: str) -> None:
    assert liveness.holding_of(of, NOW) == words
