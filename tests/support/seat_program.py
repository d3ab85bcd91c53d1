"""The seat with somebody at its mouse and keyboard: started by `tests.support.seat`, told what to do in JSON lines.

The program is the product's own, whole. The driver only looks for widgets as a person does, clicks and types, and tells
what it saw. When its standard input ends, it quits the program from the tray's menu action.
"""

import asyncio
import json
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QMessageBox, QToolButton, QWidget

from pdm_desktop.app.options import parse
from pdm_desktop.app.program import Program
from pdm_desktop.app.start import start
from pdm_desktop.core.commands import Command
from pdm_desktop.core.notices import Notice
from pdm_desktop.core.results import Trouble
from pdm_desktop.state.account import Phase
from pdm_desktop.state.listing import FileRow
from pdm_desktop.ui.checkin.check_in import CheckInDialog
from pdm_desktop.ui.checkin.check_out import CheckOutDialog

LOOK_S = 0.02
"""How often the driver looks whether what it waits for is there."""


def leave_alone(model: QAbstractItemModel, *, but: str) -> None:
    """Take the ticks off what the window suggests beside the one file."""
    for index in (model.index(place, 0) for place in range(model.rowCount())):
        if index.data() != but:
            model.setData(index, Qt.CheckState.Unchecked.value, Qt.ItemDataRole.CheckStateRole)


class Refused(Exception):
    """What was asked cannot be done; the text says why."""


