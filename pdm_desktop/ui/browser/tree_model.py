"""The tree of vaults and folders, read from the store as it is opened. A node is a vault and a path, nothing more."""

from dataclasses import field
from itertools import count
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QSize, Qt

from pdm_desktop.core.badges import Badge
from pdm_desktop.state.folders import Folder
from pdm_desktop.state.store import Store
from pdm_desktop.ui import icons, theme
from pdm_desktop.ui.browser.columns import natural
from pdm_desktop.ui.delegates import Count
from pdm_desktop.ui.rows import Index, Roles
from pdm_desktop.ui.theme import Tone
from server.protocol.records import dataclass


@dataclass(slots=True, eq=False)
class Node:
    """A place in the tree. Its folders are listed when somebody looks into it."""

    vault: str
    path: str
    number: int
    above: "Node | None" = None
    place: int = 0
    below: "list[Node] | None" = field(default=None)


class TreeModel(QAbstractItemModel):
    """Vaults, and in them folders, with the numbers of what is checked out below."""

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._numbers = count(1)
        self._nodes: dict[int, Node] = {}  # Qt keeps bare numbers: a pointer would outlive its node
        self._top = self._vault_nodes()

    def node(self, index: Index) -> Node | None:
        """The place of an index; None for an index of nothing."""
        return self._nodes.get(index.internalId()) if index.isValid() else None

    def find(self, vault: str, path: str) -> QModelIndex:
        """The index of a folder; an invalid one when there is none."""
        nodes, found = self._top, None
        chain = [""] + ["/".join(path.split("/")[: depth + 1]) for depth in range(len(path.split("/")) if path else 0)]
        for step in chain:
            found = next((node for node in nodes if node.vault == vault and node.path == step), None)
            if found is None:
                return QModelIndex()
            nodes = self._below(found)
        return QModelIndex() if found is None else self._index(found)

    def reset(self) -> None:
        """Other vaults may be read now."""
        self.beginResetModel()
        self._nodes.clear()
        self._top = self._vault_nodes()
        self.endResetModel()

    def reset_vault(self, vault: str) -> None:
        """Folders of a vault came or went: take out what is gone and put in what is new, and leave the rest open."""
        for node in self._top:
            if node.vault == vault:
                self._compare(node)
                self._tell(node)

    def tell_counts(self, vault: str, folders: frozenset[str]) -> None:
        """Numbers of these folders changed."""
        for folder in folders:
            index = self._known(vault, folder)
            if index.isValid():
                self.dataChanged.emit(index, index)

    def tell_all(self) -> None:
        """The connection changed: every number, and every question mark, is another one."""
        for node in self._top:
            self._tell(node)

    def index(self, row: int, column: int, parent: Index | None = None) -> QModelIndex:
        above = None if parent is None else self.node(parent)
        nodes = self._top if above is None else self._below(above)
        if column != 0 or not 0 <= row < len(nodes):
            return QModelIndex()
        return self._index(nodes[row])

    def parent(self, child: Index | None = None) -> Any:
        if child is None:
            return QObject.parent(self)
        node = self.node(child)
        return QModelIndex() if node is None or node.above is None else self._index(node.above)

    def rowCount(self, parent: Index | None = None) -> int:
        above = None if parent is None else self.node(parent)
        return len(self._top) if above is None else len(self._below(above))

    def columnCount(self, parent: Index | None = None) -> int:
        return 1

    def hasChildren(self, parent: Index | None = None) -> bool:
        return self.rowCount(parent) > 0

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        node = self.node(index)
        if node is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._name(node)
            case Qt.ItemDataRole.DecorationRole:
                return icons.icon("folder" if node.path else "vault", Tone.SECOND)
            case Qt.ItemDataRole.SizeHintRole:
                return QSize(80, theme.ROW_TIGHT)
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
                return self._words(node)
            case Roles.COUNTS:
                return self._counts(node)
            case Roles.ID:
                return f"{node.vault}/{node.path}"
            case _:
                return None

    def _name(self, node: Node) -> str:
        if node.path:
            return node.path.rpartition("/")[2]
        vault = self._store.vaults.get(node.vault)
        return vault.name if vault is not None else ""

    def _folder(self, node: Node) -> Folder | None:
        return self._store.folders.get(node.vault, node.path)

    def _counts(self, node: Node) -> tuple[Count, ...]:
        if not self._store.connection.known:
            return () if node.path else ((Badge.UNKNOWN, ""),)
        folder = self._folder(node)
        if folder is None:
            return ()
        pairs = ((Badge.MINE, folder.mine), (Badge.OTHER, folder.others))
        return tuple((badge, str(number)) for badge, number in pairs if number)

    def _words(self, node: Node) -> str:
        folder = self._folder(node)
        if not self._store.connection.known:
            return f"{self._name(node)}, unknown while offline"
        if folder is None:
            return self._name(node)
        return f"{self._name(node)}, {folder.mine} checked out by you, {folder.others} by others"

    def _vault_nodes(self) -> list[Node]:
        return [self._node(vault, "", None, place) for place, vault in enumerate(self._store.vaults)]

    def _node(self, vault: str, path: str, above: Node | None, place: int) -> Node:
        made = Node(vault=vault, path=path, number=next(self._numbers), above=above, place=place)
        self._nodes[made.number] = made
        return made

    def _forget(self, node: Node) -> None:
        del self._nodes[node.number]
        for each in node.below or ():
            self._forget(each)

    def _below(self, node: Node) -> list[Node]:
        if node.below is None:
            node.below = [
                self._node(node.vault, path, node, place) for place, path in enumerate(self._paths_below(node))
            ]
        return node.below

    def _paths_below(self, node: Node) -> list[str]:
        folders = self._store.folders.children(node.vault, node.path)
        return [folder.path for folder in sorted(folders, key=lambda folder: (natural(folder.name), folder.name))]

    def _index(self, node: Node) -> QModelIndex:
        return self.createIndex(node.place, 0, node.number)

    def _known(self, vault: str, path: str) -> QModelIndex:
        """The index of a folder that somebody has looked at; counts of others are read when they are."""
        nodes: list[Node] | None = self._top
        node = None
        parts = path.split("/") if path else []
        for step in ("", *("/".join(parts[: depth + 1]) for depth in range(len(parts)))):
            node = next((each for each in nodes or () if each.vault == vault and each.path == step), None)
            if node is None:
                return QModelIndex()
            nodes = node.below
        return QModelIndex() if node is None else self._index(node)

    def _tell(self, node: Node) -> None:
        index = self._index(node)
        self.dataChanged.emit(index, index)
        below = node.below or []
        if below:
            self.dataChanged.emit(self._index(below[0]), self._index(below[-1]))
        for each in below:
            if each.below:
                self._tell(each)

    def _compare(self, node: Node) -> None:
        if node.below is None:
            return
        wanted = self._paths_below(node)
        kept = set(wanted)
        for place in range(len(node.below) - 1, -1, -1):
            if node.below[place].path not in kept:
                self._take_out(node, place)
        for place, path in enumerate(wanted):
            if place >= len(node.below) or node.below[place].path != path:
                self._put_in(node, place, path)
        for each in node.below:
            self._compare(each)

    def _take_out(self, node: Node, place: int) -> None:
        below = self._below(node)
        self.beginRemoveRows(self._index(node), place, place)
        self._forget(below.pop(place))
        _number(below)
        self.endRemoveRows()

    def _put_in(self, node: Node, place: int, path: str) -> None:
        below = self._below(node)
        self.beginInsertRows(self._index(node), place, place)
        below.insert(place, self._node(node.vault, path, node, place))
        _number(below)
        self.endInsertRows()


def _number(nodes: list[Node]) -> None:
    for place, node in enumerate(nodes):
        node.place = place
