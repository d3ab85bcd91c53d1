"""The bar of an update: what it says at each stage, what its buttons ask for, and that it can be put off."""

from collections.abc import Callable

import pytest

from pdm_desktop.core.requests import CancelUpdate, InstallUpdate
from pdm_desktop.core.results import Trouble
from pdm_desktop.core.updates import Need, Stage, Update, moved
from server.protocol.calls import Installer
from tests.pdm_desktop.ui.conftest import Desk

MSI = Installer(name="PDM-Desktop-0.3.0-x64.msi", version="0.3.0", size=30_000_000, sha256="ab" * 32)
AVAILABLE = Update(need=Need.AVAILABLE, own="0.2.0", version="0.3.0", installer=MSI)
TOLD = Update(need=Need.AVAILABLE, own="0.2.0", version="0.3.0")
REQUIRED = Update(need=Need.REQUIRED, own="0.2.0", version="0.3.0", installer=MSI)


def test_nothing_is_said_of_a_seat_that_is_new_enough(desk: Desk) -> None:
    assert not desk.window.update_bar.isVisible()
    desk.store.load_update(AVAILABLE)
    desk.store.load_update(Update(own="0.3.0"))
    assert not desk.window.update_bar.isVisible()


@pytest.mark.parametrize(
    ("update", "verb", "later"),
    [
        (AVAILABLE, "Install…", "Later"),
        (TOLD, None, "Close"),
        (REQUIRED, "Install the update", None),
        (Update(need=Need.REQUIRED, own="0.2.0", version="0.3.0"), None, None),
        (moved(AVAILABLE, Stage.FETCHING, done=5), "Cancel", None),
        (moved(AVAILABLE, Stage.ASKING), None, None),
        (moved(AVAILABLE, Stage.INSTALLING), None, None),
        (moved(AVAILABLE, Stage.FAILED, trouble=Trouble(title="No", text="It broke.")), "Try again", "Later"),
    ],
)
def test_each_stage_has_its_buttons(desk: Desk, update: Update, verb: str | None, later: str | None) -> None:
    desk.store.load_update(update)
    bar = desk.window.update_bar
    assert bar.isVisible()
    shown = [button.text() if button.isVisible() else None for button in (bar.act, bar.later)]
    assert shown == [verb, later]


def test_a_click_installs_and_a_click_while_it_comes_cancels(desk: Desk) -> None:
    desk.store.load_update(AVAILABLE)
    desk.asked.clear()
    desk.window.update_bar.act.click()
    desk.store.load_update(moved(AVAILABLE, Stage.FETCHING, done=12_000_000))
    assert desk.window.update_bar.text() == "PDM Desktop 0.3.0 is available. It is being fetched: 12 of 30 MB."
    desk.window.update_bar.act.click()
    assert desk.asked == [InstallUpdate(), CancelUpdate()]


def test_what_is_put_off_stays_away_until_there_is_something_else(desk: Desk) -> None:
    bar = desk.window.update_bar
    desk.store.load_update(AVAILABLE)
    bar.later.click()
    assert not bar.isVisible()
    desk.store.load_update(AVAILABLE)
    assert not bar.isVisible(), "it does not nag"
    for something_else in (
        moved(AVAILABLE, Stage.FETCHING),
        Update(need=Need.AVAILABLE, own="0.2.0", version="0.4.0"),
        REQUIRED,
    ):
        desk.store.load_update(something_else)
        assert bar.isVisible()


def test_the_menu_still_installs_what_was_put_off(desk: Desk) -> None:
    action = desk.window.account_menu.update
    assert not action.isVisible()
    desk.store.load_update(TOLD)
    assert not action.isVisible()
    desk.store.load_update(AVAILABLE)
    desk.window.update_bar.later.click()
    assert (action.isVisible(), action.text()) == (True, "Install PDM Desktop 0.3.0…")
    desk.asked.clear()
    action.trigger()
    assert desk.asked == [InstallUpdate()]


def test_a_window_that_opens_later_says_it_as_well(make_desk: Callable[..., Desk], desk: Desk) -> None:
    desk.store.load_update(REQUIRED)
    assert make_desk(desk.store).window.update_bar.isVisible()
