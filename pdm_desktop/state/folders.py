"""The folders of all vaults with their numbers. A folder exists by its files."""

from collections.abc import Iterable, Iterator
from typing import Final

from pdm_desktop.core.folder_list import Below, FolderList
from server.protocol.records import dataclass
from server.protocol.vault import Vault

NOTHING: Final = Below()


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """One folder as the tree shows it. The numbers count everything below it as well."""

    vault: str
    path: str
    """Empty for the vault itself."""
    name: str
    files: int
    mine: int
    """Checked out by me on this seat."""
    others: int
    """Checked out by somebody else, or by me on another seat."""


class Node:
    """The numbers of one folder, and the folders in it: taken out of a list when somebody looks."""

    __slots__ = ("_below", "_list", "_part", "files", "here")

    def __init__(self, *, files: int = 0, here: int = 0, of: FolderList | None = None, part: Below = NOTHING) -> None:
        self.files = files
        self.here = here
        """Of them directly in it."""
        self._list = of
        self._part = part
        self._below: dict[str, Node] | None = None

    @property
    def below(self) -> "dict[str, Node]":
        """The folders in it by name. It may be changed."""
        if self._below is None:
            listed = () if self._list is None else self._list.below(self._part)
            self._below = {
                name: Node(files=files, here=here, of=self._list, part=part) for name, here, files, part in listed
            }
            self._list = None
        return self._below

    def take(self, other: "Node") -> None:
        """All of another folder is in this one now."""
        self.files += other.files
        self.here += other.here
        for name, node in other.below.items():
            known = self.below.setdefault(name, node)
            if known is not node:
                known.take(node)


class Folders:
    """A tree of counts for each vault. Every change answers whether folders came or went."""

    def __init__(self) -> None:
        self._vaults: dict[str, Node] = {}
        self._held: dict[str, dict[str, tuple[int, int]]] = {}
        """Of each vault the folders with something checked out below: by me, and by others."""

    def children(self, vault: str, folder: str) -> list[Folder]:
        """The folders directly in one, by name; none for what does not exist."""
        node = self._find(vault, folder)
        if node is None:
            return []
        prefix = f"{folder}/" if folder else ""
        names = sorted(node.below, key=lambda name: (name.casefold(), name))
        return [self._told(node.below[name], vault, prefix + name) for name in names]

    def get(self, vault: str, folder: str) -> Folder | None:
        """One folder; the empty path is the vault itself."""
        node = self._find(vault, folder)
        return None if node is None else self._told(node, vault, folder)

    def direct_files(self, vault: str) -> Iterator[tuple[str, int]]:
        """Each folder that has files of its own, with how many."""
        root = self._vaults.get(vault)
        return iter(()) if root is None else _direct(root, "")

    def replace(self, vault: str, folders: FolderList | Iterable[tuple[str, int]]) -> None:
        """Begin a vault anew from each folder and the number of files directly in it. Locks are counted afterwards."""
        listed = folders if isinstance(folders, FolderList) else FolderList.of(folders)
        self._held.pop(vault, None)
        here, files, part = listed.whole()
        self._vaults[vault] = Node(files=files, here=here, of=listed, part=part)

    def count_files(self, vault: str, folder: str, change: int) -> bool:
        """So many files more (or less) are directly in a folder. True: folders came or went."""
        if not change:
            return False
        chain, made = self._chain(vault, folder)
        for node in chain:
            node.files += change
        chain[-1].here += change
        return self._drop_empty(vault, folder) or made

    def count_locks(self, vault: str, folder: str, *, mine: int = 0, others: int = 0) -> None:
        """So many locks more (or less) are directly in a folder."""
        # Beside the folders and not in them: to count a lock, no folder has to be taken out of its list.
        held = self._held.setdefault(vault, {})
        for path in with_those_above(folder):
            before = held.get(path, (0, 0))
            after = before[0] + mine, before[1] + others
            if any(after):
                held[path] = after
            else:
                held.pop(path, None)

    def move(self, vault: str, source: str, target: str) -> None:
        """A folder, with all in it, is at another path; it may find a folder of that path there."""
        node = self._find(vault, source)
        if node is None or not source or not target:
            return
        for above in self._chain(vault, source)[0][:-1]:
            above.files -= node.files
        parent, _, name = source.rpartition("/")
        chain, _ = self._chain(vault, parent)
        del chain[-1].below[name]
        self._drop_empty(vault, parent)
        moved, _ = self._chain(vault, target)
        for above in moved[:-1]:
            above.files += node.files
        moved[-1].take(node)

    def forget(self, keep: Iterable[Vault]) -> None:
        """Keep only these vaults."""
        kept = {vault.id for vault in keep}
        self._vaults = {vault: root for vault, root in self._vaults.items() if vault in kept}
        self._held = {vault: held for vault, held in self._held.items() if vault in kept}

    def _told(self, node: Node, vault: str, path: str) -> Folder:
        mine, others = self._held.get(vault, {}).get(path, (0, 0))
        return Folder(vault=vault, path=path, name=path.rpartition("/")[2], files=node.files, mine=mine, others=others)

    def _find(self, vault: str, folder: str) -> Node | None:
        node = self._vaults.get(vault)
        for name in _parts(folder):
            if node is None:
                return None
            node = node.below.get(name)
        return node

    def _chain(self, vault: str, folder: str) -> tuple[list[Node], bool]:
        """The vault, and each folder down to this one, made where missing."""
        node = self._vaults.setdefault(vault, Node())
        chain, made = [node], False
        for name in _parts(folder):
            made = made or name not in node.below
            node = node.below.setdefault(name, Node())
            chain.append(node)
        return chain, made

    def _drop_empty(self, vault: str, folder: str) -> bool:
        dropped = False
        path = folder
        while path:
            above, _, name = path.rpartition("/")
            parent = self._find(vault, above)
            if parent is None or name not in parent.below or parent.below[name].files > 0:
                break
            del parent.below[name]
            dropped, path = True, above
        return dropped


def with_those_above(folder: str) -> frozenset[str]:
    """The folder, each one it is in, and the empty path of the vault."""
    parts = _parts(folder)
    return frozenset("/".join(parts[:length]) for length in range(len(parts) + 1))


def _parts(folder: str) -> list[str]:
    return folder.split("/") if folder else []


def _direct(node: Node, path: str) -> Iterator[tuple[str, int]]:
    if node.here:
        yield path, node.here
    for name, below in node.below.items():
        yield from _direct(below, f"{path}/{name}" if path else name)
