"""Every lock of the vaults that are shown."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from pdm_desktop.core.badges import Reader
from server.protocol.records import dataclass
from server.protocol.vault import Lock


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldFile:
    """A file that is checked out."""

    vault: str
    file: str
    path: str
    lock: Lock

    @property
    def folder(self) -> str:
        """The path without its last part."""
        return self.path.rpartition("/")[0]


class Locks:
    """Who holds what, by file id."""

    def __init__(self) -> None:
        self._held: dict[str, HeldFile] = {}

    def __len__(self) -> int:
        return len(self._held)

    def __iter__(self) -> Iterator[HeldFile]:
        return iter(self._held.values())

    def get(self, file: str) -> HeldFile | None:
        """The lock of a file, or None when it is free."""
        return self._held.get(file)

    def mine(self, reader: Reader) -> list[HeldFile]:
        """What this person holds on this seat, by path."""
        return sorted((held for held in self if reader.holds(held.lock)), key=_place)

    def of_person(self, reader: Reader) -> list[HeldFile]:
        """What this person holds on any seat, by path."""
        return sorted((held for held in self if reader.is_holder(held.lock)), key=_place)

    def of_vault(self, vault: str) -> list[HeldFile]:
        """All locks of a vault, by path."""
        return sorted((held for held in self if held.vault == vault), key=_place)

    def put(self, held: HeldFile) -> None:
        """The file is held so from now on."""
        self._held[held.file] = held

    def take(self, file: str) -> HeldFile | None:
        """The file is free from now on; the answer is who held it."""
        return self._held.pop(file, None)

    def move(self, file: str, path: str) -> HeldFile:
        """A held file has another path; the answer is what it is now."""
        moved = self._held[file] = replace(self._held[file], path=path)
        return moved

    def replace(self, vault: str, held: Iterable[HeldFile]) -> None:
        """Begin a vault anew."""
        self._held = {each.file: each for each in self if each.vault != vault}
        self._held.update((each.file, each) for each in held)


def _place(held: HeldFile) -> tuple[str, str]:
    return held.vault, held.path
