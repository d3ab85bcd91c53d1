"""Pages of the office: they look while they can be seen, and only those who administer see Administration."""

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from pdm_desktop.core.office import topics
from pdm_desktop.core.office.requests import Look, LookAway
from pdm_desktop.state.office import Reading
from pdm_desktop.ui.browser.places import Place
from server.protocol.calls import Account, People
from tests.pdm_desktop.ui.conftest import Desk
from tests.support import sample


def go_to(desk: Desk, place: Place) -> None:
    view = desk.window.side.places
    QTest.mouseClick(
        view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(view.places.row_of(place)).center()
    )


def test_the_dashboard_looks_while_it_can_be_seen(desk: Desk) -> None:
    go_to(desk, Place.DASHBOARD)
    assert Look(topic=topics.DASHBOARD) in desk.asked
    desk.asked.clear()
    go_to(desk, Place.ACTIVITY)
    assert LookAway(topic=topics.DASHBOARD) in desk.asked


def administer(desk: Desk, *, administrator: bool) -> None:
    account = desk.store.account
    assert account is not None
    desk.store.sign_in(replace(account, administrator=administrator))


def test_administration_is_for_those_who_may(desk: Desk) -> None:
    desk.store.load_vaults([replace(each, role="editor") for each in desk.store.vaults.values()])
    administer(desk, administrator=False)
    places = desk.window.side.places.places
    assert not places.row_of(Place.ADMINISTRATION).isValid()
    administer(desk, administrator=True)
    assert places.row_of(Place.ADMINISTRATION).isValid()
    go_to(desk, Place.ADMINISTRATION)
    desk.window.show_administration("People")
    desk.store.read_topic(
        topics.PEOPLE,
        Reading(
            value=People(people=[Account(name="Anna", administrator=False, disabled=True)]), query=(), at=sample.NOW
        ),
    )
    model = desk.window.administration.page("People").frame.model  # type: ignore[attr-defined] # the page of that name
    assert [model.index(0, each).data() for each in (0, 2)] == ["Anna", "disabled"]
    administer(desk, administrator=False)
    assert not desk.window.administration.isVisible()
