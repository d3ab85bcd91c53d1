"""What belongs to chosen files by their vault's rule, and whether they go as one."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QObject

from pdm_desktop.core.requests import ReadFolders
from pdm_desktop.core.sets import Folder, Member, OldProgram, why_not_together
from pdm_desktop.state.changes import FoldersRead
from pdm_desktop.state.listing import FileRow, Kind
from pdm_desktop.state.store import Store
from server.protocol.records import dataclass
from server.protocol.set_rule import DEFAULT_RULE, SetRule
from server.protocol.vault_rules import NO_RULES, is_alone

SUGGESTED_FOR: Final = 20
"""For more chosen files nothing is suggested: who chooses so many has chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFiles:
    """Files that are chosen, and what belongs to them."""

    chosen: tuple[FileRow, ...]
    others: tuple[FileRow, ...] = ()
    """What their set has beside them."""
    wanted: frozenset[str] = frozenset()
    """Those of the others that usually go with them."""
    old: tuple[OldProgram, ...] = ()
    """Programs among all of them that are older than their source, or than its newest revision."""

    @property
    def rows(self) -> tuple[FileRow, ...]:
        """All of them: the chosen ones with what belongs to them, by path."""
        if not self.others:
            return self.chosen
        return tuple(sorted((*self.chosen, *self.others), key=lambda row: (row.file.path.casefold(), row.file.path)))

    def is_ticked(self, row: FileRow) -> bool:
        """It is chosen, or usually goes with what is."""
        return row.file.id in self.wanted or row in self.chosen


def why_alone(rows: Sequence[FileRow]) -> str | None:
    """Why files go one by one and not all or none; None when they go together."""
    return why_not_together([row.vault for row in rows])


def are_together(rows: Sequence[FileRow]) -> bool:
    """Several files that go all or none."""
    return len(rows) > 1 and why_alone(rows) is None


class SetFinder(QObject):
    """Finds what belongs to chosen files, from the table where it shows their folder, or from the cache."""

    def __init__(self, store: Store, submit: Callable[[ReadFolders], None], parent: QObject) -> None:
        super().__init__(parent)
        self._store = store
        self._submit = submit
        self._waiting: dict[ReadFolders, tuple[tuple[FileRow, ...], Callable[[SetFiles], None]]] = {}

    def find(self, chosen: Sequence[FileRow], then: Callable[[SetFiles], None]) -> None:
        """Call `then` with the chosen files and what belongs to them: at once, or when their folders were read."""
        rows = tuple(chosen)
        vaults = {row.vault for row in rows}
        if len(vaults) != 1 or len(rows) > SUGGESTED_FOR:
            then(SetFiles(chosen=rows))
            return
        (vault,) = vaults
        folders = tuple(sorted({row.file.folder for row in rows}))
        listing = self._store.listing
        if (listing.kind, listing.vault, (listing.folder,)) == (Kind.FOLDER, vault, folders) and not listing.loading:
            then(found(rows, self._in_sets(vault, listing.rows), self._rule_of(vault)))
            return
        request = ReadFolders(vault=vault, folders=folders)
        self._waiting[request] = rows, then
        self._submit(request)

    def tell_read(self, answer: FoldersRead) -> None:
        """Folders were read."""
        asked = self._waiting.pop(answer.request, None)
        if asked is not None:
            rows, then = asked
            vault = answer.request.vault
            then(found(rows, self._in_sets(vault, answer.rows), self._rule_of(vault)))

    def _rule_of(self, vault: str) -> SetRule:
        known = self._store.vaults.get(vault)
        return DEFAULT_RULE if known is None else known.set_rule

    def _in_sets(self, vault: str, rows: Sequence[FileRow]) -> list[FileRow]:
        """Without those that the vault's rules let go alone."""
        known = self._store.vaults.get(vault)
        rules = NO_RULES if known is None else known.file_rules
        return [row for row in rows if not is_alone(rules, row.file.path)]


def found(chosen: Sequence[FileRow], folder: Sequence[FileRow], rule: SetRule) -> SetFiles:
    """What belongs to the chosen files among those of their folders."""
    files = SetFiles(chosen=tuple(chosen))
    for place in dict.fromkeys(row.file.folder for row in chosen):
        rows = {row.file.id: row for row in folder if row.file.folder == place}
        look = Folder([_member(row) for row in rows.values()], rule)
        ids = [row.file.id for row in chosen if row.file.folder == place]
        suggestions = look.suggestions(ids)
        others = [rows[each.file] for each in suggestions]
        files = replace(
            files,
            others=(*files.others, *others),
            wanted=files.wanted | {each.file for each in suggestions if each.wanted},
            old=(*files.old, *look.old_programs([*ids, *(row.file.id for row in others)])),
        )
    return files


def _member(row: FileRow) -> Member:
    edited_at = row.local.modified if row.local is not None and row.local.edited else None
    head = row.file.head
    return Member(file=row.file.id, name=row.file.filename, at=head.at, author=head.author, edited_at=edited_at)
