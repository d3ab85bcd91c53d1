"""The window in which a file of mine is handed over to somebody."""

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QWidget

from pdm_desktop.state.listing import FileRow
from pdm_desktop.ui import theme
from pdm_desktop.ui.dialog import Dialog
from pdm_desktop.ui.widgets import named
from server.protocol.limits import NAME_CHARACTERS


class HandOverDialog(Dialog):
    """Asks to whom. `to` is the answer. `people`: who may be meant, the likeliest first."""

    def __init__(self, row: FileRow, people: Sequence[str], parent: QWidget | None = None) -> None:
        edited = row.local is not None and row.local.edited
        goes = (
            "What is saved here and not checked in goes with it, and is kept in the recovery store of this computer."
            if edited
            else "You have changed nothing here, so nothing but the lock goes."
        )
        super().__init__(
            parent,
            window="Hand over",
            title=f"Hand over {row.file.filename}",
            note=f"{goes} Your copy becomes the newest revision, read-only.",
            verb="Hand over",
        )
        self.person = QComboBox()
        self.person.setEditable(True)
        self.person.addItems(list(people))
        self.person.setCurrentIndex(0 if people else -1)
        self.person.setFixedHeight(theme.FIELD)
        field = self.person.lineEdit()
        if field is not None:
            field.setMaxLength(NAME_CHARACTERS)
            field.setPlaceholderText("Name of the person")
            field.setTextMargins(2, 0, 2, 0)
        self.person.currentTextChanged.connect(self._say_what_is_possible)
        who = "those who wait or ask stand first" if people else "as that person signs in"
        self.fill(named("&To", self.person, who), self.person)
        self.fix_width(480)
        self.person.setFocus()
        self._say_what_is_possible()

    @property
    def to(self) -> str:
        """The name of the person."""
        return self.person.currentText().strip()

    def _say_what_is_possible(self) -> None:
        self.main.setEnabled(bool(self.to))
        self.main.setToolTip("" if self.to else "Say to whom first.")
