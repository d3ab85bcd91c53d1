"""The tab People: what it says of each, who is new, and what each action asks for."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from pdm_desktop.core.office import topics
from pdm_desktop.core.office.accounts import LinkGitlab, MakeCode, RequireToken, UnlinkGitlab
from pdm_desktop.core.office.messages import TellPeople
from pdm_desktop.core.office.people import (
    AddPerson,
    DisablePerson,
    EnablePerson,
    LookAtPerson,
    MakeAdministrator,
    SetPassword,
)
from pdm_desktop.core.office.vaults import CountUsualRoles, DropRole, GrantRole
from pdm_desktop.state.office import Reading
from pdm_desktop.ui.admin import people
from pdm_desktop.ui.admin.code import CodeDialog, LinkDialog
from pdm_desktop.ui.admin.people import PeoplePage
from pdm_desktop.ui.admin.people_dialogs import AddPersonDialog, PasswordDialog
from pdm_desktop.ui.admin.roles import RolesDialog
from pdm_desktop.ui.admin.seats import SeatsPage
from pdm_desktop.ui.admin.tell import TellDialog
from server.protocol.calls import Account, OneTimeCode, People
from tests.pdm_desktop.ui.conftest import Desk, opened
from tests.support import sample, sample_people


def read(desk: Desk, shown: People = sample_people.PEOPLE) -> None:
    desk.store.read_topic(topics.PEOPLE, Reading(value=shown, query=(), at=sample.NOW))


@pytest.fixture
def page(desk: Desk) -> PeoplePage:
    account = desk.store.account
    assert account is not None
    desk.store.sign_in(replace(account, administrator=True))
    desk.window.show_administration("People")
    read(desk)
    found = desk.window.administration.page("People")
    assert isinstance(found, PeoplePage)
    desk.asked.clear()
    return found


def row(page: PeoplePage, name: str) -> list[str]:
    model = page.frame.model
    place = next(place for place in range(model.rowCount()) if model.row(place).name == name)
    return [str(model.index(place, each).data() or "").strip() for each in range(model.columnCount())]


def press(page: PeoplePage, name: str, verb: str) -> None:
    """Select somebody and press an action, in the bar or in its menu."""
    page.frame.table.clearSelection()
    page.frame.select(name)
    entry = next(each for each in page.frame.bar.menu().actions() if each.text() == verb)
    assert entry.isEnabled(), entry.toolTip()
    entry.trigger()


def agree() -> str:
    """Press the button of the question that does it; what it asked."""
    box = opened(QMessageBox)
    assert isinstance(box, QMessageBox)
    asked = f"{box.text()} {box.informativeText()}"
    agreeing = next(
        each for each in box.buttons() if box.buttonRole(each) == QMessageBox.ButtonRole.DestructiveRole
    )  # fmt: skip
    QTest.mouseClick(agreeing, Qt.MouseButton.LeftButton)
    return asked


def test_each_row_says_who_is_here_what_they_may_and_how_they_sign_in(page: PeoplePage) -> None:
    roles = "Editor of Production, Fixtures and Tool library"
    assert row(page, "Jan Kowalski")[:7] == ["Jan Kowalski", "", "offline for 2 d 19 h", roles, "Password", "1", "2"]
    assert row(page, "Nina Weber")[:4] == ["Nina Weber", "NEW", "never here", "Reader of Production"]
    assert row(page, "Sam Becker")[:4] == ["Sam Becker (you)", "", "online", "Administers the server"]
    assert row(page, "Paul Brandt")[2] == "disabled"
    assert row(page, "Priya Shah")[2] == "away for 25 min"


def test_somebody_new_is_looked_at_after_being_on_the_screen_and_keeps_the_sign_until_then(
    desk: Desk, page: PeoplePage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    page._looking.setInterval(1)
    read(desk)
    qtbot.waitUntil(lambda: LookAtPerson(name="Nina Weber") in desk.asked)
    seen = People(people=[replace(each, new=False) for each in sample_people.PEOPLE.people])
    read(desk, seen)
    assert row(page, "Nina Weber")[1] == "NEW"
    assert desk.asked.count(LookAtPerson(name="Nina Weber")) == 1
    desk.window.show_administration("Seats")
    desk.window.show_administration("People")
    assert row(page, "Nina Weber")[1] == ""


def test_whom_one_would_have_to_scroll_to_is_not_looked_at(desk: Desk, page: PeoplePage, qtbot: QtBot) -> None:
    many = [Account(name=f"A{number:03}", administrator=False, disabled=False) for number in range(200)]
    page._looking.setInterval(1)
    read(desk, People(people=[*many, Account(name="Z", administrator=False, disabled=False, new=True)]))
    qtbot.waitUntil(lambda: page._looking.isActive())
    page._look_at_new()
    assert LookAtPerson(name="Z") not in desk.asked
    page.frame.table.scrollToBottom()
    qtbot.waitUntil(lambda: LookAtPerson(name="Z") in desk.asked)


def test_filters_narrow_the_list(page: PeoplePage) -> None:
    counts = {}
    for which in people._FILTERS:
        page._which.setCurrentText(which)
        counts[which] = len(page.frame.shown())
    assert counts == {"Everybody": 10, "Online": 6, "New": 1, "Administrators": 2, "Disabled": 1}


def test_who_is_disabled_leaves_check_outs_which_the_question_says(desk: Desk, page: PeoplePage) -> None:
    press(page, "Jan Kowalski", "Disable…")
    assert "2 files stay checked out: the tab Locks shows them." in agree()
    assert desk.asked == [DisablePerson(name="Jan Kowalski")]


def test_who_was_disabled_is_enabled_without_a_question(desk: Desk, page: PeoplePage) -> None:
    press(page, "Paul Brandt", "Enable")
    assert desk.asked == [EnablePerson(name="Paul Brandt")]
    assert not page.frame.bar.buttons["Message…"].isEnabled()


@pytest.mark.parametrize(
    ("name", "verb", "administrator"),
    [("Anna Novak", "Make administrator…", True), ("Olga Lind", "Take administration away…", False)],
    ids=["make", "take-away"],
)
def test_an_administrator_is_made_and_taken_away(
    desk: Desk, page: PeoplePage, name: str, verb: str, administrator: bool
) -> None:
    press(page, name, verb)
    assert name in agree()
    assert desk.asked == [MakeAdministrator(name=name, administrator=administrator)]


def test_a_code_is_asked_for_and_shown_once_with_copy(desk: Desk, page: PeoplePage) -> None:
    press(page, "Jan Kowalski", "One-time code…")
    agree()
    [wish] = desk.asked
    assert wish == MakeCode(name="Jan Kowalski")
    desk.store.made(MakeCode(name="Somebody"), OneTimeCode(person="Somebody", code="no", expires=sample.NOW))
    assert opened(CodeDialog) is None
    assert isinstance(wish, MakeCode)
    desk.store.made(wish, OneTimeCode(person="Jan Kowalski", code="ABCD-EFGH", expires=sample.NOW))
    dialog = opened(CodeDialog)
    assert isinstance(dialog, CodeDialog)
    assert dialog.code.text() == "ABCD-EFGH"
    QTest.mouseClick(dialog.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "ABCD-EFGH"
    dialog.accept()


def test_gitlab_is_linked_unlinked_and_its_token_required(desk: Desk, page: PeoplePage) -> None:
    press(page, "Anna Novak", "Link to GitLab…")
    dialog = opened(LinkDialog)
    assert isinstance(dialog, LinkDialog)
    dialog.number.setText("anna")
    assert not dialog.main.isEnabled()
    dialog.number.setText("4711")
    dialog.accept()
    linked = replace(sample_people.PEOPLE.people[0], gitlab=4711, gitlab_name="anovak")
    read(desk, People(people=[linked]))
    press(page, "Anna Novak", "Require GitLab token")
    press(page, "Anna Novak", "End the link to GitLab…")
    assert "anovak" in agree()
    assert desk.asked == [
        LinkGitlab(name="Anna Novak", gitlab=4711),
        RequireToken(name="Anna Novak", wanted=True),
        UnlinkGitlab(name="Anna Novak"),
    ]


def test_a_role_is_given_in_one_vault_or_as_to_all(desk: Desk, page: PeoplePage) -> None:
    wanted: list[object] = []
    for place, role in (("fixtures", "administrator"), ("archive", None)):
        press(page, "Luca Ferri", "Roles…")
        dialog = opened(RolesDialog)
        assert isinstance(dialog, RolesDialog)
        dialog.vault.setCurrentIndex(dialog.vault.findData(place))
        now = "may read" if place == "fixtures" else "may not see it"
        assert dialog.now.text() == f"Now Luca Ferri {now}."
        dialog.role.setCurrentIndex(dialog.role.findData(role) if role else dialog.role.count() - 1)
        wanted.append(dialog.request)
        dialog.accept()
    assert desk.asked == wanted
    assert wanted == [
        GrantRole(vault="fixtures", person="Luca Ferri", role="administrator"),
        DropRole(vault="archive", person="Luca Ferri"),
    ]


def test_the_usual_roles_are_taken_away_and_an_administrator_needs_none(desk: Desk, page: PeoplePage) -> None:
    press(page, "Luca Ferri", "Take the usual roles away")
    assert desk.asked == [CountUsualRoles(person="Luca Ferri", usual=False)]
    page.frame.table.clearSelection()
    page.frame.select("Olga Lind")
    roles = page.frame.bar.buttons["Roles…"]
    assert (roles.isEnabled(), roles.toolTip()) == (False, "Olga Lind administers the server and may do everything.")


def test_somebody_new_needs_a_name_that_is_free_and_perhaps_a_password(desk: Desk, page: PeoplePage) -> None:
    page._ask_whom()
    dialog = opened(AddPersonDialog)
    assert isinstance(dialog, AddPersonDialog)
    for name, password, flaw in (
        ("", "", ""),
        ("ANNA novak", "", "There is a person “ANNA novak” already."),
        ("a/b", "", "A name has no slash."),
        ("Uwe", "short", "A password has 8 characters at least."),
    ):
        dialog.name.setText(name)
        dialog.password.setText(password)
        assert (dialog.main.isEnabled(), dialog.flaw.text()) == (False, flaw)
    dialog.password.clear()
    dialog.administrator.setChecked(True)
    dialog.accept()
    assert desk.asked == [AddPerson(name="Uwe", password=None, administrator=True)]


def test_another_password_is_long_enough(desk: Desk, page: PeoplePage) -> None:
    press(page, "Jan Kowalski", "Another password…")
    dialog = opened(PasswordDialog)
    assert isinstance(dialog, PasswordDialog)
    dialog.password.setText("short")
    assert not dialog.main.isEnabled()
    dialog.password.setText("long enough")
    dialog.accept()
    assert desk.asked == [SetPassword(name="Jan Kowalski", password="long enough")]


def test_a_message_goes_to_whom_it_was_begun_for(desk: Desk, page: PeoplePage) -> None:
    press(page, "Jan Kowalski", "Message…")
    dialog = opened(TellDialog)
    assert isinstance(dialog, TellDialog)
    assert not dialog.main.isEnabled()
    dialog.text.setPlainText("  Please check in.\n")
    dialog.accept()
    assert desk.asked == [TellPeople(text="Please check in.", to="Jan Kowalski")]


def test_the_seats_of_somebody_are_one_step_away(desk: Desk, page: PeoplePage) -> None:
    press(page, "Mei Tanaka", "Show seats")
    seats = desk.window.administration.page("Seats")
    assert isinstance(seats, SeatsPage)
    assert seats.isVisible()
    desk.store.read_topic(topics.SEATS, Reading(value=sample_people.SEATS, query=(), at=sample.NOW))
    assert {each.person for each in seats.frame.shown()} == {"Mei Tanaka"}
