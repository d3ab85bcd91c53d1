"""What a vault begins with here."""

from collections.abc import Iterable

from pdm_desktop.core.folder_list import FolderList
from pdm_desktop.state.locks import HeldFile
from server.protocol.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A vault as it was at one seq: each folder with the number of files directly in it, and every lock."""

    vault: str
    seq: int
    folders: FolderList | Iterable[tuple[str, int]]
    locks: Iterable[HeldFile]
