"""Which files of a folder belong together by their vault's rule, and which NC programs are older than their source."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from pdm_desktop.core.words import age, at_time, listed
from server.protocol.limits import SET_FILES
from server.protocol.records import dataclass
from server.protocol.set_rule import SetKind, SetRule, is_named, kinds_by_ending, name_key, part_of, stem_of

SLACK = timedelta(minutes=2)
"""A source is usually saved right after its program was posted: so much older is not old."""
CLOCKS_ERROR = timedelta(hours=1)
"""More than the clocks of this computer and the server are wrong by together, usually: only so much later is later.

The largest error that goes unseen is an hour's change of the clocks that one of the two has missed.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file of a folder, with the times that tell whether it is old."""

    file: str
    name: str
    at: datetime
    """When its newest revision was stored, by the server's clock."""
    author: str
    """Who stored that."""
    edited_at: datetime | None = None
    """When the local copy was last saved, by this computer's clock; None: it is not edited here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A file that belongs to what somebody has chosen."""

    file: str
    wanted: bool
    """It usually goes with it. Otherwise it is only near: the operations of a setup sheet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OldProgram:
    """An NC program that is older than what it is posted from."""

    file: str
    name: str
    source: str
    """The source's id."""
    by: timedelta | None = None
    """How much older; None where no clock tells: its source was edited here, and it was not."""
    newer: Member | None = None
    """The source, where its newest revision was stored after the program was last saved here: `by` is of two clocks."""

    def words(self, now: datetime) -> str:
        """For the person: what is so, then what to think of."""
        if self.newer is not None:
            return (
                f"The source of {self.name} has a newer revision than your last save: {self.newer.author} checked in "
                f"{self.newer.name} {at_time(self.newer.at, now)}. Was it posted again after that?"
            )
        if self.by is None:
            return f"{self.name} has not changed, and its source has. Was it posted again after the last change?"
        return f"{self.name} is {age(self.by)} older than its source. Was it posted again after the last change?"


def warning(olds: Sequence[OldProgram], now: datetime) -> str:
    """What is said of all of them: of each kind the first in whole, and the others by name. Empty for none."""
    edited = [old for old in olds if old.newer is not None]
    older = [old for old in olds if old.newer is None]
    return " ".join(_told(each, now) for each in (edited, older) if each)


def _told(olds: Sequence[OldProgram], now: datetime) -> str:
    first, *others = olds
    more = f" The same goes for {listed([old.name for old in others])}." if others else ""
    return f"{first.words(now)}{more}"


def why_not_together(vaults: Sequence[str]) -> str | None:
    """Why files of these vaults, one for each, go one by one and not all or none; None when they go together."""
    if len(set(vaults)) > 1:
        return "They are of several vaults, so each file goes by itself."
    if len(vaults) > SET_FILES:
        return f"They are more than {SET_FILES:,}, so each file goes by itself."
    return None


class Folder:
    """The files of one folder, looked at by a rule once."""

    def __init__(self, members: Iterable[Member], rule: SetRule) -> None:
        kinds = kinds_by_ending(rule)
        self._operation, self._sheet = name_key(rule.operation), name_key(rule.sheet)
        self._members: dict[str, tuple[SetKind, str]] = {}
        self._operations: dict[str, list[tuple[SetKind, Member]]] = {}
        self._sheets: list[tuple[str, str]] = []
        for member in members:
            stem = stem_of(member.name)
            kind = kinds.get(member.name[len(stem) :].casefold())
            if kind is None:
                continue
            stem = name_key(stem)
            self._members[member.file] = kind, stem
            if kind is SetKind.SHEET:
                self._sheets.append((member.file, stem))
            else:
                self._operations.setdefault(stem, []).append((kind, member))

    def suggestions(self, chosen: Sequence[str]) -> list[Suggestion]:
        """What else belongs to the chosen files: first what goes with them, then what is near."""
        of = [self._members[file] for file in chosen if file in self._members]
        operations = list(dict.fromkeys(stem for kind, stem in of if kind is not SetKind.SHEET))
        sheets = {stem for kind, stem in of if kind is SetKind.SHEET}
        together = [member.file for stem in operations for _, member in self._operations[stem]]
        names = [self._names(operation) for operation in operations]
        together += [file for file, stem in self._sheets if any(self._is_sheet_of(stem, each) for each in names)]
        near = [
            member.file
            for operation, members in (self._operations.items() if sheets else ())
            if any(self._is_sheet_of(sheet, self._names(operation)) for sheet in sheets)
            for _, member in members
        ]
        wanted = dict.fromkeys(file for file in together if file not in chosen)
        offered = dict.fromkeys(file for file in near if file not in chosen and file not in wanted)
        return [Suggestion(file=file, wanted=True) for file in wanted] + [
            Suggestion(file=file, wanted=False) for file in offered
        ]

    def old_programs(self, chosen: Iterable[str]) -> list[OldProgram]:
        """Programs that are older than their source, where one of the two is chosen."""
        wanted = set(chosen)
        stems = dict.fromkeys(self._members[file][1] for file in wanted if file in self._members)
        found: list[OldProgram] = []
        for stem in stems:
            members = self._operations.get(stem, [])
            sources = [member for kind, member in members if kind is SetKind.SOURCE]
            programs = [member for kind, member in members if kind is SetKind.PROGRAM]
            olds = [old for program in programs if (old := _oldest(program, sources)) is not None]
            found += [old for old in olds if old.file in wanted or old.source in wanted]
        return found

    def _names(self, operation: str) -> list[str]:
        """By which a sheet may be named: the operation's own, and that of its part."""
        part = part_of(self._operation, operation)
        return [operation] if part is None else [operation, part]

    def _is_sheet_of(self, sheet: str, names: Sequence[str]) -> bool:
        return any(sheet == name or is_named(self._sheet, name, sheet) for name in names)


def _oldest(program: Member, sources: Sequence[Member]) -> OldProgram | None:
    olds = [old for source in sources if (old := _old(program, source)) is not None]
    return max(olds, key=lambda old: old.by or timedelta(), default=None)


def _old(program: Member, source: Member) -> OldProgram | None:
    """Times of one clock are compared. Where one alone was edited here there are two, and that one is the newer.

    But a source's revision that is clearly later than the save of the program is told: it is not from that one.
    """
    if program.edited_at is not None and source.edited_at is None:
        by = source.at - program.edited_at
        return _made(program, source, by, newer=source) if by > CLOCKS_ERROR else None
    if program.edited_at is None and source.edited_at is not None:
        by = source.edited_at - program.at
        return _made(program, source, by if by > SLACK else None)
    by = (source.edited_at or source.at) - (program.edited_at or program.at)
    return _made(program, source, by) if by > SLACK else None


def _made(program: Member, source: Member, by: timedelta | None, *, newer: Member | None = None) -> OldProgram:
    return OldProgram(file=program.file, name=program.name, source=source.file, by=by, newer=newer)
