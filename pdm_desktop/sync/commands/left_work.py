"""Parks what a check-out that was lost has left here, as where its person took it over on another computer."""

import uuid
from collections.abc import Callable
from dataclasses import replace

from pdm_desktop import log
from pdm_desktop.core.errors import Cancelled, NotArrived, NotSignedIn, Refused
from pdm_desktop.core.left_work import LeftWork
from pdm_desktop.sync.commands.did import Did
from pdm_desktop.sync.commands.intents import Intents
from pdm_desktop.sync.commands.sending import Sending
from pdm_desktop.sync.facts import Copy, Lost
from pdm_desktop.sync.intent import Intent, Kind
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.ports import Vault
from pdm_desktop.sync.transfer.reading import Content
from server.protocol.calls import InboxEntry, ParkWork

_ENDED = ("lock_adopted", "lock_forced")
"""Messages that tell of a lock that another seat took, or that an administrator ended."""

PARKED_VERSION = "Parked version"
"""What its transfer is called."""


class LeavingWork:
    """Left work of one journal. Methods raise core.errors: then it is still left, and tried again.

    `tell` hears once of each, before its bytes go.
    """

    def __init__(
        self, vault: Vault, journal: Journal, intents: Intents, *, sending: Sending, tell: Callable[[LeftWork], None]
    ) -> None:
        self._vault = vault
        self._journal = journal
        self._intents = intents
        self._sending = sending
        self._tell = tell
        self._told: set[tuple[str, int]] = set()
        self._held_back: set[tuple[str, int]] = set()
        """Whose persons do not want them sent."""

    async def park(self, copy: Copy, content: Content) -> None:
        """Have the server keep what was read of a copy, if it has no such revision. The copy stays as it is."""
        lost = self._journal.lost(copy.file)
        if lost is None:
            return
        held_back = ParkWork(base=lost.base, token=lost.token, size=content.size, hash=content.hash, held_back=True)
        if (lost.file, lost.token) in self._held_back:
            await self._tell_that_nothing_comes(copy.file, held_back)
            return
        await self._tell_once(copy, lost)
        try:
            await self._park(copy, lost, content)
        except NotArrived:  # given up between its arrival and this
            await self._park(copy, lost, content)
        except Cancelled:
            log.note("not parked", file=copy.file, why="cancelled")
            self._held_back.add((lost.file, lost.token))  # its person does not want it kept there; here it stays
            await self._tell_that_nothing_comes(copy.file, held_back)
            raise

    async def tell_of_nothing(self, file: str, *, number: str, size: int, hash_: str, may_come_back: bool) -> None:
        """Tell the server that nothing but that revision is left here: somebody may have got the file, and wait.

        Said again with another key, as after a crash, it changes nothing more. What may come back is parked then.
        """
        lost = self._journal.lost(file)
        if lost is not None:
            wish = ParkWork(base=lost.base or number, token=lost.token, size=size, hash=hash_)
            await self._tell_that_nothing_comes(file, wish, over=not may_come_back)

    async def _tell_that_nothing_comes(self, file: str, wish: ParkWork, *, over: bool = True) -> None:
        try:
            await self._vault.park(file, wish, uuid.uuid4().hex)
        except NotSignedIn:
            raise
        except Refused as error:
            log.note("nobody was told that nothing comes", file=file, why=error.text)
        if over:
            self._journal.drop_lost(file)

    async def _park(self, copy: Copy, lost: Lost, content: Content) -> None:
        content, sent = await self._sending.send(copy, content, what=PARKED_VERSION)
        waiting = next((one for one in self._journal.waiting() if one.file == copy.file), None)
        intent = self._intents.begin(
            Kind.PARK,
            copy.file,
            copy.path,
            upload=sent.id,
            base=lost.base,
            token=lost.token,
            size=content.size,
            hash=content.hash,
            comment=None if waiting is None else waiting.comment,
        )
        await self._intents.ask(intent, lambda: self._vault.park(copy.file, ParkWork(**intent.fields), intent.key))
        self._parked(intent)

    async def go_on(self, intent: Intent) -> Did:
        """The answer was lost: the same call gives it again."""
        await self._vault.park(intent.file, ParkWork(**intent.fields), intent.key)
        self._parked(intent)
        return Did(text="What was left here is parked.")

    def _parked(self, intent: Intent) -> None:
        """A check-out that was lost since has left work of its own."""
        lost = self._journal.lost(intent.file)
        with self._journal.together():
            if lost is not None and lost.token == intent.fields["token"]:
                self._journal.drop_lost(intent.file)
            self._journal.end(intent.key)

    async def _tell_once(self, copy: Copy, lost: Lost) -> None:
        if (lost.file, lost.token) in self._told:
            return
        left = LeftWork(
            file=copy.file, vault=copy.vault, path=copy.path, by=lost.by, computer=lost.computer, at=lost.at
        )
        self._tell(await self._how_it_ended(left))
        self._told.add((lost.file, lost.token))

    async def _how_it_ended(self, left: LeftWork) -> LeftWork:
        """Who has the file now does not say why: the newest message to this person does."""
        told, since, newest = left, 0, 1
        while since < newest:
            inbox = await self._vault.inbox(since)
            for entry in inbox.entries:
                if entry.file == left.file and entry.kind in _ENDED:
                    told = _told_by(entry, left, told)
            newest = inbox.number
            since = inbox.entries[-1].number if inbox.entries else newest
        return told


def _told_by(entry: InboxEntry, left: LeftWork, told: LeftWork) -> LeftWork:
    """What a message adds. Where somebody has the file since, one of another moment is about another check-out."""
    if left.by is not None and entry.at != left.at:
        return told
    if entry.kind == "lock_forced":
        return replace(left, ended_by=entry.by, reason=entry.text, at=entry.at)
    return told if left.by is not None else replace(left, by=entry.by, computer=entry.computer, at=entry.at)
