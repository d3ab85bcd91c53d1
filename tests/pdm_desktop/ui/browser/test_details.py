"""The details of a held file: whether its holder can be reached, and what the holding seat told of the work."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from pdm_desktop.core.office import topics
from pdm_desktop.core.office.requests import Look, LookAway
from pdm_desktop.state.office import Reading
from pdm_desktop.ui.browser.details import Details
from server.protocol.calls import Locks
from tests.pdm_desktop.ui.conftest import Desk, offline
from tests.support import sample, sample_office

JANS, MINE, FREE = "2210-fixture-plate.sldprt", "2210-block.sldprt", "2210-plug.step"


def look_at(file: str) -> Look:
    return Look(topic=topics.HELD, query=(("file", file),))


def select(desk: Desk, file: str) -> Details:
    desk.window.page.table.go_to(file)
    return desk.window.below.details


def answer(desk: Desk, file: str, **more: Any) -> None:
    """What the server says of the lock of a file."""
    held = next(each for each in sample_office.LOCKS if each.file == file)
    value = Locks(locks=[replace(held, **more)])
    desk.store.read_topic(topics.HELD, Reading(value=value, query=look_at(file).query, at=sample.NOW))


def test_a_holder_who_is_away_says_for_how_long_and_the_work_is_last_known(desk: Desk, qtbot: QtBot) -> None:
    details = select(desk, JANS)
    qtbot.waitUntil(lambda: look_at(JANS) in desk.asked)
    answer(desk, JANS, last_contact=sample.NOW - timedelta(hours=3), edited=sample.NOW - timedelta(hours=4), open=False)
    assert details.fact("Holder") == "Jan Kowalski on CAM-03, offline for 3 h"
    assert details.fact("Work") == "Last known: edited 4 h ago"


def test_a_holder_who_is_here_says_how_it_stands_now(desk: Desk, qtbot: QtBot) -> None:
    file = "2210-block.sldasm"
    details = select(desk, file)
    answer(desk, file, edited=sample.NOW - timedelta(minutes=4), open=True)
    assert details.fact("Holder") == "Anna Novak on CAD-04, online"
    assert details.fact("Work") == "Edited 4 min ago, open now"
    answer(desk, file, edited=None, open=None)
    assert details.fact("Work") == ""


def test_a_holder_who_has_left_the_computer_is_away(desk: Desk) -> None:
    file = "2210-block.sldasm"
    details = select(desk, file)
    left = sample.NOW - timedelta(minutes=25)
    desk.store.people_left({"Anna Novak": left}, [])
    assert details.fact("Holder") == "Anna Novak on CAD-04, away for 25 min"
    answer(desk, file, away=None)
    assert details.fact("Holder") == "Anna Novak on CAD-04, online"
    answer(desk, file, away=left)
    assert details.fact("Holder") == "Anna Novak on CAD-04, away for 25 min"
    assert details._sign.accessibleName() == "away"


def test_ages_go_on_while_one_looks(desk: Desk, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    file = "2210-block.sldasm"
    details = select(desk, file)
    qtbot.waitUntil(lambda: look_at(file) in desk.asked)
    answer(desk, file, edited=sample.NOW - timedelta(minutes=4), open=False)
    desk.asked.clear()
    monkeypatch.setattr(sample, "NOW", sample.NOW + timedelta(minutes=3))
    details.ages.timer.setInterval(1)
    qtbot.waitUntil(lambda: details.fact("Work") == "Edited 7 min ago")
    assert [each for each in desk.asked if isinstance(each, Look)] == []
    desk.window.show_activity()
    assert not details.ages.goes_on


def test_what_was_said_of_another_check_out_is_not_shown(desk: Desk, qtbot: QtBot) -> None:
    details = select(desk, JANS)
    held = next(each for each in sample_office.LOCKS if each.file == JANS)
    answer(desk, JANS, open=True, lock=replace(held.lock, token=held.lock.token + 1))
    assert details.fact("Work") == ""
    answer(desk, JANS, open=True)
    assert details.fact("Work") != ""
    assert select(desk, "2210-block.sldasm").fact("Work") == ""


def test_only_the_file_that_is_shown_is_looked_at_and_only_while_somebody_else_has_it(desk: Desk, qtbot: QtBot) -> None:
    desk.asked.clear()
    select(desk, "2210-block.sldasm")
    select(desk, JANS)
    qtbot.waitUntil(lambda: look_at(JANS) in desk.asked)
    assert look_at("2210-block.sldasm") not in desk.asked
    for file in (MINE, FREE):
        select(desk, JANS)
        qtbot.waitUntil(lambda: desk.asked[-1:] == [look_at(JANS)])
        select(desk, file)
        qtbot.waitUntil(lambda: desk.asked[-1:] == [LookAway(topic=topics.HELD)])


def test_offline_nothing_is_said_of_the_work(desk: Desk) -> None:
    details = select(desk, JANS)
    answer(desk, JANS, open=True)
    assert details.fact("Work") != ""
    offline(desk)
    assert details.fact("Work") == ""
    assert details.fact("Holder") == "Jan Kowalski on CAM-03"