class Driver:
    """Acts on one program. Every public method is an action that a test can ask for."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.store = program.store
        self.face = program.face
        self.window = program.face.window
        self.notices: list[tuple[float, Notice]] = []
        self.watched: dict[str, Any] = {}
        self.face.desktop.raised.connect(lambda notice: self.notices.append((time.monotonic(), notice)))

    # What a person does

    async def sign_in(self, server: str, name: str, password: str, *, stay: bool) -> None:
        """Type into the sign-in window, and wait until the seat is in step."""
        await until(lambda: self.face.sign_in is not None, "the sign-in window")
        dialog = self.face.sign_in
        assert dialog is not None
        if dialog.server.isVisible():
            dialog.server.clear()
            QTest.keyClicks(dialog.server, server)
            press(dialog.next)
            await until(lambda: dialog.name.isVisible() or dialog.server_bar.isVisible(), "the server's answer")
            if dialog.server_bar.isVisible():
                raise Refused(dialog.server_bar.text())
        dialog.name.clear()
        QTest.keyClicks(dialog.name, name)
        QTest.keyClicks(dialog.password, password)
        if dialog.stay.isChecked() != stay:
            dialog.stay.click()
        press(dialog.enter)
        await until(lambda: self.face.sign_in is None or dialog.bar.isVisible(), "the sign-in")
        if self.face.sign_in is not None:
            raise Refused(dialog.bar.text())
        await self.in_step()

    async def in_step(self) -> None:
        """Wait until the seat is in step with its server."""
        await until(lambda: self.store.connection.phase is Phase.IN_STEP, "being in step")

    async def open(self, path: str) -> None:
        """Open the folder of a file by a click in the tree, and wait until the file can be seen."""
        folder = path.rpartition("/")[0]
        vault = next(iter(self.store.vaults))
        tree = self.window.side.tree
        index = tree.folders.find(vault, folder)
        if not index.isValid():
            raise Refused(f"there is no folder {folder}")
        parent = index.parent()
        while parent.isValid():
            tree.expand(parent)
            parent = parent.parent()
        tree.scrollTo(index)
        QTest.mouseClick(
            tree.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, tree.visualRect(index).center()
        )
        await until(lambda: not self.store.listing.loading and self.shown_at(path) is not None, f"the row of {path}")
        self.window.page.table.go_to(self.file(path))
        self.window.page.table.clearSelection()

    async def select(self, path: str) -> None:
        """Click a file's name."""
        table = self.window.page.table
        # The store has a row up to one batch of the bridge before the table shows it, and only that can be clicked.
        await until(lambda: self.shown_at(path) is not None, f"{path} in the table")
        place = self.shown_at(path)
        assert place is not None
        at = table.visualRect(table.files.index(place, 1)).center()
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
        await until(lambda: [row.file.path for row in table.rows()] == [path], f"the selection of {path}")

    async def check_out(self, path: str, message: str) -> float:
        """Check a file out by clicks. The answer is when the last button was pressed, in monotonic seconds."""
        await self.select(path)
        self.click_action(Command.CHECK_OUT)
        dialog = await self.dialog(CheckOutDialog)
        leave_alone(dialog.table.model(), but=path.rpartition("/")[2])
        QTest.keyClicks(dialog.why, message)
        clicked = time.monotonic()
        press(dialog.main)
        await self.finished()
        return clicked

    async def check_in(self, path: str, comment: str) -> None:
        """Check a file in by clicks."""
        await self.select(path)
        self.click_action(Command.CHECK_IN)
        dialog = await self.dialog(CheckInDialog)
        QTest.keyClicks(dialog.comment, comment)
        press(dialog.main)
        await self.finished()

    async def undo(self, path: str) -> None:
        """Undo a check-out by clicks."""
        await self.select(path)
        self.click_action(Command.UNDO_CHECK_OUT)
        box = await self.dialog(QMessageBox)
        press(next(each for each in box.buttons() if each.text() == "Undo check-out"))
        await self.finished()

    async def get_latest(self, path: str) -> None:
        """Get the newest revision by a click."""
        await self.select(path)
        self.click_action(Command.GET_LATEST)
        await self.finished()

    async def hide(self) -> None:
        """Close the window, as somebody does who works in another program."""
        self.window.close()
        await until(lambda: not self.window.isVisible(), "the closed window")

    async def place(self, half: str) -> None:
        """Put the window on one half of the screen."""
        screen = self.window.screen().availableGeometry()
        width = max(screen.width() // 2, self.window.minimumWidth())
        left = screen.left() if half == "left" else screen.right() - width
        self.window.setGeometry(QRect(left, screen.top() + 30, width, min(screen.height() - 60, 800)))

    # What is seen

    async def watch(self, path: str, out: str) -> None:
        """Take a picture of the window as it is, and from now on wait for the file's badge and the notice."""
        file = self.file(path)
        table = self.window.page.table
        self.window.grab().save(str(Path(out) / "before.png"))
        self.notices.clear()
        self.watched = {"path": path, "file": file, "out": Path(out), "badge_rect": table.badge_rect(file)}
        table.painted.connect(self._painted)

    async def tell_paints(self) -> None:
        """From now on tell each badge that is painted, with its time."""

        def told(file: str, badge: str, seq: int) -> None:
            tell(painted={"file": file, "badge": badge, "seq": seq, "at": time.monotonic()})

        self.window.page.table.painted.connect(told)

    async def seen(self, clicked: float) -> None:
        """Wait for the badge and the notice of the watched file, and write down what they were."""
        await until(lambda: "painted" in self.watched, "the painted badge")
        await until(lambda: bool(self.notices), "the notice")
        out: Path = self.watched["out"]
        row = self.row(self.watched["path"])
        assert row is not None
        assert row.file.lock is not None
        # What is counted follows the row by a moment: the picture shows the window as a person sees it.
        await until(lambda: "Checked out 1" in self.filters(), "the count of what is checked out")
        self.window.grab().save(str(out / "after.png"))
        _, notice = self.notices[0]
        write_json(out / "notice.json", {"title": notice.title, "text": notice.text})
        rect: QRect = self.watched["badge_rect"]
        write_json(
            out / "result.json",
            {
                "file": row.file.path,
                "holder": row.file.lock.locked_by,
                "computer": row.file.lock.computer,
                "message": row.file.lock.message,
                "seq": self.watched["seq"],
                "badge": self.watched["badge"],
                "badge_rect": [rect.x(), rect.y(), rect.width(), rect.height()],
                "lock_to_badge_ms": (self.watched["painted"] - clicked) * 1000,
            },
        )

    async def state(self, path: str) -> dict[str, Any]:
        """What the window shows of a file."""
        row = self.row(path)
        if row is None:
            raise Refused(f"{path} is not shown")
        lock = row.file.lock
        return {
            "badge": row.badge.value,
            "words": row.badge_words,
            "holder": lock.locked_by if lock else None,
            "rev": row.file.head.number,
            "local": None if row.local is None else {"path": row.local.path, "writable": row.local.writable},
        }

    async def badge(self, path: str, badge: str) -> dict[str, Any]:
        """Wait until a file has that badge."""
        await until(lambda: (row := self.row(path)) is not None and row.badge.value == badge, f"{badge} on {path}")
        return await self.state(path)

    async def asks_who(self) -> None:
        """Wait for the sign-in window: it comes when what the session did has ended."""
        await until(lambda: self.face.sign_in is not None, "the sign-in window")

    async def status(self) -> dict[str, Any]:
        """The connection as it stands, what is selected, and which window is in front."""
        return {
            "phase": self.store.connection.phase.name,
            "signing_in": self.face.sign_in is not None,
            "selected": [row.file.path for row in self.window.page.table.rows()],
            "visible": self.window.isVisible(),
            "person": self.store.account.person if self.store.account else None,
            "kept": self.store.account.kept if self.store.account else None,
            "online": sorted(each.name for each in self.store.presence.online()),
        }

    async def tray(self) -> dict[str, Any]:
        """The tray icon."""
        return {"visible": self.face.tray.is_here(), "tool_tip": self.face.tray.tool_tip()}

    async def troubles(self) -> list[str]:
        """What the person was told of troubles, the newest first."""
        told = (entry.what for entry in self.store.activity.entries())
        return [f"{each.title}: {each.text}" for each in told if isinstance(each, Trouble)]

    async def phase(self, phase: str) -> None:
        """Wait until the connection stands so."""
        await until(lambda: self.store.connection.phase is Phase[phase], f"the phase {phase}")

    async def notice(self, title: str) -> dict[str, str]:
        """Wait for a notice with this title."""
        found = await until(lambda: [each for _, each in self.notices if each.title == title], f"the notice {title}")
        return {"title": found[0].title, "text": found[0].text}

    async def grab(self, out: str) -> None:
        """A picture of the window, or of the sign-in window."""
        (self.face.sign_in or self.window).grab().save(out)

    async def sign_out(self) -> None:
        """Sign out by the account's menu."""
        self.window.account_menu.sign_out.trigger()
        await until(lambda: self.face.sign_in is not None, "the sign-in window")

    # How it is done

    def file(self, path: str) -> str:
        row = self.row(path)
        if row is None:
            raise Refused(f"{path} is not shown")
        return row.file.id

    def row(self, path: str) -> FileRow | None:
        return next((row for row in self.store.listing.rows if row.file.path == path), None)

    def shown_at(self, path: str) -> int | None:
        """Where the table shows a file, if it does by now."""
        row = self.row(path)
        return None if row is None else self.window.page.table.files.place(row.file.id)

    def filters(self) -> str:
        """The filters of the heading, with their numbers."""
        return " ".join(each.text() for each in self.window.page.heading.findChildren(QToolButton))

    def click_action(self, command: Command) -> None:
        """Press the tool button of a command."""
        action = self.window.commands.actions[command]
        if not action.isEnabled():
            raise Refused(f"{action.text()} is not possible: {action.toolTip()}")
        shown = [each for each in self.window.findChildren(QToolButton) if each.defaultAction() is action]
        if not shown:
            raise Refused(f"there is no button {action.text()}")
        press(shown[0])

    async def dialog(self, kind: type[Any]) -> Any:
        def found() -> QWidget | None:
            return next(
                (each for each in QApplication.topLevelWidgets() if isinstance(each, kind) and each.isVisible()), None
            )

        return await until(found, f"the window {kind.__name__}")

    async def finished(self) -> None:
        """Wait for the result of what was just asked for. Raises Refused with its words when it did not go well."""
        told: list[Any] = []
        self.face.bridge.finished.connect(told.append)
        self.face.bridge.trouble.connect(lambda trouble, _: told.append(trouble))
        await until(lambda: bool(told), "the result")
        first = told[0]
        if not getattr(first, "all_well", False):
            raise Refused(str(first))

    def _painted(self, file: str, badge: str, seq: int) -> None:
        if file == self.watched.get("file") and badge == "other" and "painted" not in self.watched:
            self.watched |= {"painted": time.monotonic(), "badge": badge, "seq": seq}


async def until(condition: Callable[[], Any], what: str, *, seconds: float = 20) -> Any:
    """Look until the condition gives something true, and give that. Raises Refused."""
    ends = time.monotonic() + seconds
    while not (got := condition()):
        if time.monotonic() > ends:
            raise Refused(f"{what} did not come within {seconds:.0f} s")
        await asyncio.sleep(LOOK_S)
    return got


def press(button: QAbstractButton) -> None:
    """Click a button in its middle. Raises Refused when a person could not."""
    if not (button.isVisible() and button.isEnabled()):
        raise Refused(f"the button {button.text()} cannot be pressed")
    at = QPoint(button.width() // 2, button.height() // 2)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)


def write_json(path: Path, what: dict[str, Any]) -> None:
    """One of the files of evidence."""
    path.write_text(json.dumps(what, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def tell(**what: Any) -> None:
    """One line for the test."""
    print(json.dumps(what), flush=True)


class Ear:
    """Reads lines on a thread, and has each done on the program's loop, one after the other."""

    def __init__(self, program: Program, driver: Driver | None = None) -> None:
        self._driver = driver or Driver(program)
        self._program = program
        self._lines: asyncio.Queue[str] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._read, name="driver", daemon=True)
        program.face.painted.connect(lambda: tell(ready=True))
        program.tasks.start(self._obey(), name="driver")
        self._thread.start()

    def _read(self) -> None:
        for line in sys.stdin:
            self._loop.call_soon_threadsafe(self._lines.put_nowait, line)
        self._loop.call_soon_threadsafe(self._program.quit)

    async def _obey(self) -> None:
        while True:
            asked = json.loads(await self._lines.get())
            action: Callable[..., Awaitable[Any]] = getattr(self._driver, asked.pop("do"))
            try:
                tell(answer={"value": await action(**asked)})
            except Refused as refused:
                tell(answer={"refused": str(refused)})
            except Exception as error:  # noqa: BLE001 - whatever breaks in a test belongs to the test
                tell(answer={"refused": f"{type(error).__name__}: {error}"})


def main() -> int:
    """Run the seat, and obey."""
    ears: list[Ear] = []
    return start(parse(sys.argv[1:]), began=lambda program: ears.append(Ear(program)))


if __name__ == "__main__":
    sys.exit(main())
