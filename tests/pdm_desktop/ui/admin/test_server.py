"""The tab Server: warnings, numbers, facts, and a chart that says what it shows."""

from dataclasses import replace
from typing import cast

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pdm_desktop.core.office import topics
from pdm_desktop.state.office import Reading
from pdm_desktop.ui.admin.server import ServerPage
from pdm_desktop.ui.messages import MessageBar
from server.protocol.calls import ServerState
from tests.pdm_desktop.ui.conftest import Desk
from tests.support import sample
from tests.support.sample_keeping import SERVER


def page_of(desk: Desk) -> ServerPage:
    account = desk.store.account
    assert account is not None
    desk.store.sign_in(replace(account, administrator=True))
    desk.window.show_administration("Server")
    return cast("ServerPage", desk.window.administration.page("Server"))


def answer(desk: Desk, state: ServerState) -> None:
    desk.store.read_topic(topics.SERVER, Reading(value=state, query=(), at=sample.NOW))


def test_nothing_is_claimed_before_the_answer(desk: Desk) -> None:
    page = page_of(desk)
    assert page.loading.isVisible()
    assert not page.server.isVisible()
    answer(desk, SERVER)
    assert not page.loading.isVisible()
    assert page.server.text()["Version"] == "0.2.0"
    assert page.room.text()["Data folder"] == "1.3 TB of 2.0 TB free, 66 %"


def test_warnings_stand_above_and_go_when_they_are_over(desk: Desk, qtbot: QtBot) -> None:
    page = page_of(desk)
    answer(desk, replace(SERVER, warnings=["First.", "Second."]))
    assert [each.text() for each in page.findChildren(MessageBar)] == ["First.", "Second."]
    answer(desk, replace(SERVER, warnings=[]))
    qtbot.waitUntil(lambda: page.findChildren(MessageBar) == [])


def test_fewer_facts_leave_no_old_ones(desk: Desk) -> None:
    page = page_of(desk)
    answer(desk, SERVER)
    assert "0.1.4, older" in page.seats.text()
    answer(desk, replace(SERVER, seats=SERVER.seats[:1]))
    assert "0.1.4, older" not in page.seats.text()
    assert page.seats.text()["Installer here"] == "0.2.0"


def test_the_chart_is_of_all_vaults_or_of_one(desk: Desk) -> None:
    page = page_of(desk)
    answer(desk, SERVER)
    assert [page.vault.itemText(place) for place in range(3)] == ["All vaults", "Production", "Fixtures"]
    assert page.chart.accessibleName().startswith("All vaults: ")
    page.vault.setCurrentIndex(2)
    page.vault.activated.emit(2)
    assert page.chart.accessibleName() == "Fixtures: 12 changes in the last hour, 3 in its busiest minute"
    answer(desk, SERVER)
    assert page.vault.currentText() == "Fixtures", "an answer does not change what is chosen"


@pytest.mark.parametrize(("width", "columns"), [(1280, 3), (960, 2)])
def test_facts_stand_side_by_side_where_there_is_room(desk: Desk, width: int, columns: int) -> None:
    page = page_of(desk)
    answer(desk, SERVER)
    desk.window.resize(width, 700)
    QApplication.processEvents()
    tops = [each.mapTo(page, each.rect().topLeft()).y() for each in (page.server, page.room, page.seats)]
    assert tops.count(tops[0]) == columns
