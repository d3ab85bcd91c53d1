"""What waits for a person, as the last look at each file shows it. Only which deletions wait is stored.

After a restart those that wait would otherwise be fewer than those that were told, and go without a question (N11).
"""

from collections.abc import Iterable

from pdm_desktop.core.actions import Suspicion
from pdm_desktop.core.copies import saved_at
from pdm_desktop.core.issues import (
    Absent,
    Conflict,
    DeletedCopy,
    Doubt,
    Here,
    Issue,
    MassDeletion,
    doubt_of,
    has_two_versions,
    in_order,
    key_of,
)
from pdm_desktop.core.sightings import Sighting
from pdm_desktop.core.trees import OnDisk, Tombstone, Views
from pdm_desktop.sync.facts import Copy
from pdm_desktop.sync.journal import Journal
from server.protocol.vault import File


class Questions:
    """Every open question of one engine. `changed` tells once that they are others than before."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._of: dict[str, Conflict | Doubt] = {}
        self._deleted = {copy.file: _deleted(copy, by) for copy, by in journal.deletions()}
        self._decided: set[str] = set()
        """Files whose deletion a person has decided about: what stays of them is another question."""
        self._absent: dict[str, Absent] = {}
        self._told: tuple[Issue, ...] = ()

    def of(self, file: str) -> Conflict | Doubt | None:
        """What is asked about one file."""
        return self._of.get(file)

    def files(self) -> list[str]:
        """The files that wait for a decision of their own."""
        return list(self._of)

    def changed(self) -> tuple[Issue, ...] | None:
        """All of them, when they are not what was told last."""
        mass = [MassDeletion(copies=tuple(sorted(self._deleted.values(), key=lambda one: one.path)))]
        now = in_order([*self._absent.values(), *(mass if self._deleted else ()), *self._of.values()])
        if now == self._told:
            return None
        self._told = now
        return now

    def see(self, copy: Copy, views: Views, sighting: Sighting | None, *, full_path: str) -> Conflict | Doubt | None:
        """A file was looked at: what there is to decide about it now."""
        question = _question(copy, views, sighting, full_path)
        if question is None:
            self._of.pop(copy.file, None)
        else:
            self._of[copy.file] = question
        return question

    def forget(self, file: str) -> None:
        """There is no copy of it any more."""
        self._of.pop(file, None)
        self.release(file)

    def hold_back(self, copies: Iterable[tuple[Copy, str | None]]) -> None:
        """These were deleted in the vault with very many others, each by somebody."""
        with self._journal.together():
            for copy, by in copies:
                self._journal.put_deletion(copy.file, by)
                self._deleted[copy.file] = _deleted(copy, by)

    def release(self, file: str) -> None:
        """It is in the vault again, or not here any more."""
        if self._deleted.pop(file, None) is not None:
            self._journal.drop_deletion(file)
        self._decided.discard(file)

    def decide(self, file: str) -> None:
        """A person has decided about its deletion, and is not asked again."""
        self.release(file)
        self._decided.add(file)

    def is_decided(self, file: str) -> bool:
        """A person has decided about its deletion."""
        return file in self._decided

    @property
    def waiting(self) -> int:
        """How many deletions wait for a decision."""
        return len(self._deleted)

    def waits(self, file: str) -> bool:
        """Its deletion waits for a decision."""
        return file in self._deleted

    def is_away(self, absent: Absent) -> None:
        """It cannot be seen."""
        self._absent[key_of(absent)] = absent

    def cannot_see(self, parts: Iterable[Absent]) -> None:
        """Just these parts of the workspace cannot be looked at."""
        whole = {key: one for key, one in self._absent.items() if one.whole}
        self._absent = whole | {key_of(one): one for one in parts}

    @property
    def are_away(self) -> bool:
        """The workspace could not be seen when it was looked for last."""
        return any(one.whole for one in self._absent.values())

    def is_back(self) -> None:
        """The workspace can be seen again."""
        self._absent = {key: one for key, one in self._absent.items() if not one.whole}


def _deleted(copy: Copy, by: str | None) -> DeletedCopy:
    return DeletedCopy(file=copy.file, vault=copy.vault, path=copy.path, size=copy.size, by=by)


def _question(copy: Copy, views: Views, sighting: Sighting | None, full_path: str) -> Conflict | Doubt | None:
    if views.disk is None or views.journal is None or views.disk.hash is None:
        return None
    here = _here(copy, views.disk, views.disk.hash, full_path)
    held = views.journal.token is not None
    why = doubt_of(views)
    if why is not None:
        return _doubt(copy, here, why, held=held)
    if sighting is None or not has_two_versions(views):
        return None
    file = sighting.file
    living = file if isinstance(file, File) else None
    return Conflict(
        file=copy.file,
        vault=copy.vault,
        path=copy.path if living is None else living.path,
        mine=here,
        theirs=None if living is None else living.head,
        deleted_by=file.by if isinstance(file, Tombstone) else None,
        lock=None if living is None else living.lock,
        held_here=held,
    )


def _doubt(copy: Copy, here: Here, why: Suspicion, *, held: bool) -> Doubt:
    return Doubt(
        file=copy.file,
        vault=copy.vault,
        path=copy.path,
        mine=here,
        expected_size=copy.size,
        expected_hash=copy.hash,
        why=why,
        held_here=held,
    )


def _here(copy: Copy, disk: OnDisk, content_hash: str, full_path: str) -> Here:
    saved, base = saved_at(disk.mtime_ns), (copy.major, copy.minor)
    return Here(full_path=full_path, size=disk.size, hash=content_hash, at=saved, base=base)
