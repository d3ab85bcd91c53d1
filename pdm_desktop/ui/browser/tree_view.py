"""The tree of vaults and folders at the left."""

from PySide6.QtCore import QModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHeaderView, QTreeView

from pdm_desktop.state.store import Store
from pdm_desktop.ui import theme
from pdm_desktop.ui.browser.tree_model import TreeModel
from pdm_desktop.ui.delegates import CountsDelegate
from pdm_desktop.ui.rows import Index

INDENT = 16


class TreeView(QTreeView):
    """Vaults and folders; going to one asks for its files."""

    folder_asked = Signal(str, str)
    """A vault and a folder of it are to be shown."""
    menu_asked = Signal(str, str, QPoint)

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.folders = TreeModel(store, self)
        self.setModel(self.folders)
        self.setAccessibleName("Vaults and folders")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHeaderHidden(True)
        self.header().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.setIndentation(INDENT)
        self.setUniformRowHeights(True)
        self.setTabKeyNavigation(False)
        self.setIconSize(QSize(theme.ICON, theme.ICON))
        self.setItemDelegate(CountsDelegate(self))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._ask_for_menu)
        self._quiet = False

    def show_folder(self, vault: str, folder: str) -> None:
        """Mark the open folder, and open the tree down to it. Nothing is asked for."""
        index = self.folders.find(vault, folder)
        if not index.isValid() or index == self.currentIndex():
            return
        self._quiet = True
        self.setCurrentIndex(index)
        self.scrollTo(index)
        self._quiet = False

    def show_none(self) -> None:
        """What is open is no folder."""
        self._quiet = True
        self.setCurrentIndex(QModelIndex())
        self.clearSelection()
        self._quiet = False

    def tell_folders(self, vault: str) -> None:
        """Folders of a vault came or went. A vault that had none until now is opened."""
        index = self.folders.find(vault, "")
        first = not self.folders.hasChildren(index)
        self.folders.reset_vault(vault)
        if first:
            self.expand(index)

    def expand_vaults(self) -> None:
        """Open each vault, so that its folders show."""
        for place in range(self.folders.rowCount()):
            self.expand(self.folders.index(place, 0))

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        node = self.folders.node(current)
        if node is not None and not self._quiet:
            self.folder_asked.emit(node.vault, node.path)

    def _ask_for_menu(self, place: QPoint) -> None:
        node = self.folders.node(self.indexAt(place))
        if node is not None:
            self.menu_asked.emit(node.vault, node.path, self.viewport().mapToGlobal(place))
