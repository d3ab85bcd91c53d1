"""A vault in the fewest words, for a state machine to compare the server's with (T17)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from server.protocol.names import same_key

PERSON = {"anna": "Anna", "laptop": "Anna", "ben": "Ben"}
"""Whose the seats are."""


class ParkedKey(NamedTuple):
    """Of what there is one parked version."""

    file: str
    person: str
    base: str
    hash: str


@dataclass
class ModelFile:
    """A file, deleted or not."""

    path: str
    hashes: list[str]
    """The content of its revisions, the newest last."""
    number: tuple[int, int] = (1, 0)
    holder: str | None = None
    token: int = 0
    deleted: bool = False

    @property
    def head(self) -> str:
        """The number of its newest revision."""
        return f"{self.number[0]}.{self.number[1]}"

    def advance(self, content: str, *, major: bool, holder: str | None) -> None:
        """Its next revision."""
        self.number = (self.number[0] + 1, 0) if major else (self.number[0], self.number[1] + 1)
        self.holder = holder
        self.hashes.append(content)

    # Why the server has to refuse

    def held(self, seat: str) -> str | None:
        """A change of it, or its deletion."""
        if self.deleted:
            return "gone"
        return "locked" if self.holder and PERSON[self.holder] != PERSON[seat] else None

    def taken(self, seat: str) -> str | None:
        """A check-out."""
        return "gone" if self.deleted else "locked" if self.holder not in (None, seat) else None

    def not_held_here(self, seat: str, *, behind: int = 0) -> str | None:
        """What needs the lock."""
        return "gone" if self.deleted else None if self.holder == seat and behind == 0 else "not_yours"

    def not_next(self, seat: str, *, base: str, behind: int = 0) -> str | None:
        """A check-in."""
        return self.not_held_here(seat, behind=behind) or ("old_base" if base != self.head else None)


@dataclass
class Model:
    """What a vault is, and what is parked of it."""

    files: dict[str, ModelFile] = field(default_factory=dict)
    parked: dict[ParkedKey, str] = field(default_factory=dict)
    """Why each was."""
    events: int = 0
    changes: int = 0

    def happened(self, *, events: int = 1) -> None:
        """A change, with a row of the audit trail."""
        self.events += events
        self.changes += 1

    def takes(self, one: ModelFile, seat: str) -> None:
        """A seat has it from now on."""
        if one.holder != seat:
            one.holder, one.token = seat, one.token + 1
            self.happened()

    def checks_in(self, name: str, content: str, seat: str, *, major: bool, keep: bool) -> None:
        """The next revision. Its person has the same content parked no longer."""
        self.files[name].advance(content, major=major, holder=seat if keep else None)
        self.happened()
        stored = [key for key in self.parked if (key.file, key.person, key.hash) == (name, PERSON[seat], content)]
        for key in stored:
            del self.parked[key]

    def buries(self, one: ModelFile) -> None:
        """It is deleted; a lock on it ends, and that is an event as well."""
        self.happened(events=2 if one.holder else 1)
        one.deleted, one.holder = True, None

    def parks(self, key: ParkedKey, reason: str) -> None:
        """Once, whatever the number of tries."""
        if key not in self.parked:
            self.parked[key] = reason
            self.happened(events=0)

    def parks_work(self, name: str, content: str, seat: str, *, base: str) -> bool:
        """Of the same content of a file there is one, and none of what is a revision since its base. Whether it is."""
        one, person = self.files[name], PERSON[seat]
        if content in (one.hashes[-1:] if base == one.head else one.hashes):
            return False
        if not any((key.file, key.person, key.hash) == (name, person, content) for key in self.parked):
            self.parks(ParkedKey(name, person, base, content), "gone" if one.deleted else "not_yours")
        return True

    def free(self, path: str, *, beside: Collection[str] = (), with_: Iterable[str] = ()) -> bool:
        """Whether a file may have that path, when `beside` go and files at the paths `with_` come."""
        living = {one.path for name, one in self.files.items() if not one.deleted and name not in beside}
        living.update(with_)
        key = same_key(path)
        if any(same_key(each) == key or same_key(each).startswith(f"{key}/") for each in living):
            return False
        for each in living:
            if key.startswith(f"{same_key(each)}/"):
                return False
        return all(
            spelled(each, depth) == spelled(path, depth)
            for each in living
            for depth in range(1, path.count("/") + 1)
            if each.count("/") >= depth and same_key(spelled(each, depth)) == same_key(spelled(path, depth))
        )

    def all_free(self, paths: Sequence[str]) -> bool:
        """Whether new files may have these paths, all of them."""
        return all(self.free(path, with_=paths[:number]) for number, path in enumerate(paths))


def spelled(path: str, depth: int) -> str:
    """So many parts of it."""
    return "/".join(path.split("/")[:depth])
