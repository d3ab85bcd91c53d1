"""Copies of the open folder that are not where they should be: renamed on this computer, or missing."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from pdm_desktop.core import requests, words
from pdm_desktop.core.requests import Request
from pdm_desktop.core.strangers import Stranger
from pdm_desktop.state.listing import FileRow
from pdm_desktop.ui.messages import MessageBar
from pdm_desktop.ui.theme import Bar
from pdm_desktop.ui.widgets import button, column

NAMED = 2
"""So many stand in a bar by name; more are counted."""
NEEDS_SERVER = "This needs the server."


class AstrayBars(QWidget):
    """A bar for each kind, while there are any. Nothing happens but by its buttons."""

    asked = Signal(object)
    """A request of the person."""

    def __init__(self) -> None:
        super().__init__()
        self._renamed: Sequence[Stranger] = ()
        self._missing: Sequence[FileRow] = ()
        self.rename = button("Rename in the vault", press=self._ask_for_names)
        self.put_back = button("Put the name back", press=self._ask_for_old_names)
        self.renamed_bar = MessageBar(Bar.INFO, self.rename, self.put_back)
        self.get_again = button("Get again", press=self._ask_for_copies)
        self.missing_bar = MessageBar(Bar.INFO, self.get_again)
        for bar in (self.renamed_bar, self.missing_bar):
            bar.hide()
        self.setLayout(column(self.renamed_bar, self.missing_bar, gap=0))
        self.hide()

    def tell(self, renamed: Sequence[Stranger], missing: Sequence[FileRow], *, known: bool, may_change: bool) -> None:
        """These were renamed here, and these are missing. `known`: the server can be asked."""
        self._renamed, self._missing = renamed, missing
        if renamed:
            strong, text = renamed_words(renamed)
            self.renamed_bar.say(text, strong=strong)
            self.put_back.setText("Put the name back" if len(renamed) == 1 else "Put the names back")
            self.rename.setVisible(may_change)
        if missing:
            strong, text = missing_words(missing)
            self.missing_bar.say(text, strong=strong)
        for each in (self.rename, self.get_again):
            each.setEnabled(known)
            each.setToolTip("" if known else NEEDS_SERVER)
        self.renamed_bar.setVisible(bool(renamed))
        self.missing_bar.setVisible(bool(missing))
        self.setVisible(bool(renamed or missing))

    def _ask(self, request: Request) -> None:
        self.asked.emit(request)

    def _ask_for_names(self) -> None:
        for one in self._renamed:
            if one.was is not None:
                self._ask(requests.Rename(file=one.was.file, path=one.path, look=one.look))

    def _ask_for_old_names(self) -> None:
        known = [(one.was.file, one) for one in self._renamed if one.was is not None]
        self._ask(
            requests.PutNamesBack(
                files=tuple(file for file, _ in known),
                places=tuple(one.full_path for _, one in known),
                looks=tuple(one.look for _, one in known),
            )
        )

    def _ask_for_copies(self) -> None:
        self._ask(requests.GetLatest(files=tuple(row.file.id for row in self._missing)))


def renamed_words(renamed: Sequence[Stranger]) -> tuple[str, str]:
    """The sentence of the bar: its beginning, and the rest."""
    if len(renamed) == 1:
        (one,) = renamed
        was = one.was.filename if one.was is not None else ""
        if was == one.filename:
            return f"{was} was moved here on this computer.", "In the vault it is still in its folder."
        return f"{was} was renamed here to {one.filename}.", "In the vault it still has its name."
    count = words.several(len(renamed), "file was", "files were")
    return f"{count} renamed on this computer:", _listed([one.filename for one in renamed])


def missing_words(missing: Sequence[FileRow]) -> tuple[str, str]:
    """The sentence of the bar: its beginning, and the rest."""
    if len(missing) == 1:
        return f"{missing[0].file.filename} is missing on this computer.", "In the vault it is as before."
    count = words.several(len(missing), "file is", "files are")
    return f"{count} missing on this computer:", _listed([row.file.filename for row in missing])


def _listed(names: Sequence[str]) -> str:
    named = list(names[:NAMED])
    if len(names) > NAMED:
        named.append(f"{len(names) - NAMED} more")
    return f"{words.listed(named)}."
