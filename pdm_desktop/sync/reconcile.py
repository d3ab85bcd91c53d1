"""The workspace follows the vaults by itself: for one file look, plan, act and record, until there is nothing to do."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Final, Protocol

from pdm_desktop import log
from pdm_desktop.core import actions
from pdm_desktop.core.actions import Action, Suspicion
from pdm_desktop.core.deletions import TOGETHER, Followed, are_too_many
from pdm_desktop.core.errors import Told
from pdm_desktop.core.issues import Conflict, Doubt, has_to_be_read
from pdm_desktop.core.paths import is_aside
from pdm_desktop.core.planner import is_edited, plan
from pdm_desktop.core.sightings import Sightings
from pdm_desktop.core.trees import InTheWay, InVault, OnDisk, Tombstone, Views
from pdm_desktop.sync.commands.intents import Intents
from pdm_desktop.sync.facts import Copy, Verdict, in_journal
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.news import News
from pdm_desktop.sync.ports import Clock, Look, Vault
from pdm_desktop.sync.questions import Questions
from pdm_desktop.sync.recovery import Kept
from pdm_desktop.sync.transfer.reading import Content
from pdm_desktop.sync.unrecorded import Unrecorded
from pdm_desktop.sync.ways import Ways
from pdm_desktop.sync.workspace import Workspace
from server.protocol.vault import File

MISSING: Final = timedelta(minutes=1)
"""So long a copy is not in its place before it counts as gone: programs save by putting another file there."""
MOST_ACTIONS = 20
"""After so many actions for one file in a row something outside keeps changing it: the next news goes on."""


class TellOfNothing(Protocol):
    """What tells the server of a lost check-out that left nothing here."""

    async def __call__(self, file: str, *, number: str, size: int, hash_: str, may_come_back: bool) -> None:
        """Nothing but that revision lies here. Raises core.errors."""


class Reconciler:
    """Lets the workspace follow. `settle` raises core.errors, is idempotent, and is called for one file at a time."""

    def __init__(
        self,
        vault: Vault,
        workspace: Workspace,
        journal: Journal,
        intents: Intents,
        *,
        sightings: Sightings,
        seat: str,
        clock: Clock,
        park: Callable[[Copy, Content], Awaitable[None]],
        nothing_left: TellOfNothing,
        kept: Callable[[str, Kept, str], None],
        after_crash: bool = False,
    ) -> None:
        self._workspace = workspace
        self._journal = journal
        self._intents = intents
        self._sightings = sightings
        self._seat = seat
        self._clock = clock
        self._park = park
        self._nothing_left = nothing_left
        self._kept = kept
        self.news = News(vault, journal, sightings, seat=seat)
        self.questions = Questions(journal)
        self._unrecorded = Unrecorded(vault, workspace, journal)
        self._ways = Ways(workspace.disk, journal, goal_of=self._goal_of)
        self._read: dict[str, tuple[Look, str]] = {}
        self._followed = Followed(journal.followed(), now=clock.now())
        self._after_crash = {copy.file for copy in journal.copies()} if after_crash else set()
        """Files that were not looked at since the engine was stopped suddenly."""
        self._missing: dict[tuple[str, int], datetime] = {}
        """Since when copies are not in their places, by file and token of the check-out that was lost."""
        self._told_missing: set[tuple[str, int]] = set()
        """Of which the server has heard that."""
        self.to_park: set[str] = set()
        """Files of whose lost check-out the server has to get the work, or to hear that there is none."""

    def hold_back(self, files: Sequence[str], *, perhaps: int = 0) -> None:
        """Let those of the files that are deleted in the vault wait, when they are too many to follow without asking.

        Those of the last minutes count along: what belongs together is told file by file. So do so many others that
        are `perhaps` deleted, since the server does not say how they are.
        """
        gone = {file for file in files if self.news.is_gone(file)}
        for file in set(files) - gone:
            if self._sightings.of(file) is not None:  # of what is not known nothing follows
                self.questions.release(file)
        copies = [copy for file in gone if (copy := self._journal.copy(file)) is not None]
        new = [copy for copy in copies if not self._has_been_asked(copy.file)]
        lately = self._followed.lately(self._clock.now())
        together = lately + len(new) + self.questions.waiting + perhaps
        if new and are_too_many(together, copies=lately + self._journal.count_copies()):
            self.questions.hold_back((copy, self.news.deleted_by(copy.file)) for copy in new)

    def _has_been_asked(self, file: str) -> bool:
        return self.questions.waits(file) or self.questions.is_decided(file)

    async def see(self, file: str) -> Conflict | Doubt | None:
        """Look whether there is something to decide about a file, and do nothing. Raises core.errors."""
        copy = self._journal.copy(file)
        if copy is None:
            self.questions.forget(file)
            return None
        views = await self._views(copy)
        if has_to_be_read(views):
            await self._act_on_content(copy, actions.Read())
            views = await self._views(copy)
        return self._ask_person(copy, views)

    def is_unseen(self, file: str) -> bool:
        """It was not seen since a sudden stop: what that has left of it would be taken for an edit."""
        return file in self._after_crash

    def in_order(self, files: Iterable[str]) -> None:
        """These look as they were put there: a sudden stop before has done nothing to them."""
        self._after_crash.difference_update(files)

    def has_followed(self, file: str) -> bool:
        """What was just put in the place of a file is what its vault has, and nothing else is to be done or asked."""
        copy, hold = self._journal.copy(file), self._journal.hold(file)
        if copy is None or hold is not None or self.news.is_otherwise(file, copy, hold):
            return False
        if not self._journal.is_confirmed(file):
            return False
        if self.questions.of(file) is not None or self.questions.waits(file):
            return False
        self.in_order([file])
        return True

    async def settle(self, file: str, *, parks: bool = False) -> bool:
        """Do what there is to do for a file's copy. True: a program has it open, and it waits for that.

        What a lost check-out has left may be long on its way to the server: without `parks` it is only noted.
        """
        self._forget_reading(file)
        self.to_park.discard(file)
        await self._workspace.moves.end(file)
        for _ in range(MOST_ACTIONS):
            copy = self._journal.copy(file)
            if copy is None:
                self.questions.forget(file)
                await self._settle_hold(file)
                await self._settle_loss(file, parks=parks)
                return False
            views = await self._views(copy)
            action = plan(views)
            if action is None:
                await self._see_missing(copy, views, parks=parks)
            if isinstance(action, actions.Park | actions.LeaveNothing) and not parks:
                self.to_park.add(file)
                action = None
            if action is None or isinstance(action, actions.Ask):
                if await self._unrecorded.recognise(copy, views):
                    continue
                self._ask_person(copy, views)
                return action is None and views.disk is not None and views.disk.is_open
            log.note("follows", file=file, action=type(action).__name__)
            await self._act(copy, action)
        return True

    async def _settle_hold(self, file: str) -> None:
        """A lock without a copy is let go of like any other."""
        hold, sighting = self._journal.hold(file), self._sightings.of(file)
        if (
            hold is not None
            and sighting is not None
            and self.news.is_lost(hold, sighting.file)
            and not self._is_busy(file)
        ):
            await self._let_go(file)

    async def _settle_loss(self, file: str, *, parks: bool) -> None:
        """Of a lost check-out whose content never came nothing is left."""
        sighting = self._sightings.of(file)
        if self._journal.lost(file) is None or sighting is None:
            return
        if isinstance(sighting.file, Tombstone):
            self._journal.drop_lost(file)
        elif parks:
            head = sighting.file.head
            await self._nothing_left(file, number=head.number, size=head.size, hash_=head.hash, may_come_back=False)
        else:
            self.to_park.add(file)

    async def _see_missing(self, copy: Copy, views: Views, *, parks: bool) -> None:
        """Who waits for what a copy would have in it hears that it is gone. If it comes back, it is parked then."""
        lost, now = self._journal.lost(copy.file), self._clock.now()
        if lost is None or views.is_busy or views.vault is None:
            return
        key = lost.file, lost.token
        if views.disk is not None:
            self._missing.pop(key, None)
        elif key in self._told_missing:
            return
        elif now - self._missing.setdefault(key, now) < MISSING or not parks:
            self.to_park.add(copy.file)
        else:
            await self._nothing_left(copy.file, number=copy.number, size=copy.size, hash_=copy.hash, may_come_back=True)
            self._told_missing.add(key)

    def _is_busy(self, file: str) -> bool:
        return any(file in left.files for left in self._journal.unfinished())

    async def take_along(self, file: str) -> None:
        """A person has moved its folder from here: its copy goes along, also with work in it. Raises core.errors."""
        await self.news.ask([file])
        copy, sighting = self._journal.copy(file), self._sightings.of(file)
        if copy is not None and sighting is not None and isinstance(sighting.file, File):
            place = await self._workspace.place_of(sighting.vault, sighting.file.path)
            if place != copy.where:
                await self._workspace.moves.follow(file, sighting.file.path, place)

    def _forget_reading(self, file: str) -> None:
        """What looks as it was put there is read again before it is replaced: a look is no proof."""
        copy, read = self._journal.copy(file), self._read.get(file)
        if copy is not None and read is not None and (read[0].size, read[0].mtime_ns) == (copy.size, copy.mtime_ns):
            del self._read[file]

    # Looking

    async def _views(self, copy: Copy) -> Views:
        hold, verdict = self._journal.hold(copy.file), self._journal.verdict(copy.file)
        vault = await self._in_vault(copy)
        differs = _differs(vault, copy)
        disk = await self._on_disk(copy, ask_if_open=differs)
        aside = isinstance(vault, InVault) and is_aside(copy.where, PurePath(vault.place), copy.file)
        way = InTheWay.NOTHING
        if isinstance(vault, InVault) and vault.place != copy.place:
            way = await self._ways.in_the_way(copy, PurePath(vault.place))
        return Views(
            vault=vault,
            disk=disk,
            journal=in_journal(copy, hold, verdict, self._journal.lost(copy.file)),
            in_the_way=way,
            is_aside=aside,
            after_crash=copy.file in self._after_crash,
            is_busy=self._is_busy(copy.file),
        )

    async def _in_vault(self, copy: Copy) -> InVault | Tombstone | None:
        sighting = self._sightings.of(copy.file)
        if sighting is None:
            return None
        file = sighting.file
        if isinstance(file, Tombstone):
            return None if self.questions.waits(copy.file) and self._journal.hold(copy.file) is None else file
        place = await self._workspace.place_of(sighting.vault, file.path)
        lock = file.lock
        return InVault(
            place=place.as_posix(),
            revision=(file.head.major, file.head.minor),
            hash=file.head.hash,
            token=lock.token if lock is not None and lock.seat == self._seat else None,
        )

    async def _on_disk(self, copy: Copy, *, ask_if_open: bool) -> OnDisk | None:
        look = await self._workspace.look(copy.where)
        if look is None:
            return None
        read = self._read.get(copy.file)
        return OnDisk(
            size=look.size,
            mtime_ns=look.mtime_ns,
            writable=look.writable,
            hash=read[1] if read is not None and _same_content(read[0], look) else None,
            is_open=ask_if_open and await self._workspace.is_open(copy.where),
        )

    async def _goal_of(self, copy: Copy) -> PurePath | None:
        """Where a copy has to go; None when it stays."""
        vault, disk = await self._in_vault(copy), await self._on_disk(copy, ask_if_open=True)
        if not isinstance(vault, InVault) or vault.place == copy.place or disk is None or disk.is_open:
            return None
        journal = in_journal(copy, self._journal.hold(copy.file), None)
        return None if journal.token is not None or is_edited(disk, journal) else PurePath(vault.place)

    # Acting

    async def _act(self, copy: Copy, action: Action) -> None:
        match action:
            case actions.LetGo():
                await self._let_go(copy.file)
            case actions.Forget():
                self._journal.drop_copy(copy.file)
                self._sightings.forget(copy.file)
            case actions.PutAside(by=by):
                await self._put_aside(copy, f"{by} deleted it" if by else "It was deleted in the vault")
                self._note_deletion(self._clock.now())
                self._sightings.forget(copy.file)
            case actions.Move(to=to):
                await self._move(copy, PurePath(to))
            case actions.StepAside():
                vault = await self._in_vault(copy)
                if isinstance(vault, InVault):
                    await self._move(copy, await self._ways.aside(copy, PurePath(vault.place)))
            case _:
                await self._act_on_content(copy, action)

    async def _put_aside(self, copy: Copy, why: str) -> None:
        """The copy goes. What a program has saved at the last moment goes with it, and is told."""
        kept = await self._workspace.put_aside(copy.file, why=why)
        if kept is not None and await self._was_saved(copy, kept):
            self._kept(copy.path, kept, "it was deleted in the vault")

    async def _was_saved(self, copy: Copy, kept: Kept) -> bool:
        """Something else lies in the store than what was read of a copy before it went there."""
        look, read = await self._workspace.look(kept.path), self._read.get(copy.file)
        if look is None or (read is not None and _same_content(read[0], look)):
            return False
        try:
            return (await self._workspace.read(kept.path)).hash != copy.hash
        except Told as error:
            log.note("not read", file=copy.file, why=error.text)
            return True  # a program is at it

    def _note_deletion(self, now: datetime) -> None:
        """It was followed, and counts also after a restart (N11)."""
        self._followed.note(1, now)
        self._journal.put_followed(now, within=TOGETHER)

    async def _act_on_content(self, copy: Copy, action: Action) -> None:
        match action:
            case actions.Read():
                content = await self._workspace.read(copy.where)
                self._read[copy.file] = content.look, content.hash
                verdict = self._journal.verdict(copy.file)
                if verdict is not None and verdict.hash != content.hash:
                    self._journal.drop_verdict(copy.file)  # it was about other content
            case actions.SetWritable(yes=yes):
                await self._workspace.set_writable(copy.where, yes=yes)
            case actions.Remember():
                look = self._read[copy.file][0]
                self._journal.put_copy(replace(copy, size=look.size, mtime_ns=look.mtime_ns))
            case actions.Recognise():
                await self._with_file(copy, self._recognise)
            case actions.Park():
                look, content_hash = self._read[copy.file]
                await self._park(copy, Content(size=look.size, hash=content_hash, look=look))
            case actions.LeaveNothing():
                await self._nothing_left(
                    copy.file, number=copy.number, size=copy.size, hash_=copy.hash, may_come_back=False
                )
            case actions.Fetch():
                await self._with_file(copy, self._fetch)
                self._read.pop(copy.file, None)

    async def _fetch(self, vault: str, file: File) -> None:
        epoch = self._journal.epoch()
        brought = await self._workspace.bring(
            vault, file, epoch=epoch, writable=False, why="A newer revision", patient=False
        )
        if brought.kept is not None:
            self._kept(file.path, brought.kept, "a newer revision came")

    async def _recognise(self, vault: str, file: File) -> None:
        """What was read is the head, unless that has moved on meanwhile."""
        look, content_hash = self._read[file.id]
        if content_hash == file.head.hash:
            await self._workspace.recognise_head(vault, file, look)

    async def _with_file(self, copy: Copy, act: Callable[[str, File], Awaitable[object]]) -> None:
        sighting = self._sightings.of(copy.file)
        if sighting is not None and isinstance(sighting.file, File):
            await act(sighting.vault, sighting.file)

    async def _move(self, copy: Copy, to: PurePath) -> None:
        sighting = self._sightings.of(copy.file)
        if sighting is not None and isinstance(sighting.file, File):
            await self._workspace.moves.follow(copy.file, sighting.file.path, to)

    async def _let_go(self, file: str) -> None:
        """An answer of the server's own may be on its way to this seat."""
        await self._intents.let_go_if_lost(file)

    def _ask_person(self, copy: Copy, views: Views) -> Conflict | Doubt | None:
        """There is nothing more to do without a person: what there is to decide, if anything."""
        if views.disk is not None:  # what cannot be seen now may come back, and be what the sudden stop has left
            self._after_crash.discard(copy.file)
        full_path = self._workspace.full_path(copy.where)
        question = self.questions.see(copy, views, self._sightings.of(copy.file), full_path=full_path)
        if isinstance(question, Doubt) and question.why is Suspicion.AFTER_CRASH:
            self._remember_doubt(question)
        return question

    def _remember_doubt(self, question: Doubt) -> None:
        """The next start, in order, must not take it for an edit."""
        if self._journal.verdict(question.file) is None:
            self._journal.put_verdict(question.file, Verdict(hash=question.mine.hash, meant=False))


def _differs(vault: InVault | Tombstone | None, copy: Copy) -> bool:
    if isinstance(vault, InVault):
        return (vault.place, vault.revision) != (copy.place, (copy.major, copy.minor))
    return vault is not None


def _same_content(read: Look, now: Look) -> bool:
    return (read.size, read.mtime_ns, read.number) == (now.size, now.mtime_ns, now.number)
