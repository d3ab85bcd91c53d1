"""The rows of the table: read for one view, and kept in step with events from then on."""

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace

from pdm_desktop.core.badges import Reader
from pdm_desktop.core.fold import Numbered, file_of, folded, lock_of, moved_path
from pdm_desktop.state import changes
from pdm_desktop.state.listing import FileRow, Kind, Listing, View
from pdm_desktop.state.rows import Rows
from server.protocol.events import FileLocked, FolderMoved, VaultEvent
from server.protocol.vault import File


class Table:
    """Keeps one listing. `rows` makes rows as things stand, `reader` says who looks, `emit` takes what changed."""

    def __init__(self, *, rows: Callable[[], Rows], reader: Callable[[], Reader], emit: Callable[..., None]) -> None:
        self._rows = rows
        self._reader = reader
        self._emit = emit
        self._meanwhile: list[Numbered] = []
        self._reading = 0
        """The number of the last reading: an earlier one may be of a time before what was to be seen."""
        self.listing = Listing()

    def begin(self, view: View) -> int:
        """The table is to show this; its rows are being read. Events are kept until they are here.

        The answer is the number of this reading, by which its rows are known.
        """
        is_same = view == self.listing.view
        if not is_same or not self.listing.loading:
            self._meanwhile = []
        if not is_same or not self.listing.files():
            self.listing = Listing(view)
        self.listing.loading = True
        self._reading += 1
        self._emit(changes.ListingReset())
        return self._reading

    def load(
        self, reading: int, files: Iterable[tuple[str, File]], *, seqs: Mapping[str, int], cut_at: int | None = None
    ) -> bool:
        """The rows of one reading as they were at these seqs, each file with its vault.

        Returns False when they are not shown: there is a later reading, or what was read has moved by then.
        """
        if reading != self._reading or not self.listing.loading:
            return False
        meanwhile, self._meanwhile = self._meanwhile, []
        view = self._moved_before(meanwhile, seqs)
        if view != self.listing.view:
            self.listing = Listing(view, loading=True)
            self._emit(changes.ListingReset(), changes.ListingStale())
            return False
        self.listing.cut_at = cut_at
        self.listing.fill(self._rows().all(files))
        for each in meanwhile:
            if each.seq > seqs.get(each.vault, -1):
                self._apply(each.vault, each.event)
        self._emit(changes.ListingReset())
        return True

    def _moved_before(self, meanwhile: Iterable[Numbered], seqs: Mapping[str, int]) -> View:
        """The view after the moves of folders that had happened already where its rows were read."""
        view = self.listing.view
        for each in meanwhile:
            if isinstance(each.event, FolderMoved) and each.seq <= seqs.get(each.vault, -1):
                view = view.after(each.vault, each.event)
        return view

    def apply(self, event: Numbered) -> None:
        """An event happened. While rows are being read it waits for them."""
        if self.listing.loading:
            self._meanwhile.append(event)
        else:
            self._apply(event.vault, event.event)

    def forget_vaults(self, gone: AbstractSet[str]) -> None:
        """These vaults are not to be read any more."""
        if self.listing.kind is not Kind.FOLDER and gone:
            self._emit(changes.ListingStale())
        elif self.listing.vault in gone:
            self.forget()

    def forget(self) -> None:
        """Show nothing."""
        self.listing = Listing()
        self._emit(changes.ListingReset())

    def remake_file(self, file: str) -> None:
        """The row of a file may say something else now."""
        row = self.listing.get(file)
        if row is None:
            return
        made = self._rows()(row.vault, row.file)
        if made != row:
            self.listing.put(made)
            self._emit(changes.RowsChanged(files=frozenset((file,))))

    def remake(self, which: Callable[[FileRow], bool]) -> None:
        """These rows say something else now."""
        make = self._rows()
        changed = self.listing.remake(lambda row: make(row.vault, row.file) if which(row) else row)
        if changed:
            self._emit(changes.RowsChanged(files=changed))

    def _apply(self, vault: str, event: VaultEvent) -> None:
        if isinstance(event, FolderMoved):
            self._move_listing(vault, event)
            return
        file = file_of(event)
        row = self.listing.get(file)
        after = folded(row.file if row else None, event)
        if after is not None and self._belongs(vault, after, listed=row is not None):
            reset = self.listing.put(self._rows()(vault, after))
            self._emit(changes.ListingReset() if reset else changes.RowsChanged(files=frozenset((file,))))
        elif self.listing.drop(file):
            self._emit(changes.ListingReset())
        elif (
            self.listing.kind is Kind.MINE
            and isinstance(event, FileLocked)
            and self._reader().is_holder(lock_of(event))
        ):
            self._emit(changes.ListingStale())

    def _belongs(self, vault: str, file: File, *, listed: bool) -> bool:
        if self.listing.kind is Kind.MINE:
            return listed and file.lock is not None and self._reader().is_holder(file.lock)
        return self.listing.view.takes(vault, file) and (listed or self.listing.cut_at is None)

    def _move_listing(self, vault: str, move: FolderMoved) -> None:
        view = self.listing.view.after(vault, move)
        self.listing.view = view

        make = self._rows()

        def after(row: FileRow) -> FileRow:
            path = moved_path(row.file.path, move) if row.vault == vault else None
            return row if path is None else make(vault, replace(row.file, path=path))

        if self.listing.remake(after):
            self._emit(changes.ListingReset())
        if view.kind is Kind.FOLDER and view.vault == vault and _is_within(view.folder, move.to):
            # Files may have come from elsewhere into a folder that was there already.
            self._emit(changes.ListingStale())


def _is_within(folder: str, top: str) -> bool:
    return folder == top or folder.startswith(f"{top}/")
