"""The window that asks for another name."""

from PySide6.QtWidgets import QLineEdit, QWidget

from pdm_desktop.ui import theme
from pdm_desktop.ui.dialog import Dialog
from pdm_desktop.ui.widgets import label, named
from server.protocol.names import flaw_of


class RenameDialog(Dialog):
    """Asks for the new name of a file or a folder. `path` is the answer, in the vault."""

    def __init__(self, path: str, parent: QWidget | None = None, *, what: str = "file") -> None:
        self._folder, _, self._old = path.rpartition("/")
        note = (
            "It keeps its history and its place; only its name changes, for everybody."
            if what == "file"
            else "Everything in it moves with it, for everybody."
        )
        super().__init__(parent, window="Rename", title=f"Rename {self._old}", note=note, verb="Rename")
        self.name = QLineEdit(self._old)
        self.name.setFixedHeight(theme.FIELD)
        self.name.setTextMargins(4, 0, 4, 0)
        self.name.textChanged.connect(self._say_what_is_possible)
        self.flaw = label("", second=True, wrap=True)
        self.fill(named("&Name", self.name), self.name, self.flaw)
        self.setFixedWidth(480)
        self.name.setFocus()
        stem = len(self._old.rpartition(".")[0]) if what == "file" else 0
        self.name.setSelection(0, stem or len(self._old))
        self._say_what_is_possible()

    @property
    def path(self) -> str:
        """The whole new path."""
        return f"{self._folder}/{self.name.text()}" if self._folder else self.name.text()

    def typed(self) -> bool:
        return self.name.text() != self._old

    def _say_what_is_possible(self) -> None:
        flaw = "has a / in it; a name is one part of a path" if "/" in self.name.text() else ""
        found = flaw_of(self.path) if not flaw and self.name.text() else None
        flaw = flaw or (found.value if found else "")
        self.flaw.setText(f"“{self.name.text()}” {flaw}." if flaw else "")
        self.main.setEnabled(bool(self.name.text()) and not flaw and self.typed())
        self.main.setToolTip("" if self.main.isEnabled() else "Type another name first.")
