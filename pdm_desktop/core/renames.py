"""A copy that is missing and a stranger that looks like it: the file was renamed here, by a person's own program."""

from collections.abc import Iterable

from server.protocol.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A copy that is not in its place any more, as it was seen last."""

    file: str
    vault: str
    path: str
    size: int
    mtime_ns: int
    hash: str | None
    """What it held; None: nobody has read it as it was last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A stranger."""

    place: str
    vault: str
    path: str
    size: int
    mtime_ns: int


def likely(missing: Iterable[Missing], strangers: Iterable[Candidate]) -> list[tuple[Missing, Candidate]]:
    """Who may be whom: in one vault, of one size and one time, which a rename leaves as they are. Each once.

    Among several it is the one with the same name, then the one in the same folder. What is empty is like everything.
    """
    free: dict[tuple[str, int, int], list[Candidate]] = {}
    for each in strangers:
        free.setdefault((each.vault, each.size, each.mtime_ns), []).append(each)
    found: list[tuple[Missing, Candidate]] = []
    for one in sorted(missing, key=lambda each: each.path):
        alike = free.get((one.vault, one.size, one.mtime_ns), [])
        if one.size > 0 and alike:
            best = min(alike, key=lambda each: (_likeness(one.path, each.path), each.path))
            alike.remove(best)
            found.append((one, best))
    return found


def _likeness(old: str, new: str) -> int:
    """The smaller, the more alike."""
    (old_folder, _, old_name), (new_folder, _, new_name) = old.rpartition("/"), new.rpartition("/")
    return (old_name != new_name) * 2 + (old_folder != new_folder)
