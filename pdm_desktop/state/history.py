"""Revisions of files, as far as they were read."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from pdm_desktop.state.changes import Change, HistoryChanged
from server.protocol.calls import History as Page
from server.protocol.events import FileUnlocked, FileUpdated, VaultEvent
from server.protocol.records import dataclass
from server.protocol.vault import Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The newest revisions first; `cursor` reads on, absent when all are here."""

    file: str
    revisions: tuple[Revision, ...] = ()
    total: int = 0
    cursor: str | None = None
    loading: bool = False

    def with_page(self, page: Page) -> "History":
        """And one more page."""
        return History(
            file=self.file,
            revisions=self.revisions + tuple(page.revisions),
            total=max(self.total, page.total),
            cursor=page.cursor,
        )

    def with_head(self, head: Revision) -> "History":
        """And a revision that has just been checked in."""
        if any((each.major, each.minor) == (head.major, head.minor) for each in self.revisions):
            return self
        return replace(self, revisions=(head, *self.revisions), total=self.total + 1)


class Histories:
    """The histories that were asked for. What changes something answers what to look at again."""

    def __init__(self) -> None:
        self._of: dict[str, History] = {}

    @property
    def all(self) -> Mapping[str, History]:
        """Each of them, by file id."""
        return MappingProxyType(self._of)

    def begin(self, file: str, *, more: bool) -> Iterator[Change]:
        """Revisions of a file are being read: the first, or those after what is known."""
        known = self._of.get(file) if more else None
        self._of[file] = replace(known or History(file=file), loading=True)
        yield HistoryChanged(file=file)

    def load(self, page: Page, *, more: bool) -> Iterator[Change]:
        """A page of revisions: the first, or one more."""
        known = self._of.get(page.file)
        if more and (known is None or known.cursor is None):
            return  # it is read anew by now
        read = (known if known is not None and more else History(file=page.file)).with_page(page)
        came = known.revisions if known is not None and not more else ()
        for head in reversed(came):
            read = read.with_head(head)
        self._of[page.file] = read
        yield HistoryChanged(file=page.file)

    def drop(self, file: str) -> Iterator[Change]:
        """The revisions could not be read: those that were read before stay."""
        known = self._of.pop(file, None)
        if known is None:
            return
        if known.cursor is not None:  # it was one more page that did not come
            self._of[file] = replace(known, loading=False)
        yield HistoryChanged(file=file)

    def forget(self) -> Iterator[Change]:
        """Know none: there may be newer ones of which nothing was heard."""
        known, self._of = self._of, {}
        for file in known:
            yield HistoryChanged(file=file)

    def apply(self, event: VaultEvent) -> Iterator[Change]:
        """The next event of a vault. What is being read just now may be of a time before it, or know it already."""
        match event:
            case FileUnlocked(revision=Revision() as head):
                file = event.file
            case FileUpdated():
                file, head = event.file.id, event.file.head
            case _:
                return
        known = self._of.get(file)
        if known is not None:
            self._of[file] = known.with_head(head)
            yield HistoryChanged(file=file)
