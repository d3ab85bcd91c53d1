"""The folders of all vaults with their numbers. A folder exists by its files."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from server.protocol.vault import Vault


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


@dataclass(slots=True)
class Counted:
    """The numbers of one folder, and the folders in it."""

    files: int = 0
    mine: int = 0
    others: int = 0
    here: int = 0
    below: dict[str, "Counted"] = field(default_factory=dict)


def counted(folders: Iterable[tuple[str, int]]) -> Counted:
    """A vault from each folder and the number of files directly in it. On any thread: of many it takes a while."""
    root = Counted()
    for path, files in folders:
        node = root
        node.files += files
        for name in _parts(path):
            below = node.below.get(name)
            if below is None:
                below = node.below[name] = Counted()
            node = below
            node.files += files
        node.here += files
    return root


class Folders:
    """A tree of counts for each vault. Every change answers whether folders came or went."""

    def __init__(self) -> None:
        self._vaults: dict[str, Counted] = {}

    def children(self, vault: str, folder: str) -> list[Folder]:
        """The folders directly in one, by name; none for what does not exist."""
        node = self._find(vault, folder)
        if node is None:
            return []
        prefix = f"{folder}/" if folder else ""
        names = sorted(node.below, key=lambda name: (name.casefold(), name))
        return [_told(node.below[name], vault, prefix + name) for name in names]

    def get(self, vault: str, folder: str) -> Folder | None:
        """One folder; the empty path is the vault itself."""
        node = self._find(vault, folder)
        return None if node is None else _told(node, vault, folder)

    def direct_files(self, vault: str) -> Iterator[tuple[str, int]]:
        """Each folder that has files of its own, with how many."""
        root = self._vaults.get(vault)
        return iter(()) if root is None else _direct(root, "")

    def replace(self, vault: str, folders: Counted | Iterable[tuple[str, int]]) -> None:
        """Begin a vault anew from each folder and the number of files directly in it. Locks are counted afterwards."""
        self._vaults[vault] = folders if isinstance(folders, Counted) else counted(folders)

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
        for node in self._chain(vault, folder)[0]:
            node.mine += mine
            node.others += others

    def forget(self, keep: Iterable[Vault]) -> None:
        """Keep only these vaults."""
        kept = {vault.id for vault in keep}
        self._vaults = {vault: root for vault, root in self._vaults.items() if vault in kept}

    def _find(self, vault: str, folder: str) -> Counted | None:
        node = self._vaults.get(vault)
        for name in _parts(folder):
            if node is None:
                return None
            node = node.below.get(name)
        return node

    def _chain(self, vault: str, folder: str) -> tuple[list[Counted], bool]:
        """The vault, and each folder down to this one, made where missing."""
        node = self._vaults.setdefault(vault, Counted())
        chain, made = [node], False
        for name in _parts(folder):
            made = made or name not in node.below
            node = node.below.setdefault(name, Counted())
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


def _told(node: Counted, vault: str, path: str) -> Folder:
    return Folder(
        vault=vault,
        path=path,
        name=path.rpartition("/")[2],
        files=node.files,
        mine=node.mine,
        others=node.others,
    )


def _direct(node: Counted, path: str) -> Iterator[tuple[str, int]]:
    if node.here:
        yield path, node.here
    for name, below in node.below.items():
        yield from _direct(below, f"{path}/{name}" if path else name)
