"""The frame of a tab: what is selected stays so, the field narrows, a click on a title sorts, reasons are said."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from pdm_desktop.core.results import Trouble
from pdm_desktop.state.office import Reading
from pdm_desktop.ui.admin.frame import ListFrame, ListOf
from pdm_desktop.ui.admin.selection import NEEDS_SERVER, Action, at_least_one, exactly_one
from pdm_desktop.ui.browser.empty import Nothing
from pdm_desktop.ui.rows import Cell, Column
from tests.pdm_desktop.ui.conftest import Desk, offline
from tests.support import sample

Tool = tuple[str, int]
TOOLS: list[Tool] = [("reamer", 8), ("endmill", 12), ("drill", 5)]


@dataclass
class Shown:
    frame: ListFrame[Tool]
    pressed: list[Sequence[Tool]] = field(default_factory=list)

    def show(self, tools: list[Tool], *, trouble: Trouble | None = None) -> None:
        self.frame.show_reading(Reading(value=tools, query=(), at=sample.NOW, trouble=trouble), tools)

    def names(self) -> list[str]:
        return [name for name, _ in self.frame.shown()]

    def chosen(self) -> list[str]:
        return [name for name, _ in self.frame.chosen()]


@pytest.fixture
def shown(desk: Desk, qtbot: QtBot) -> Shown:
    pressed: list[Sequence[Tool]] = []
    frame = ListFrame(desk.store, desk.bridge, sample.clock, ListOf(
        name="Tools", rest=0, identify=lambda tool: tool[0], title=lambda tool: tool[0].title(),
        text=lambda tool: f"{tool[0]} {tool[1]}", prompt="Tool",
        nothing=Nothing(icon="settings", title="No tools", text="They stand here."),
        columns=(
            Column(title="Name", width=100, cell=lambda tool: Cell(text=tool[0])),
            Column(title="Size", width=100, cell=lambda tool: Cell(text=str(tool[1]))),
        ),
        keys=(lambda tool: tool[0], lambda tool: tool[1]),
    ), actions=[
        Action(text=lambda tools: f"Lend {tools[0][0]}…" if tools else "Lend…", press=pressed.append,
               lacks=exactly_one("tool")),
        Action(text="Scrap", press=pressed.append, lacks=at_least_one("tool"), more=True),
    ])  # fmt: skip
    qtbot.addWidget(frame)
    frame.resize(600, 400)
    frame.show()
    return Shown(frame, pressed)


def test_what_is_selected_stays_so_when_rows_come_and_go(shown: Shown) -> None:
    shown.show(TOOLS)
    shown.frame.select("drill")
    shown.show([("tap", 3), *reversed(TOOLS)])
    assert shown.chosen() == ["drill"]
    shown.show([("tap", 3)])
    assert shown.chosen() == []
    assert not shown.frame.bar.buttons["Lend…"].isEnabled()


def test_the_field_narrows_to_rows_with_every_word(shown: Shown) -> None:
    shown.show(TOOLS)
    QTest.keyClicks(shown.frame.filter, "LL 5")
    assert shown.names() == ["drill"]
    shown.frame.narrow(rule=lambda tool: tool[1] > 6)
    assert shown.names() == []
    assert shown.frame.empty.title.text() == "Nothing fits, of 3"
    shown.frame.filter.clear()
    assert shown.names() == ["reamer", "endmill"]


def test_a_click_on_a_title_sorts_and_the_next_one_turns_it_round(shown: Shown) -> None:
    shown.show(TOOLS)
    head = shown.frame.table.horizontalHeader()
    for wanted in (["drill", "reamer", "endmill"], ["endmill", "reamer", "drill"]):
        QTest.mouseClick(
            head.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(
                head.sectionViewportPosition(1) + 20, 8
            ),
        )  # fmt: skip
        assert shown.names() == wanted
    shown.show([*TOOLS, ("saw", 9)])
    assert shown.names() == ["endmill", "saw", "reamer", "drill"]


def test_an_action_is_pressed_with_what_is_selected_and_says_why_not(shown: Shown) -> None:
    shown.show(TOOLS)
    lend = shown.frame.bar.buttons["Lend…"]
    assert (lend.isEnabled(), lend.toolTip()) == (False, "Select one tool first.")
    shown.frame.select("reamer")
    assert lend.text() == "Lend reamer…"
    QTest.mouseClick(lend, Qt.MouseButton.LeftButton)
    shown.frame.select("drill")
    assert not lend.isEnabled()
    menu = shown.frame.bar.menu(whole=False)
    assert [entry.text() for entry in menu.actions()] == ["Scrap"]
    menu.actions()[0].trigger()
    assert shown.pressed == [[("reamer", 8)], [("reamer", 8), ("drill", 5)]]


def test_without_a_connection_nothing_can_be_done(shown: Shown, desk: Desk) -> None:
    shown.show(TOOLS)
    shown.frame.select("reamer")
    offline(desk)
    lend = shown.frame.bar.buttons["Lend…"]
    assert (lend.isEnabled(), lend.toolTip()) == (False, NEEDS_SERVER)


def test_a_list_on_its_way_is_not_called_empty(shown: Shown, qtbot: QtBot) -> None:
    shown.frame.show_reading(None, [])
    assert not shown.frame.empty.isVisible()
    qtbot.waitUntil(lambda: shown.frame.empty.isVisible())
    assert shown.frame.empty.title.text() == "Loading…"
    shown.show([])
    assert shown.frame.empty.title.text() == "No tools"


def test_why_it_could_not_be_read_stands_above_what_was_known(shown: Shown) -> None:
    shown.show(TOOLS, trouble=Trouble(title="The server does not answer.", text="Try again later."))
    assert shown.names() == ["reamer", "endmill", "drill"]
    assert shown.frame.trouble.isVisible()
    assert "may be old" in shown.frame.trouble.text()
    shown.show(TOOLS)
    assert not shown.frame.trouble.isVisible()
