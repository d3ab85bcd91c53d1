"""Files of the workspace that no vault knows, as they were seen last."""

from collections.abc import Iterable

from pdm_desktop.core.strangers import Stranger


class Strangers:
    """All of them, of all vaults and folders."""

    def __init__(self) -> None:
        self._all: tuple[Stranger, ...] = ()

    @property
    def all(self) -> tuple[Stranger, ...]:
        """Every one of them."""
        return self._all

    def in_folder(self, vault: str, folder: str) -> list[Stranger]:
        """Those directly in a folder of this computer."""
        return [one for one in self._all if (one.vault, one.folder) == (vault, folder)]

    def renamed(self) -> frozenset[str]:
        """Files whose copies lie in the workspace under other names."""
        return frozenset(one.was.file for one in self._all if one.was is not None)

    def replace(self, files: Iterable[Stranger]) -> None:
        """The workspace has just these."""
        self._all = tuple(files)
