"""Does each command for one file: intent and key first, then the server, then the disk, then the record."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, TypeVar

from pdm_desktop import log
from pdm_desktop.core import requests
from pdm_desktop.core.copies import LocalCopy
from pdm_desktop.core.errors import (
    Held,
    NotHere,
    NotSignedIn,
    NotYours,
    Refused,
    Spoiled,
    Suspicious,
    Told,
    Unreachable,
)
from pdm_desktop.core.fold import Numbered
from pdm_desktop.core.paths import OWN_FOLDER, second_name
from pdm_desktop.core.results import Outcome
from pdm_desktop.core.sightings import Sightings
from pdm_desktop.core.words import several, size
from pdm_desktop.state.transfers import Transfer
from pdm_desktop.sync.journal import Copy, Hold, Intent, Journal, Kind
from pdm_desktop.sync.ports import Disk, Opener, Vault
from pdm_desktop.sync.recovery import Kept
from pdm_desktop.sync.transfer import READS, Content, Progress, read_stably, upload
from pdm_desktop.sync.workspace import Workspace
from server.protocol.calls import AddFile, CheckIn, FileState, Upload
from server.protocol.events import FolderMoved
from server.protocol.vault import File, Revision

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Did:
    """How a command went with one file."""

    text: str
    outcome: Outcome = Outcome.DONE
    advice: str | None = None
    kept: Kept | None = None
    """What was in the way and is in the recovery store now."""

    @property
    def words(self) -> str:
        """All of it, for the person."""
        return f"{self.text} What was here before is kept in {self.kept.path.as_posix()}." if self.kept else self.text


class Performer:
    """The commands. Every method raises core.errors: Refused has changed nothing."""

    def __init__(
        self,
        vault: Vault,
        workspace: Workspace,
        journal: Journal,
        *,
        sightings: Sightings,
        seat: str,
        opener: Opener,
        disk_at: Callable[[Path], Disk],
        tell: Callable[[Transfer], None],
    ) -> None:
        self._vault = vault
        self._workspace = workspace
        self._journal = journal
        self._sightings = sightings
        self._seat = seat
        self._opener = opener
        self._disk_at = disk_at
        self._tell = tell

    # Check out, check in, undo

    async def check_out(self, file: str, path: str, message: str | None) -> Did:
        """Take the lock, then bring a writable head."""
        intent = self._begin(Kind.CHECK_OUT, file, path, message=message)
        state = await self._ask(intent, lambda: self._vault.check_out(file, message, intent.key))
        return await self.take(intent, await self._current(intent, state))

    async def adopt(self, file: str, path: str) -> Did:
        """Take my lock over from another seat of mine, then bring a writable head."""
        intent = self._begin(Kind.ADOPT, file, path)
        state = await self._ask(intent, lambda: self._vault.adopt(file, intent.key))
        return await self.take(intent, await self._current(intent, state))

    async def take(self, intent: Intent, state: FileState) -> Did:
        """The lock is this seat's: record it, bring the content, end the intent."""
        lock = state.file.lock
        if lock is None or lock.seat != self._seat:
            self._journal.end(intent.key)
            raise NotYours(f"{state.file.filename} is not checked out here any more.", lock=lock)
        file, head = state.file, state.file.head
        known = self._journal.hold(file.id)
        already = known is not None and known.token == lock.token
        hold = Hold(file=file.id, vault=state.vault, path=file.path, token=lock.token)
        try:
            local = await self._followed(state)
            if local is not None and _can_stay(local, head, already=already):
                return await self._taken_as_it_is(intent, hold, already=already)
            brought = await self._workspace.bring(state.vault, state.file, writable=True, why="Check-out")
        except Told as error:
            raise _after_lock(error, file) from error
        self._taken(intent, hold)
        return Did(text=f"Checked out at Rev {head.number}; it is writable now.", kept=brought.kept)

    def _taken(self, intent: Intent, hold: Hold) -> None:
        """The lock is this seat's and the copy is what it should be: only both together are a check-out."""
        with self._journal.together():
            self._journal.put_hold(hold)
            self._journal.end(intent.key)

    async def _followed(self, state: FileState) -> LocalCopy | None:
        """The local copy, where its file is in the vault now; None when there is nothing on the disk."""
        place = await self._workspace.place_of(state.vault, state.file.path)
        await self._workspace.follow(state.file.id, state.file.path, place)
        local = await self._workspace.local(state.file.id)
        return None if local is None or local.missing else local

    async def _taken_as_it_is(self, intent: Intent, hold: Hold, *, already: bool) -> Did:
        """Nothing has to be brought, and edits stay where they are."""
        copy = self._copy_of(intent.file, intent.path)
        await self._workspace.set_writable(copy.where, yes=True)
        self._taken(intent, hold)
        if already:
            return Did(text="You have it checked out already.", outcome=Outcome.UNCHANGED)
        return Did(text=f"Checked out at Rev {copy.number}; what was edited here before is still in it.")

    async def check_in(self, file: str, path: str, request: requests.CheckIn) -> Did:
        """Read stably, send, store as the next revision, then make it read-only unless it is kept."""
        hold = await self.hold_of(file, path)
        copy = self._copy_of(file, path)
        content = await self._workspace.read(copy.where)
        if content.hash == copy.hash and not request.major:
            return await self._nothing_to_store(hold, copy, keep=request.keep)
        content, sent = await self._send(copy, content)
        fields = _check_in_fields(copy, hold, content, sent, request)
        intent = self._begin(Kind.CHECK_IN, file, copy.path, **fields)
        state = await self._ask(intent, lambda: self._vault.check_in(file, CheckIn(**fields), intent.key))
        return await self.stored(intent, state, content)

    async def stored(self, intent: Intent, state: FileState, content: Content) -> Did:
        """The server has the next revision: record it and let go of the file, unless it is kept."""
        head, keep = state.file.head, bool(intent.fields["keep"])
        copy = self._copy_of(state.file.id, state.file.path)
        with self._journal.together():
            self._journal.put_copy(
                Copy(
                    file=copy.file,
                    vault=copy.vault,
                    path=state.file.path,
                    place=copy.place,
                    major=head.major,
                    minor=head.minor,
                    hash=head.hash,
                    size=content.look.size,
                    mtime_ns=content.look.mtime_ns,
                )
            )
            if not keep:
                self._journal.drop_hold(state.file.id)
            self._journal.end(intent.key)
        await self._workspace.set_writable(copy.where, yes=keep)
        text = f"Checked in as Rev {head.number}{'; you keep it.' if keep else '.'}"
        if keep or await asyncio.to_thread(self._is_as_sent, copy, content):
            return Did(text=text)
        return Did(
            text=f"{text} {_name(copy.path)} was saved again meanwhile: that stays here and is not in the vault.",
            advice="Check it out again to go on with it.",
        )

    def _is_as_sent(self, copy: Copy, content: Content) -> bool:
        now = self._workspace.disk.look(copy.where)
        return now is None or (now.size, now.mtime_ns) == (content.look.size, content.look.mtime_ns)

    async def undo(self, file: str, path: str) -> Did:
        """Give the lock back; local edits go to the recovery store and the head comes read-only."""
        hold = await self.hold_of(file, path)
        intent = self._begin(Kind.UNDO, file, path, token=hold.token)
        state = await self._ask(intent, lambda: self._vault.undo(file, hold.token, intent.key))
        return await self.given_back(intent, await self._current(intent, state))

    async def given_back(self, intent: Intent, state: FileState) -> Did:
        """The lock is given back: the workspace follows."""
        self._drop(state.file.id)
        copy = self._journal.copy(state.file.id)
        if copy is None:
            self._journal.end(intent.key)
            return Did(text="The check-out is undone.")
        try:
            brought = await self._workspace.bring(state.vault, state.file, writable=False, why="Undo check-out")
        except Told as error:
            await self._workspace.set_writable(copy.where, yes=False)
            raise _after_undo(error) from error
        self._journal.end(intent.key)
        return Did(text=f"The check-out is undone; you have Rev {state.file.head.number}.", kept=brought.kept)

    # Looking and getting

    async def get_latest(self, file: str) -> Did:
        """Bring the head, read-only. What is checked out here is not touched."""
        state = await self.state(file)
        copy, hold = self._journal.copy(file), self._journal.hold(file)
        if hold is not None and copy is not None and self._has(copy):
            return Did(text="You have it checked out; your work is not touched.", outcome=Outcome.UNCHANGED)
        writable = hold is not None and state.file.lock is not None and state.file.lock.token == hold.token
        head = (state.file.head.major, state.file.head.minor)
        brought = await self._workspace.bring(state.vault, state.file, writable=writable, why="Get latest")
        if copy is not None and (copy.major, copy.minor) == head and brought.kept is None and brought.copy == copy:
            return Did(text=f"Rev {state.file.head.number} is the newest and here.", outcome=Outcome.UNCHANGED)
        return Did(text=f"Rev {state.file.head.number} is here.", kept=brought.kept)

    async def open(self, file: str) -> Did:
        """Open the local copy, after getting it when there is none."""
        place = await self._present(file)
        await asyncio.to_thread(self._opener.open, Path(self._workspace.full_path(place)))
        return Did(text="Opened.")

    async def reveal(self, file: str, path: str) -> Did:
        """Show the local copy in the file manager. Raises NotHere."""
        copy = self._copy_of(file, path)
        await asyncio.to_thread(self._opener.reveal, Path(self._workspace.full_path(copy.where)))
        return Did(text="Shown in its folder.")

    async def open_revision(self, request: requests.OpenRevision) -> Did:
        """Open an old revision, read-only, apart from the workspace's files."""
        number = f"{request.major}.{request.minor}"
        file = (await self.state(request.file)).file
        revision = await self._vault.revision(request.file, number)
        place = PurePath(OWN_FOLDER, "revisions", file.id, second_name(file.filename, f"Rev {number}"))
        kept = None
        if self._workspace.disk.look(place) is None or (await self._workspace.read(place)).hash != revision.hash:
            unfinished = await self._workspace.fetch(file, revision)
            kept, _ = await self._workspace.replace(
                unfinished, place, writable=False, stored={revision.hash}, why="Open an old revision"
            )
        await asyncio.to_thread(self._opener.open, Path(self._workspace.full_path(place)))
        return Did(text=f"Opened Rev {number}, read-only.", kept=kept)

    # Names

    async def rename(self, file: str, path: str, target: str) -> Did:
        """Give a file another path; its local copy follows."""
        intent = self._begin(Kind.MOVE, file, path, path=target)
        state = await self._ask(intent, lambda: self._vault.move(file, target, intent.key))
        return await self.moved(intent, await self._current(intent, state))

    async def moved(self, intent: Intent, state: FileState) -> Did:
        """A file has another path: its local copy goes there too."""
        place = await self._workspace.place_of(state.vault, state.file.path)
        await self._workspace.follow(state.file.id, state.file.path, place)
        self._journal.end(intent.key)
        return Did(text=f"It is {state.file.path} now.")

    async def delete(self, file: str, path: str) -> Did:
        """Make a tombstone; a local copy goes to the recovery store."""
        intent = self._begin(Kind.DELETE, file, path)
        state = await self._ask(intent, lambda: self._vault.delete(file, intent.key))
        return await self.deleted(intent, state)

    async def deleted(self, intent: Intent, state: FileState) -> Did:
        """A file is a tombstone: the workspace lets go of it."""
        self._drop(state.file.id)
        kept = await self._workspace.put_aside(state.file.id, why="Delete")
        self._journal.end(intent.key)
        return Did(text="Deleted; its revisions stay and it can be restored.", kept=kept)

    async def restore(self, request: requests.RestoreFile, path: str) -> Did:
        """Bring a deleted file back."""
        intent = self._begin(Kind.RESTORE, request.file, path, path=request.path)
        state = await self._ask(intent, lambda: self._vault.restore(request.file, request.path, intent.key))
        self._journal.end(intent.key)
        return Did(text=f"Restored as {state.file.path}.")

    async def move_folder(self, request: requests.MoveFolder) -> Did:
        """Give a folder another path; local copies below follow."""
        intent = self._begin(Kind.MOVE_FOLDER, request.vault, request.path, path=request.path, to=request.to)
        answer = await self._ask(
            intent, lambda: self._vault.move_folder(request.vault, request.path, request.to, intent.key)
        )
        event = FolderMoved(from_=request.path, to=request.to, by="")
        moved = [copy.file for copy in self._journal.copies() if copy.vault == request.vault]
        self._sightings.apply(Numbered(vault=request.vault, seq=answer.seq, event=event), moved)
        await self.folder_moved(intent)
        return Did(text=f"{several(answer.files, 'file is', 'files are')} below {request.to} now.")

    async def folder_moved(self, intent: Intent) -> None:
        """A folder has another path: local copies below go there too."""
        old, new = str(intent.fields["path"]), str(intent.fields["to"])
        for copy in self._journal.copies():
            if copy.vault == intent.file and copy.path.startswith(f"{old}/"):
                path = new + copy.path[len(old) :]
                await self._workspace.follow(copy.file, path, await self._workspace.place_of(copy.vault, path))
        self._journal.end(intent.key)

    async def add(self, vault: str, folder: str, source: Path) -> Did:
        """A new file of the vault from a file of this computer."""
        path = f"{folder}/{source.name}" if folder else source.name
        disk = self._disk_at(source.parent)
        content = await asyncio.to_thread(read_stably, disk, PurePath(source.name))
        sent = await self._upload(disk, PurePath(source.name), content, None, path)
        fields: dict[str, Any] = {"path": path, "upload": sent.id, "size": content.size, "hash": content.hash}
        intent = self._begin(Kind.ADD, str(source), path, vault=vault, **fields)
        state = await self._ask(intent, lambda: self._vault.add(vault, AddFile(**fields), intent.key))
        await self._workspace.recognise_added(state, source, content.look)
        self._journal.end(intent.key)
        return Did(text=f"Added as {state.file.path}, Rev {state.file.head.number}, {size(content.size)}.")

    # The recovery store

    async def put_back(self, kept: str) -> Did:
        """Bring a file of the recovery store back. Raises NotHere."""
        place = await asyncio.to_thread(self._workspace.recovery.put_back, kept)
        return Did(text=f"Put back as {self._workspace.full_path(place)}.")

    async def show_kept(self, kept: str) -> Did:
        """Show a file of the recovery store in the file manager. Raises NotHere."""
        place = await asyncio.to_thread(self._workspace.recovery.path_of, kept)
        await asyncio.to_thread(self._opener.reveal, Path(self._workspace.full_path(place)))
        return Did(text="Shown in its folder.")

    # How it is done

    async def hold_of(self, file: str, path: str) -> Hold:
        """This seat's lock of a file, asked of the server when the journal does not know. Raises NotYours, Held."""
        hold = self._journal.hold(file)
        if hold is not None:
            return hold
        state = await self.state(file)
        lock = state.file.lock
        if lock is None:
            raise NotYours(f"{_name(path)} is not checked out.", advice="Check it out first.")
        if lock.seat != self._seat:
            raise Held(f"{lock.locked_by} has {_name(path)} on {lock.computer}.", lock=lock)
        hold = Hold(file=file, vault=state.vault, path=state.file.path, token=lock.token)
        if not self._begun_takes(file):
            self._journal.put_hold(hold)
            await self._workspace.recognise(state)
        return hold

    def _begun_takes(self, file: str) -> list[Intent]:
        """Check-outs of a file whose content has not been brought yet."""
        left = self._journal.unfinished()
        return [each for each in left if each.file == file and each.kind in (Kind.CHECK_OUT, Kind.ADOPT)]

    def _drop(self, file: str) -> None:
        """The lock of a file is gone, and with it every check-out that was still on its way."""
        with self._journal.together():
            self._journal.drop_hold(file)
            for each in self._begun_takes(file):
                self._journal.end(each.key)

    async def _current(self, intent: Intent, state: FileState) -> FileState:
        """What is so now: the same call gives the same answer again, which may be an old one."""
        return await self.state(intent.file) if intent.again else state

    def _begin(self, kind: Kind, file: str, path: str, /, **fields: Any) -> Intent:
        """Journal what is about to be asked. The same thing left unfinished before goes on with its key."""
        for left in self._journal.unfinished():
            if (left.kind, left.file, left.fields) == (kind, file, fields):
                return left
        intent = Intent(key=uuid.uuid4().hex, kind=kind, file=file, path=path, fields=fields)
        self._journal.begin(intent)
        log.note("asked", kind=kind.value, file=file, key=intent.key)
        return intent

    async def _ask(self, intent: Intent, call: Callable[[], Awaitable[T]]) -> T:
        """Ask the server. When that certainly changed nothing, the intent is over."""
        try:
            return self.learned(await call())
        except Told as error:
            if _is_over(intent, error):
                self._journal.end(intent.key)
            if isinstance(error, NotYours):
                await self.let_go(intent.file)
            raise

    def learned(self, answer: T) -> T:
        """The same, after taking down what it says of a file."""
        if isinstance(answer, FileState):
            self._sightings.learn_answer(answer)
        return answer

    async def state(self, file: str) -> FileState:
        """A file as the vault has it now. Raises core.errors."""
        return self.learned(await self._vault.file(file))

    async def let_go(self, file: str) -> None:
        """This seat has the lock of a file no longer: the copy stays as it is, read-only."""
        self._drop(file)
        copy = self._journal.copy(file)
        if copy is not None:
            await self._workspace.set_writable(copy.where, yes=False)

    async def _send(self, copy: Copy, content: Content) -> tuple[Content, Upload]:
        """Upload what was read; when it changed meanwhile it is read again."""
        for _ in range(READS - 1):
            try:
                return content, await self._send_once(copy, content)
            except Spoiled:
                content = await self._workspace.read(copy.where)
        return content, await self._send_once(copy, content)

    async def _send_once(self, copy: Copy, content: Content) -> Upload:
        if content.size == 0 and copy.size > 0:
            raise Suspicious(
                f"{_name(copy.path)} is empty now; Rev {copy.number} has content.",
                advice="Save it again in its program, or undo the check-out.",
            )
        return await self._upload(self._workspace.disk, copy.where, content, copy.file, copy.path)

    async def _upload(self, disk: Disk, place: PurePath, content: Content, file: str | None, path: str) -> Upload:
        async with self._workspace.transfers:
            progress = Progress(file or "", path=path, up=True, size=content.size, tell=self._tell)
            return await upload(self._vault, disk, place, content, progress, self._journal)

    async def _nothing_to_store(self, hold: Hold, copy: Copy, *, keep: bool) -> Did:
        same = f"Nothing has changed since Rev {copy.number}"
        if keep:
            return Did(text=f"{same}; you keep it.", outcome=Outcome.UNCHANGED)
        undone = await self.undo(hold.file, copy.path)
        text = f"{same}, so that stays the newest; the lock is released."
        return Did(text=text, outcome=Outcome.UNCHANGED, kept=undone.kept)

    async def _present(self, file: str) -> PurePath:
        copy = self._journal.copy(file)
        if copy is None or not self._has(copy):
            await self.get_latest(file)
            copy = self._journal.copy(file)
        if copy is None:
            raise NotHere("The file is not on this computer.", advice="Get latest brings it.")
        return copy.where

    def _copy_of(self, file: str, path: str) -> Copy:
        copy = self._journal.copy(file)
        if copy is None or not self._has(copy):
            raise NotHere(f"{_name(path)} is not in the workspace.", advice="Get latest brings it.")
        return copy

    def _has(self, copy: Copy) -> bool:
        return self._workspace.disk.look(copy.where) is not None


