"""Files of the workspace that no vault knows: shown and offered, and sent by nobody but a person (N20)."""

from server.protocol.records import dataclass

SizeAndTime = tuple[int, int]
"""Size in bytes and time of the last save in nanoseconds, as the disk tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed:
    """The file of the vault that a stranger is: its copy was renamed here."""

    file: str
    path: str
    """In the vault."""

    @property
    def filename(self) -> str:
        """Its name in the vault."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """One such file."""

    vault: str
    """The vault in whose folder it lies."""
    path: str
    """The path that it would have in that vault."""
    full_path: str
    """Where it is on this computer."""
    size: int
    mtime_ns: int
    was: Renamed | None = None
    """What it was, when it is a copy that was renamed here."""

    @property
    def look(self) -> SizeAndTime:
        """What a decision about it is about: another file may have its name by then."""
        return self.size, self.mtime_ns

    @property
    def folder(self) -> str:
        """The folder in the vault; empty for the vault itself."""
        return self.path.rpartition("/")[0]

    @property
    def filename(self) -> str:
        """Its name."""
        return self.path.rpartition("/")[2]
