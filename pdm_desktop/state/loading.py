"""How far a vault has come that is being read in full."""

from server.protocol.records import dataclass

LONG = 10_000
"""Fewer files are here before anybody could read a number of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """So many files of a vault are here. What is shown is the vault as it was, until all are."""

    vault: str
    files: int
    of: int

    @property
    def is_long(self) -> bool:
        """It is worth to be told."""
        return self.of >= LONG
