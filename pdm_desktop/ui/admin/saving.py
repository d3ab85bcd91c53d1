"""A list that is saved as a file for other programs."""

from collections.abc import Callable

from PySide6.QtCore import QIODevice, QSaveFile, Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from pdm_desktop.core.results import Trouble
from pdm_desktop.ui.messages import tell


def ask_and_save(window: QWidget, name: str, text: Callable[[], str]) -> QFileDialog:
    """Ask where, and save the text there: the whole of it, or nothing."""
    dialog = QFileDialog(window, "Save as CSV", "", "Tables (*.csv)")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix("csv")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.selectFile(name)
    dialog.fileSelected.connect(lambda target: save(window, target, text()))
    dialog.open()
    return dialog


def save(window: QWidget, target: str, text: str) -> QMessageBox | None:
    """Save it; if that is not possible, say why."""
    file = QSaveFile(target)
    if file.open(QIODevice.OpenModeFlag.WriteOnly) and file.write(text.encode()) >= 0 and file.commit():
        return None
    why = f"{target}: {file.errorString()}."
    return tell(window, Trouble(title="The table was not saved", text=why, advice="Choose another place."))
