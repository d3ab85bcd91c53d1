"""What the workspace has beside what the journal says: strangers, missing copies, and copies that look otherwise."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import TypeVar

from pdm_desktop import log
from pdm_desktop.core.errors import Told
from pdm_desktop.core.paths import as_text
from pdm_desktop.core.renames import Candidate, Missing, likely
from pdm_desktop.core.strangers import Renamed, Stranger
from pdm_desktop.sync.facts import Copy
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.scan import Found, Known, Scan, scan
from pdm_desktop.sync.workspace import Workspace
from server.protocol.records import dataclass

T = TypeVar("T")

ONE_BY_ONE = 200
"""Up to so many places the journal is asked about one by one; it is read whole for more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerned:
    """Whom an inventory tells."""

    look: Callable[[str], Awaitable[None]]
    """A copy may be another one than was told."""
    follow: Callable[[str], Awaitable[None]]
    """A copy that is not checked out here looks otherwise: it may have to be put right."""
    tell: Callable[[tuple[Stranger, ...]], None]
    """The strangers are these now."""
    unread: Callable[[Mapping[str, str]], None]
    """These places cannot be looked at now, each with a sentence on why. They hide nothing (N11)."""


class Inventory:
    """Keeps what was seen, from whole walks and from looks at single places. Nothing of it is sent (N20)."""

    def __init__(self, workspace: Workspace, journal: Journal, concerned: Concerned) -> None:
        self._workspace = workspace
        self._journal = journal
        self._concerned = concerned
        self._found: dict[str, Found] = {}
        """Strangers, by place."""
        self._missing: frozenset[str] = frozenset()
        self._others: frozenset[str] = frozenset()
        self._looks: dict[str, tuple[int, int]] = {}
        """Size and time of copies that looked otherwise than the journal says, as long as they were there."""
        self._read: dict[tuple[str, int, int], str] = {}
        """What strangers hold, by place, size and time: read where one may be a missing copy."""
        self._told: tuple[Stranger, ...] = ()
        self._unread: dict[str, str] = {}
        self._scanning = asyncio.Lock()
        self.has_walked = False
        """Everything was seen once at least."""

    @property
    def strangers(self) -> tuple[Stranger, ...]:
        """Those that were told last."""
        return self._told

    async def walk(self) -> None:
        """See everything anew; when a walk is on its way already, that is the one."""
        if self._scanning.locked():
            return
        async with self._scanning:
            folders = await self._folders()
            if folders is None:
                return
            known = self._journal.known()
            seen = await self._scanned(folders, known)
            self._found = {}
            self._tell_unread({**seen.unread})
            again = await self._take(seen, {each.file for each in known.values()} | self._missing | self._others)
            self.has_walked = True
        held = {each.file for each in known.values() if each.held}
        for file in sorted(again):
            astray = file in seen.others and file not in held
            await (self._concerned.follow if astray else self._concerned.look)(file)

    async def see(self, places: Iterable[str]) -> None:
        """Something happened at these places of the workspace, or below them: look there alone."""
        async with self._scanning:
            folders = await self._folders()
            if folders is None:
                return
            within = outermost(places)
            known: dict[str, Known] = {}
            for place in within:
                known |= self._journal.known_below(place)
            seen = await self._scanned(folders, known, within)
            seen_at = frozenset(map(as_text, within))
            self._forget_strangers(seen_at)
            self._tell_unread(self._outside(seen_at, self._unread) | {**seen.unread})
            again = await self._take(seen, {each.file for each in known.values()})
        for file in sorted(again):
            await self._concerned.look(file)

    async def _take(self, seen: Scan, files: set[str]) -> frozenset[str]:
        """Keep what was seen of these files, and of strangers. The answer is which files have to be looked at."""
        missing = (self._missing - files) | seen.missing
        again = (missing ^ self._missing) | seen.others | (self._others & files)
        self._missing, self._others = missing, (self._others - files) | seen.others
        self._looks = {file: look for file, look in self._looks.items() if file in missing or file not in files}
        self._looks |= seen.looks
        self._found |= {each.place: each for each in seen.found}
        known = self._known_of(seen.found)  # a command may have brought some of them meanwhile
        self._found = {place: each for place, each in self._found.items() if place not in known}
        self._tell(await self._renamed())
        return again

    def _known_of(self, found: tuple[Found, ...]) -> set[str]:
        """The places among them that have a copy now."""
        if len(found) > ONE_BY_ONE:
            return set(self._journal.places())
        return {each.place for each in found if self._journal.copy_at(PurePath(each.place)) is not None}

    async def _renamed(self) -> dict[str, Renamed]:
        """Strangers that are missing copies under another name, by place. Only what looks the same is read."""
        if not self._found or not self._missing:
            return {}
        copies = [copy for file in self._missing if (copy := self._journal.copy(file)) is not None]
        pairs = likely(map(self._as_seen, copies), map(_candidate, self._found.values()))
        self._read = {key: hash_ for key, hash_ in self._read.items() if key[0] in self._found}
        return {
            here.place: Renamed(file=gone.file, path=gone.path) for gone, here in pairs if await self._is_it(gone, here)
        }

    def _as_seen(self, copy: Copy) -> Missing:
        look = self._looks.get(copy.file, (copy.size, copy.mtime_ns))
        held = copy.hash if look == (copy.size, copy.mtime_ns) else None
        return Missing(file=copy.file, vault=copy.vault, path=copy.path, size=look[0], mtime_ns=look[1], hash=held)

    async def _is_it(self, gone: Missing, here: Candidate) -> bool:
        if gone.hash is None:
            return True  # edited and not read since: size and time to the nanosecond are all that can be told
        key = (here.place, here.size, here.mtime_ns)
        if key not in self._read:
            try:
                self._read[key] = (await self._workspace.read(PurePath(here.place))).hash
            except Told as error:
                log.note("not read", place=here.place, why=error.text)
                return False
        return self._read[key] == gone.hash

    def _tell(self, renamed: Mapping[str, Renamed]) -> None:
        found = sorted(self._found.values(), key=lambda each: (each.stranger.vault, each.stranger.path))
        strangers = tuple(replace(each.stranger, was=renamed.get(each.place)) for each in found)
        if strangers != self._told:
            self._told = strangers
            self._concerned.tell(strangers)

    def _forget_strangers(self, within: frozenset[str]) -> None:
        """Those at these places and below them."""
        self._found = self._outside(within, self._found)

    def _outside(self, within: frozenset[str], seen: Mapping[str, T]) -> dict[str, T]:
        return {place: each for place, each in seen.items() if within.isdisjoint(_ways_to(place))}

    def _tell_unread(self, unread: dict[str, str]) -> None:
        if unread != self._unread:
            self._unread = unread
            self._concerned.unread(unread)

    async def _scanned(
        self, folders: Mapping[str, str], known: Mapping[str, Known], within: Iterable[str] | None = None
    ) -> Scan:
        root = self._workspace.disk.root
        return await asyncio.to_thread(scan, root, folders=folders, known=known, within=within)

    async def _folders(self) -> Mapping[str, str] | None:
        """The folder of each vault; without the server nobody knows whose folder is whose, and there are no strangers.

        None: the workspace itself is not there, and that says nothing of what it has.
        """
        try:
            self._workspace.root.check()
        except Told as error:
            log.note("not scanned", why=error.text)
            return None
        try:
            return await self._workspace.folders()
        except Told as error:
            log.note("strangers not known", why=error.text)
            return {}


def _candidate(found: Found) -> Candidate:
    one = found.stranger
    return Candidate(place=found.place, vault=one.vault, path=one.path, size=one.size, mtime_ns=one.mtime_ns)


def outermost(places: Iterable[str]) -> list[str]:
    """The same places without those that lie below another of them."""
    wanted = set(places)
    return sorted(place for place in wanted if wanted.isdisjoint(_ways_to(place)[1:]))


def _ways_to(place: str) -> list[str]:
    """A place and every folder above it."""
    parts = place.split("/")
    return ["/".join(parts[:count]) for count in range(len(parts), 0, -1)]
