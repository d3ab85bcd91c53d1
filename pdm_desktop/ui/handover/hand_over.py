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
        self._likely = tuple(people)
        self._editors: frozenset[str] | None = None
        """Who may edit the vault, without regard to case; None: not known yet."""
        super().__init__(
            parent,
            window="Hand over",
            title=f"Hand over {row.file.filename}",
            note=f"{goes} Your copy becomes the newest revision, read-only.",
            verb="Hand over",
        )
        self.person = QComboBox()
        self.person.setEditable(True)
        self.person.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
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

    def offer(self, editors: Sequence[str]) -> None:
        """These others may edit the vault, and nobody else is offered. What was typed stays."""
        typed = self.to
        self._editors = frozenset(each.casefold() for each in editors)
        first = [each for each in self._likely if each in editors]
        self.person.blockSignals(True)  # it is no choice of the person's
        self.person.clear()
        self.person.addItems([*first, *(each for each in editors if each not in first)])
        self.person.setCurrentIndex(-1)
        self.person.setEditText(typed)
        self.person.blockSignals(False)
        self._say_what_is_possible()

    def _say_what_is_possible(self) -> None:
        lacks = self._lacks()
        self.main.setEnabled(not lacks)
        self.main.setToolTip(lacks)

    def _lacks(self) -> str:
        if not self.to:
            return "Say to whom first."
        if self._editors is not None and self.to.casefold() not in self._editors:
            return f"{self.to} may not edit this vault. Choose somebody of the list."
        return ""
