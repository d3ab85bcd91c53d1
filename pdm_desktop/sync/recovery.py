"""The recovery store: bytes that an action would otherwise have removed, each with a record of what, when and why."""

import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from itertools import count
from pathlib import PurePath

import msgspec

from pdm_desktop import log
from pdm_desktop.core.copies import saved_at
from pdm_desktop.core.errors import NotHere, Told
from pdm_desktop.core.paths import OWN_FOLDER, as_text, is_text, second_name
from pdm_desktop.core.recovery import Ages, KeptFile, Retention, counted
from pdm_desktop.core.strangers import SizeAndTime
from pdm_desktop.sync.ports import Clock, Disk, Look
from server.protocol.records import dataclass

FOLDER = PurePath(OWN_FOLDER, "recovery")
REVISIONS = PurePath(OWN_FOLDER, "revisions")
"""Old revisions that were opened. What is saved there, beside them or over them, is never purged."""
AGES = PurePath(OWN_FOLDER, "recovery-ages.json")
_NO_JSON = (msgspec.DecodeError, UnicodeDecodeError)
"""What msgspec raises for bytes that are none: its own error, and where they are no text either, Python's."""
RECORD = ".json"
"""The record stands beside the folder of its file: `101530-ab12cd.json` and `101530-ab12cd/plate.nc`."""
_OWN = re.compile(r"\d{6}-[0-9a-f]{6}")
"""The name of a folder that is made for a kept file. All else in the store is somebody's own, whatever it is called."""
_NO_TEXT = "/"
"""So begins the id of a file whose name is no text, and no place in the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One file that an action has put into the recovery store."""

    path: PurePath
    """Where it is now, relative to the workspace."""
    came_from: PurePath
    at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is written beside it."""

    came_from: str
    at: datetime
    why: str


class Recovery:
    """The recovery store of one workspace. Methods raise core.errors."""

    def __init__(self, disk: Disk, clock: Clock) -> None:
        self._disk = disk
        self._clock = clock
        self._unwritten: Ages | None = None
        """What was counted at the last look and could not be written."""

    def plan(self, path: PurePath, *, why: str) -> Kept:
        """A place for a file that may come. Nothing is written yet."""
        now = self._clock.now()
        folder = FOLDER / f"{now:%Y-%m-%d}" / f"{now:%H%M%S}-{uuid.uuid4().hex[:6]}"
        return Kept(path=folder / path.name, came_from=path, at=now, why=why)

    def begin(self, kept: Kept) -> None:
        """A file is to come there. Its record comes first: no file lies in the store without one."""
        record = Record(came_from=as_text(kept.came_from.as_posix()), at=kept.at, why=kept.why)
        self._put(record, _record_of(kept.path.parent))

    def move(self, path: PurePath, *, why: str) -> Kept:
        """Move a file into the store."""
        kept = self.plan(path, why=why)
        self.begin(kept)
        self._disk.place(path, kept.path)
        return kept

    def drop(self, path: PurePath) -> None:
        """What is kept there is known to be stored elsewhere: keep it no longer."""
        self._disk.remove(path)
        self._end(path)

    def files(self) -> list[KeptFile]:
        """Everything in the store, the newest first: also what people or their programs have put there.

        A file whose record cannot be read is listed without its story; a folder that cannot be read is left out.
        """
        found = [self._described(path) for path in self._below(FOLDER) if _is_content(path)]
        return sorted((one for one in found if one is not None), key=lambda one: one.at, reverse=True)

    def listed(self, opened: Mapping[str, SizeAndTime]) -> list[KeptFile]:
        """All that a person can find again: also what was saved at opened old revisions, which looked so, by place."""
        found = [self._described(path) for path in self._below(REVISIONS)]
        saved = [one for one in found if one is not None and opened.get(one.id) != one.look]
        return sorted([*self.files(), *saved], key=lambda one: one.at, reverse=True)

    def _below(self, folder: PurePath) -> list[PurePath]:
        unread: dict[PurePath, str] = {}
        found = self._disk.files_below(folder, unread=unread)
        for place, why in unread.items():
            log.note("not listed", place=place.as_posix(), why=why)
        return found

    def path_of(self, kept: str) -> PurePath:
        """Where a kept file is, relative to the workspace. Raises NotHere."""
        return self._find(kept).path

    def places_of(self, kept: str) -> Iterator[PurePath]:
        """Where a kept file may go: where it came from, then beside that under a second name. Raises NotHere."""
        found = self._find(kept)
        return _places_of(found.came_from, found.at)

    def put_back(self, kept: str, place: PurePath) -> None:
        """A kept file leaves the store for a place where nothing is. Raises NotHere, NotWritable.

        What is refused when it is back is told as that, and nothing is left of it in the store.
        """
        found = self._find(kept)
        self._disk.move(found.path, place)
        try:
            self._disk.set_writable(place, True)
        except Told as error:
            raise Told(f"Put back as {self._disk.root / place}. {error.text}", advice=error.advice) from error
        finally:
            self._end_if_possible(found.path)

    def _end_if_possible(self, path: PurePath) -> None:
        """What is left of the record of a file that has gone is no reason to say that it has not."""
        try:
            self._end(path)
        except Told as error:
            log.note("record not removed", kept=path.as_posix(), why=error.text)

    def purge(self, retention: Retention) -> int:
        """Remove what the store need not keep any longer; how many files. What a program may be saving stays.

        It needs no room on the disk: the store may be what has filled it.
        """
        kept, before = self.files(), self._unwritten or self._ages()
        ages = counted(before, kept, self._clock.now())
        gone = sum(self._purge_one(one) for one in retention.expired(kept, ages))
        if kept or before is not None:
            self._keep_ages(ages)
        return gone

    def _keep_ages(self, ages: Ages) -> None:
        """After a restart they are what could be written last: younger, and never older."""
        self._unwritten = ages
        try:
            self._put(ages, AGES)
        except Told as error:
            log.note("ages not written", why=error.text)
        else:
            self._unwritten = None

    def _purge_one(self, one: KeptFile) -> bool:
        """False: it stays, as what a program has open. The others go all the same."""
        path = _place_of(one.id)
        try:
            look = self._disk.look(path)
            if look is None or (look.size, look.mtime_ns) != one.look or self._disk.may_be_written(path):
                return False
            self.drop(path)
        except Told as error:
            log.note("not purged", kept=one.id, why=error.text)
            return False
        return True

    def _find(self, kept: str) -> Kept:
        path = _place_of(kept)
        look = self._disk.look(path) if _is_content(path) else None
        if look is None or look.is_folder:
            raise NotHere("That file is not in the recovery store any more.", advice="Open the list again.")
        return self._story_of(path, look)

    def _story_of(self, path: PurePath, look: Look) -> Kept:
        """What was saved beside a kept file since has the same story."""
        if path.is_relative_to(REVISIONS):
            why = "Saved at an opened old revision"
            return Kept(path=path, came_from=PurePath(path.name), at=saved_at(look.mtime_ns), why=why)
        folder = _folder_of(path)
        record = None if folder is None else self._record(folder)
        if folder is None or record is None:
            return Kept(path=path, came_from=PurePath(path.name), at=saved_at(look.mtime_ns), why="")
        came_from = PurePath(record.came_from).parent / path.relative_to(folder)
        return Kept(path=path, came_from=came_from, at=record.at, why=record.why)

    def _described(self, path: PurePath) -> KeptFile | None:
        look = self._looked_at(path)
        if look is None:
            return None
        found = self._story_of(path, look)
        return KeptFile(
            id=_id_of(path),
            name=as_text(path.name),
            came_from=as_text(found.came_from.as_posix()),
            at=found.at.astimezone(self._clock.now().tzinfo),
            why=found.why,
            size=look.size,
            mtime_ns=look.mtime_ns,
        )

    def _looked_at(self, path: PurePath) -> Look | None:
        try:
            return self._disk.look(path)
        except Told as error:
            log.note("not listed", place=path.as_posix(), why=error.text)
            return None

    def _record(self, folder: PurePath) -> Record | None:
        """None: there is none, it cannot be read, or it goes with its file just now."""
        try:
            if self._disk.look(_record_of(folder)) is None:
                return None
            return msgspec.json.decode(b"".join(self._disk.blocks(_record_of(folder))), type=Record)
        except (*_NO_JSON, Told) as error:
            log.note("no record", folder=folder.as_posix(), why=str(error))
            return None

    def _ages(self) -> Ages | None:
        """What was counted at the last look; what cannot be read begins anew."""
        try:
            if self._disk.look(AGES) is None:
                return None
            return msgspec.json.decode(b"".join(self._disk.blocks(AGES)), type=Ages)
        except (*_NO_JSON, Told) as error:
            log.note("ages not read", why=str(error))
            return None

    def _put(self, what: Record | Ages, place: PurePath) -> None:
        """Write a small file, whole or not at all."""
        unfinished = self._disk.begin()
        try:
            unfinished.write(msgspec.json.format(msgspec.json.encode(what)))
            unfinished.finish()
            self._disk.place(unfinished.path, place)
        finally:
            unfinished.discard()

    def _end(self, path: PurePath) -> None:
        """The file has gone: so do its record, unless another lies beside it, and its folders when they are empty."""
        if path.is_relative_to(REVISIONS):
            self._disk.remove_empty(path.parent)
            return
        folder = _folder_of(path)
        if folder is not None and not self._disk.files_below(folder):
            self._disk.remove(_record_of(folder))
        for each in path.parents:
            if each == FOLDER:
                break
            self._disk.remove_empty(each)


def _places_of(came_from: PurePath, at: datetime) -> Iterator[PurePath]:
    yield came_from
    mark = f"kept {at:%Y-%m-%d %H.%M}"
    for number in count(1):
        yield came_from.with_name(second_name(came_from.name, mark if number == 1 else f"{mark}, {number}"))


def _id_of(path: PurePath) -> str:
    """Within the store; its whole place for what was saved at an opened old revision. It is text, whatever the name."""
    found = (path.relative_to(FOLDER) if path.is_relative_to(FOLDER) else path).as_posix()
    return found if is_text(found) else _NO_TEXT + found.encode(errors="surrogatepass").hex()


def _place_of(kept: str) -> PurePath:
    if kept.startswith(_NO_TEXT):
        with suppress(ValueError):  # else nobody has made it, and nothing is there
            kept = bytes.fromhex(kept.removeprefix(_NO_TEXT)).decode(errors="surrogatepass")
    return PurePath(kept) if PurePath(kept).is_relative_to(REVISIONS) else FOLDER / kept


def _folder_of(path: PurePath) -> PurePath | None:
    """The folder that was made for a kept file. Others may have put more in it, also in folders of its own.

    None: what lies there was put somewhere else in the store.
    """
    parts = path.relative_to(FOLDER).parts
    return FOLDER.joinpath(*parts[:2]) if len(parts) > 2 and _OWN.fullmatch(parts[1]) else None


def _record_of(folder: PurePath) -> PurePath:
    return folder.with_name(folder.name + RECORD)


def _is_content(path: PurePath) -> bool:
    """The place of a kept file, or of what somebody else has saved in the store; not of a record."""
    if ".." in path.parts or "\0" in str(path):
        return False
    return path.is_relative_to(REVISIONS) or (path.is_relative_to(FOLDER) and path != FOLDER and not _is_record(path))


def _is_record(path: PurePath) -> bool:
    """They lie in the folders of their days, each beside the folder that was made for its file."""
    of_day = len(path.relative_to(FOLDER).parts) == 2
    return of_day and path.suffix == RECORD and _OWN.fullmatch(path.stem) is not None
