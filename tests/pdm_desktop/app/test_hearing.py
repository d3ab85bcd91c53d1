"""What somebody wants to hear of is kept for a start without a server; an old choice here is brought along once."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pdm_desktop import config
from pdm_desktop.app.hearing import HearingNews
from pdm_desktop.app.kept import keep_config, read_config
from pdm_desktop.app.speaker import Speaker
from pdm_desktop.app.tasks import Tasks
from pdm_desktop.core.hearing import Hearing, Rule
from pdm_desktop.core.notices import Notice
from pdm_desktop.core.office import topics
from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.core.office.watches import ChooseHearing
from pdm_desktop.state.changes import NoticeRaised
from pdm_desktop.state.office import Reading
from pdm_desktop.state.store import Store
from server.protocol.calls import Hearing as Said
from server.protocol.calls import QuietHours
from tests.support.sample_office import my_lists
from tests.support.seat_parts import local_now

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAILY = tuple(QuietHours(day=day, start=0, end=0) for day in range(7))


class Desk:
    """A store, the settings of a computer, and what was asked of the server."""

    def __init__(self, data: Path) -> None:
        self.store = Store(clock=local_now)
        self.data = data
        self.asked: list[OfficeRequest] = []
        self.news = HearingNews(self.store, data, self.asked.append)

    def read(self, said: Said) -> None:
        self.store.read_topic(topics.MINE, Reading(value=my_lists(hearing=said), query=(), at=AT))
        self.news.topic_read(topics.MINE.name)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_an_old_choice_of_this_computer_is_brought_along_once(desk: Desk) -> None:
    keep_config(desk.store, desk.data, lambda known: replace(known, notices="local"))
    desk.read(Said(rule="all", quiet=[]))
    assert desk.asked == [ChooseHearing(rule=Rule.LOCAL)]
    assert read_config(desk.data).notices == "local", "it is not lost before the server has it"
    desk.read(Said(rule="local", quiet=[], at=AT))
    desk.read(Said(rule="all", quiet=[], at=AT))
    assert len(desk.asked) == 1
    assert (desk.store.hearing.rule, read_config(desk.data).notices) == (Rule.ALL, "all")


def test_where_nothing_was_chosen_nothing_is_brought(desk: Desk) -> None:
    desk.read(Said(rule="all", quiet=[]))
    assert desk.asked == []


def test_a_choice_that_is_read_again_with_other_lists_is_not_brought_twice(desk: Desk) -> None:
    keep_config(desk.store, desk.data, lambda known: replace(known, notices="local"))
    for _ in range(2):
        desk.read(Said(rule="all", quiet=[]))
    assert desk.asked == [ChooseHearing(rule=Rule.LOCAL)]


def test_what_the_server_has_counts_and_is_known_at_a_start_without_it(desk: Desk) -> None:
    desk.read(Said(rule="none", quiet=list(DAILY), at=AT))
    assert desk.store.hearing == Hearing(rule=Rule.NONE, quiet=DAILY)
    kept = config.load(desk.data)
    assert (kept.notices, tuple(kept.quiet_hours)) == ("none", DAILY)


def test_an_hour_of_quiet_goes_on_when_the_choice_is_read(desk: Desk) -> None:
    desk.store.hear(Hearing(quiet_until=AT))
    desk.read(Said(rule="local", quiet=[], at=AT))
    assert desk.store.hearing == Hearing(rule=Rule.LOCAL, quiet_until=AT)


@pytest.mark.parametrize("quiet", [True, False], ids=["quiet hours", "other hours"])
def test_quiet_hours_only_note_what_concerns_the_person(desk: Desk, quiet: bool) -> None:
    """A request and what was taken away as well: they stand in Last notices, and set the sign of attention."""
    raised: list[NoticeRaised] = []
    desk.store.subscribe(lambda change: raised.append(change) if isinstance(change, NoticeRaised) else None)
    desk.read(Said(rule="none", quiet=list(DAILY) if quiet else [], at=AT))
    speaker = Speaker(desk.store, Tasks(lambda _: None), local_now)
    urgent = Notice(title="Your lock was released", text="By Olga Lind.", urgent=True)
    speaker.say(urgent)
    assert [(each.notice, each.aloud) for each in raised] == [(urgent, not quiet)]
