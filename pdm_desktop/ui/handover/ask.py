"""The window that asks the holder of a file for it."""

from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from pdm_desktop.core.office.handover import AskForFile
from pdm_desktop.state.listing import FileRow
from pdm_desktop.ui import theme
from pdm_desktop.ui.dialog import Dialog
from pdm_desktop.ui.widgets import named
from server.protocol.limits import MESSAGE_CHARACTERS


class AskDialog(Dialog):
    """Asks why, in one line. `request` is the answer. `in_line`: the person waits for the file already."""

    def __init__(self, row: FileRow, parent: QWidget | None = None, *, in_line: bool = False) -> None:
        holder = row.file.lock.locked_by if row.file.lock is not None else "its holder"
        told = (
            f"{holder} is offline, and is told when that computer is back."
            if row.online is False
            else f"{holder} is told at once."
        )
        super().__init__(
            parent,
            window="Ask for it",
            title=f"Ask {holder} for {row.file.filename}",
            note=f"{told} The answer may be to release the file, to keep it, or to hand it over to you as it is now.",
            verb="Ask",
        )
        self._file = row.file.id
        self.text = QLineEdit()
        self.text.setMaxLength(MESSAGE_CHARACTERS)
        self.text.setFixedHeight(theme.FIELD)
        self.text.setTextMargins(4, 0, 4, 0)
        self.waits = QCheckBox("Tell me as well when it is &free")
        self.waits.setChecked(not in_line)
        self.waits.setVisible(not in_line)
        self.fill(named("&Why", self.text, "one line; may stay empty"), self.text, self.waits)
        self.fix_width(500)
        self.text.setFocus()

    @property
    def request(self) -> AskForFile:
        """What is asked."""
        return AskForFile(file=self._file, text=self.text.text().strip() or None, waits=self.waits.isChecked())

    def typed(self) -> bool:
        return bool(self.text.text().strip())
