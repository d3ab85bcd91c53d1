"""Revisions of a file, as far as they were read."""

from dataclasses import dataclass, replace

from server.protocol.calls import History as Page
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
            total=page.total,
            cursor=page.cursor,
        )

    def with_head(self, head: Revision) -> "History":
        """And a revision that has just been checked in."""
        if any((each.major, each.minor) == (head.major, head.minor) for each in self.revisions):
            return self
        return replace(self, revisions=(head, *self.revisions), total=self.total + 1)
