"""What this computer has of a file."""

from datetime import UTC, datetime, timedelta

from server.protocol.records import dataclass

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalCopy:
    """The copy of one file in the workspace, as it was last looked at."""

    base: tuple[int, int]
    """Major and minor of the revision that it came from."""
    path: str
    """Where it is on this computer."""
    edited: bool = False
    """Its content is not that of its base."""
    writable: bool = False
    modified: datetime | None = None
    """When it was last saved, by this computer's clock; None: it is not edited, or nobody can tell."""
    size: int | None = None
    """Bytes of what is edited; None: it is not edited."""
    missing: bool = False
    """It was here, and is gone from the disk."""

    def is_behind(self, head: tuple[int, int]) -> bool:
        """The vault has a newer revision."""
        return self.base < head


def saved_at(mtime_ns: int) -> datetime:
    """A file's time. Some systems refuse to tell one before 1970 by themselves."""
    return _BEGINNING + timedelta(microseconds=mtime_ns // 1000)
