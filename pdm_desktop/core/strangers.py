"""Files of the workspace that no vault knows: shown and offered, and sent by nobody but a person (N20)."""

from dataclasses import dataclass


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

    @property
    def folder(self) -> str:
        """The folder in the vault; empty for the vault itself."""
        return self.path.rpartition("/")[0]

    @property
    def filename(self) -> str:
        """Its name."""
        return self.path.rpartition("/")[2]
