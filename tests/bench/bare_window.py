"""The least that a PySide6 program with a tree can be, as a peer of the seat's start: it tells when it has painted."""

import sys
import time

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QApplication, QMainWindow, QTreeView

FOLDERS = 20


class FirstPaint(QObject):
    """Ends the program when the window has been drawn."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, tell)
        return False


def tell() -> None:
    """One line: when, in monotonic seconds; the processor time until then; how many modules are loaded."""
    print("painted", time.monotonic(), time.process_time(), len(sys.modules), flush=True)
    QApplication.quit()


def main() -> int:
    """Show the window until it is painted."""
    application = QApplication(sys.argv)
    tree, model, window, paint = QTreeView(), QStandardItemModel(), QMainWindow(), FirstPaint()
    for number in range(FOLDERS):
        model.appendRow(QStandardItem(f"Folder {number}"))
    tree.setModel(model)
    window.setCentralWidget(tree)
    window.resize(1280, 800)
    window.installEventFilter(paint)
    window.show()
    return application.exec()


if __name__ == "__main__":
    sys.exit(main())
