"""What a person wants checked in, and what was meant by it: written down where it cannot be sent, or is cut."""

import asyncio
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from pdm_desktop.core import requests
from pdm_desktop.core.errors import InUse, KeepsChanging, NotSignedIn, NotYours, ServerTrouble, Suspicious, Told
from pdm_desktop.core.paths import name_of
from pdm_desktop.core.waiting import Seen, WaitingCheckIn, is_spoiled
from pdm_desktop.sync.commands.intents import Intents
from pdm_desktop.sync.commands.sending import refuse_doubted
from pdm_desktop.sync.facts import Copy, Hold
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.ports import Clock
from pdm_desktop.sync.transfer.reading import Content
from pdm_desktop.sync.workspace import Workspace


class Wishes:
    """The wishes of one journal. Whoever asks for one file's is alone with the file."""

    def __init__(self, workspace: Workspace, journal: Journal, intents: Intents, *, clock: Clock) -> None:
        self._workspace = workspace
        self._journal = journal
        self._intents = intents
        self._clock = clock
        self._read: dict[str, Seen] = {}
        """What was read of the files that are being checked in."""

    async def take_down(self, file: str, path: str, request: requests.CheckIn, error: Told | None) -> WaitingCheckIn:
        """What is to wait of a check-in that cannot be sent now; `error` is why, when it was tried.

        Raises what a check-in of this computer's copy raises before anything is sent.
        """
        hold = self._journal.hold(file)
        if hold is None:
            raise error or NotYours(
                f"This computer knows of no check-out of {name_of(path)}.",
                advice="Check it in once you are online.",
            )
        copy = self._intents.copy_of(file, path)
        why = error.text if isinstance(error, ServerTrouble | NotSignedIn) else None
        return replace(self._wish(copy, hold, request), seen=await self._seen(copy), why=why)

    @contextmanager
    def kept_when_cut(self, request: requests.CheckIn) -> Iterator[None]:
        """While these are checked in: what the program's end cuts before it is sent waits for the next start."""
        bases = {file: copy.number for file in request.files if (copy := self._journal.copy(file)) is not None}
        try:
            yield
        except asyncio.CancelledError:
            self._keep_wish(request, bases)
            raise
        finally:
            for file in request.files:
                self._read.pop(file, None)

    def note(self, file: str, content: Content) -> None:
        """This was read of a file that is being checked in."""
        self._read[file] = _as_seen(content)

    def _keep_wish(self, request: requests.CheckIn, bases: Mapping[str, str]) -> None:
        """No time is left to look: what was read of a file is what it was. What has another base by now is stored.

        A file that waits already goes on waiting as it does; as one of a set it waits with the others.
        """
        is_set = request.together and len(request.files) > 1
        sent, waiting = self._intents.sent_check_ins(), {one.file: one for one in self._journal.waiting()}
        busy = set(sent) if is_set else set(sent) | set(waiting)
        known = [(self._journal.copy(file), self._journal.hold(file)) for file in request.files if file not in busy]
        before = {file: one.seen for file, one in waiting.items()}
        ones = [
            replace(self._wish(copy, hold, request), seen=self._read.get(copy.file, before.get(copy.file)))
            for copy, hold in known
            if copy is not None and hold is not None and copy.number == bases.get(copy.file)
        ]
        if is_set and len(ones) < len(request.files):
            return
        mark = uuid.uuid4().hex if is_set else None
        self._journal.put_waiting(*(replace(one, of_set=mark) for one in ones))

    def _wish(self, copy: Copy, hold: Hold, request: requests.CheckIn) -> WaitingCheckIn:
        return WaitingCheckIn(
            file=copy.file,
            vault=copy.vault,
            path=copy.path,
            token=hold.token,
            base=copy.number,
            asked=self._clock.now(),
            comment=request.comment,
            major=request.major,
            keep=request.keep,
        )

    async def _seen(self, copy: Copy) -> Seen | None:
        """What the file is now, on the disk itself. Raises Suspicious when it looks like no edit, and NotHere."""
        try:
            content = await self._workspace.read(copy.where)
        except (KeepsChanging, InUse):
            return None
        refuse_doubted(copy, content, self._journal.verdict(copy.file))
        await self._workspace.make_durable(copy.where)
        return _as_seen(content)


def refuse_spoiled(one: WaitingCheckIn, path: str, content: Content) -> None:
    """Raises Suspicious for content that nobody saved since the check-in was asked for."""
    if is_spoiled(one.seen, _as_seen(content)):
        raise Suspicious(
            f"{name_of(path)} has other content than when you asked, and does not look as if it was saved since.",
            advice="Nothing was sent. Open it; if it is right, save it again and check it in.",
        )


def _as_seen(content: Content) -> Seen:
    return Seen(size=content.size, mtime_ns=content.look.mtime_ns, hash=content.hash)
