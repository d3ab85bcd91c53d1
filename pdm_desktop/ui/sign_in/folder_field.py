"""The folder for the local copies: the field, the button that looks for one, and whether it is a good one."""

import re
from pathlib import Path

from PySide6.QtCore import QDir, Qt, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from pdm_desktop.core.places import Settled
from pdm_desktop.state.changes import FolderSeen
from pdm_desktop.ui.fixed import show_fixed
from pdm_desktop.ui.sign_in.parts import Fact, text_field, words_of
from pdm_desktop.ui.theme import Tone
from pdm_desktop.ui.widgets import button, column, label, row

_BREAKABLE = re.compile(r"[\\/]")
"""A long path goes on in the next line after one of these: an empty space that is not seen stands there."""
PAUSE_MS = 700
"""After so long without a key the typed folder is looked at."""


class FolderField(QWidget):
    """Asks where somebody's files are to be on this computer. What is so of a folder, others see: `show_seen` it."""

    asked = Signal(str)
    """Look at this folder; empty: which one would it be?"""
    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.is_bad = False
        """What stands there is known to be no place for files."""
        self._settled = Settled.FREE
        self.field = text_field("", "Folder for your files")
        self.field.textEdited.connect(self._typed)
        self.choose = button("Choose…", press=self.ask_which)
        self.good = label("", second=True, wrap=True)
        self.bad = Fact("attention", Tone.BAD)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        line = row(self.field, self.choose)
        self.setLayout(column(words_of("&Folder for your files", self.field), line, self.good, self.bad, gap=6))

    @property
    def text(self) -> str:
        """What stands there; empty: the folder that it would be anyway."""
        return "" if self._settled is not Settled.FREE else self.field.text().strip()

    def begin(self) -> None:
        """Begin anew with the folder that it would be."""
        self._settled = Settled.FREE
        self._say_who_settled()
        self.field.clear()
        self._say("")
        self._ask()

    def show_seen(self, seen: FolderSeen) -> None:
        """What is so of the folder. An answer to what stood there before counts no more."""
        if seen.asked.strip() != self.field.text().strip():
            return
        self._settled = seen.settled
        if not seen.asked or seen.settled is not Settled.FREE:  # else somebody may be typing on
            self.field.setText(seen.folder)
            self.field.setCursorPosition(0)
        self._say_who_settled()
        self._say(seen.text, is_bad=not seen.is_good)

    def be_busy(self, *, on: bool) -> None:
        """While the server is asked nothing can be typed; what is settled cannot be typed at all."""
        self._pause.stop()
        self.setDisabled(on)

    def ask_which(self) -> QFileDialog:
        """Let the person look for a folder."""
        dialog = QFileDialog(self.window(), "Folder for your files", str(Path(self.field.text()).parent))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._take)
        dialog.open()
        return dialog

    def _take(self, folder: str) -> None:
        self.field.setText(QDir.toNativeSeparators(folder))
        self._say("")
        self._ask()

    def _typed(self) -> None:
        self._say("")
        self._pause.start()

    def _ask(self) -> None:
        self._pause.stop()
        self.asked.emit(self.field.text())

    def _say_who_settled(self) -> None:
        """What cannot be chosen is greyed, and says why."""
        is_free = self._settled is Settled.FREE
        for widget in (self.field, self.choose):
            widget.setEnabled(is_free)
            widget.setToolTip("" if is_free else self._settled.value)
        if self._settled is Settled.FIXED:
            show_fixed(self.field, self.choose)

    def _say(self, text: str, *, is_bad: bool = False) -> None:
        self.is_bad = is_bad and self._settled is Settled.FREE
        self.good.setText("" if is_bad else text)
        self.good.setVisible(not is_bad)
        self.bad.hide()
        if is_bad:
            self.bad.say(_BREAKABLE.sub("\\g<0>\u200b", text))
        self.edited.emit()
