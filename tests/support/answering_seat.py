"""The seat with somebody who asks for files and answers requests, as `tests.support.seat_program` does the rest."""

import sys
from typing import Any

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from pdm_desktop.app.options import parse
from pdm_desktop.app.start import start
from pdm_desktop.core.commands import Command
from pdm_desktop.core.notices import Button
from pdm_desktop.ui.checkin.check_in import CheckInDialog
from pdm_desktop.ui.handover.ask import AskDialog
from pdm_desktop.ui.handover.request import RequestWindow
from tests.support.seat_program import Driver, Ear, press, until


class Answering(Driver):
    """Asks and answers by clicks."""

    async def ask_for(self, path: str, why: str) -> None:
        """Ask whoever has the file."""
        await self.select(path)
        action = self.window.commands.actions[Command.ASK]
        await until(action.isEnabled, f"asking for {path}")
        action.trigger()
        dialog = await self.dialog(AskDialog)
        QTest.keyClicks(dialog.text, why)
        press(dialog.main)
        await until(lambda: self.store.mine.asked_for(self.file(path)) is not None, "the request")

    async def asked(self) -> str:
        """Wait until somebody asks for a file of this person; what the window says of it."""
        await until(lambda: self.store.mine.to_answer and not self.window.asked_bar.isHidden(), "the bar of a request")
        return self.window.asked_bar.text()

    async def asked_no_more(self) -> None:
        """Wait until no request waits for an answer."""
        await until(self.window.asked_bar.isHidden, "the end of the bar")

    async def open_request(self) -> None:
        """Go to the request by the window, as where notices cannot be pressed."""
        self.window.come_forward()
        press(self.window.asked_bar.answer)

    async def request(self) -> dict[str, Any]:
        """Wait for the window of a request; what it says, and at which button its keyboard is."""
        shown = await self.dialog(RequestWindow)
        at = [each.value for each, button in shown.buttons.items() if button is shown.focusWidget()]
        return {"title": shown.title.text(), "verbs": [each.text() for each in shown.buttons.values()], "at": at}

    async def answer(self, which: str, reply: str = "") -> None:
        """Answer in the window of the request."""
        shown = await self.dialog(RequestWindow)
        QTest.keyClicks(shown.reply, reply)
        press(shown.buttons[Button(which)])

    async def later(self) -> None:
        """Close the window of the request without an answer."""
        press((await self.dialog(RequestWindow)).later)

    async def check_in_that_was_asked(self, comment: str) -> None:
        """What follows Release… where the file was edited."""
        dialog = await self.dialog(CheckInDialog)
        QTest.keyClicks(dialog.comment, comment)
        press(dialog.main)
        await self.finished()

    async def undo_that_was_asked(self) -> None:
        """What follows Release… where nothing was edited."""
        box = await self.dialog(QMessageBox)
        press(next(each for each in box.buttons() if each.text() == "Undo check-out"))
        await self.finished()


def main() -> int:
    """Run the seat, and obey."""
    ears: list[Ear] = []
    return start(parse(sys.argv[1:]), began=lambda program: ears.append(Ear(program, Answering(program))))


if __name__ == "__main__":
    sys.exit(main())