def _can_stay(local: LocalCopy, head: Revision, *, already: bool) -> bool:
    """A check-out may leave the local copy: work that goes on, or edits of the head that nobody has checked in."""
    return already or (local.edited and local.base == (head.major, head.minor))


def _check_in_fields(
    copy: Copy, hold: Hold, content: Content, sent: Upload, request: requests.CheckIn
) -> dict[str, Any]:
    return {
        "upload": sent.id,
        "base": copy.number,
        "token": hold.token,
        "size": content.size,
        "hash": content.hash,
        "comment": request.comment,
        "major": request.major,
        "keep": request.keep,
    }


def _is_over(intent: Intent, error: Told) -> bool:
    """It certainly did not happen, now or before. Without a sign-in nobody looked at what was asked."""
    match error:
        case NotSignedIn():
            return not intent.again
        case Refused():
            return True
        case Unreachable():
            return not error.sent and not intent.again
        case _:
            return False


def _after_lock(error: Told, file: File) -> Told:
    return type(error)(
        f"You have the lock of {file.filename}, but Rev {file.head.number} could not be brought here. {error.text}",
        advice=error.advice or "Check it out again, or undo the check-out.",
    )


def _after_undo(error: Told) -> Told:
    return type(error)(
        f"The lock is given back and your work is still in the workspace. {error.text}", advice="Get latest goes on."
    )


def _name(path: str) -> str:
    return path.rpartition("/")[2]
