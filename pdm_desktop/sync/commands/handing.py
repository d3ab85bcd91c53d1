"""Hands a file over: what is saved here is parked first, then the check-out goes to somebody else with it."""

from contextlib import suppress

from pdm_desktop import log
from pdm_desktop.core import requests
from pdm_desktop.core.errors import (
    Cancelled,
    Halfway,
    Missing,
    NotAllowed,
    NotArrived,
    NotHere,
    NotSignedIn,
    NotYours,
    Refused,
    StillOpen,
    Told,
    retold,
)
from pdm_desktop.core.paths import name_of
from pdm_desktop.sync.commands.checkout import CheckOuts
from pdm_desktop.sync.commands.did import Did
from pdm_desktop.sync.commands.intents import Intents
from pdm_desktop.sync.commands.sending import Sending
from pdm_desktop.sync.facts import Copy
from pdm_desktop.sync.intent import Intent, Kind
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.ports import Vault
from pdm_desktop.sync.workspace import Workspace
from server.protocol.calls import FileState, ParkedWork, ParkWork, TransferFile
from server.protocol.records import dataclass

HANDED_OVER = "Handed over"
"""Why the recovery store has what was here."""
_WORK = ("upload", "base", "size", "hash")
"""The fields of an intent that are about the work that goes along; without them there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What goes along, as it has arrived."""

    upload: str
    base: str
    size: int
    hash: str


class HandingOver:
    """Check-outs of this seat that go to somebody else. Every method raises core.errors."""

    def __init__(
        self,
        vault: Vault,
        workspace: Workspace,
        journal: Journal,
        intents: Intents,
        *,
        sending: Sending,
        checkouts: CheckOuts,
    ) -> None:
        self._vault = vault
        self._workspace = workspace
        self._journal = journal
        self._intents = intents
        self._sending = sending
        self._checkouts = checkouts
        self._along: set[str] = set()
        """The keys of those with which work goes along, as the server has said."""

    async def hand_over(self, path: str, request: requests.Transfer) -> Did:
        """Give a file to somebody, with what is saved here and not checked in.

        Raises StillOpen while a program may write it. What the server has given up between its arrival and this is
        sent once more.
        """
        try:
            return await self._hand_over(path, request)
        except NotArrived:
            return await self._hand_over(path, request)

    async def _hand_over(self, path: str, request: requests.Transfer) -> Did:
        left = next((each for each in self._journal.unfinished() if _is_of(each, request.file)), None)
        if left is not None:  # it may have happened: what is saved here by now is told by what came of it
            return await self.handed(left, await self._intents.ask(left, lambda: self.ask(left)))
        hold = await self._intents.hold_of(request.file, path)
        work = await self._work(request.file)
        fields = {} if work is None else {name: getattr(work, name) for name in _WORK}
        intent = self._intents.begin(
            Kind.HAND_OVER, request.file, path, to=request.to, token=hold.token, request=request.request, **fields
        )
        state = await self._intents.ask(intent, lambda: self.ask(intent))
        return await self.handed(intent, state)

    async def _work(self, file: str) -> _Work | None:
        """What is saved here and in no revision, sent to the server: read when nobody may write it any more.

        Raises NotHere for a copy that is not in its place: nobody can say what is saved in it.
        """
        copy = self._journal.copy(file)
        if copy is None:
            return None
        if not self._intents.has(copy):
            name = name_of(copy.path)
            raise NotHere(
                f"{name} is not in its place in the workspace, so it was not handed over.",
                advice="Put it back, or bring the revision with Get latest. Then hand it over again.",
            )
        await self._refuse_open(copy)
        await self._workspace.set_writable(copy.where, yes=False)
        try:
            await self._refuse_open(copy)  # a program may have opened it just before
            return await self._sent(copy)
        except BaseException:  # also when it is cancelled: the file is checked out here as before
            with suppress(Told):
                await self._workspace.set_writable(copy.where, yes=True)
            raise

    async def _sent(self, copy: Copy) -> _Work | None:
        content = await self._workspace.read(copy.where)
        if content.hash == copy.hash:
            return None
        content, sent = await self._sending.send(copy, content)
        return _Work(upload=sent.id, base=copy.number, size=content.size, hash=content.hash)

    async def _refuse_open(self, copy: Copy) -> None:
        if await self._workspace.is_open(copy.where):
            name = name_of(copy.path)
            raise StillOpen(
                f"A program has {name} open and may still write it, so it was not handed over.",
                advice="Save it and close it there, then hand it over again.",
            )

    async def ask(self, intent: Intent) -> FileState:
        """Park the work, then hand over by its id. Either call has happened once, however often this is asked.

        What was parked for a transfer that is refused is not kept: it is still here. But it is where its person has
        lost a right, and with that perhaps the way to park it again.
        """
        parked = await self._parked(intent)
        wish = TransferFile(
            to=intent.fields["to"],
            token=intent.fields["token"],
            parked=None if parked is None else parked.parked,
            request=intent.fields["request"],
        )
        try:
            return await self._vault.transfer(intent.file, wish, intent.key)
        except (NotSignedIn, NotYours, NotAllowed, Missing):
            raise  # it is tried again, or what is parked is needed
        except Refused:
            await self._keep_no_longer(intent, parked)
            raise

    async def _parked(self, intent: Intent) -> ParkedWork | None:
        if "upload" not in intent.fields:
            return None
        work = {name: intent.fields[name] for name in _WORK}
        wish = ParkWork(token=intent.fields["token"], **work)
        done = await self._vault.park(intent.file, wish, f"{intent.key}-park")
        if done.parked is not None:  # else the newest revision has it
            self._along.add(intent.key)
        return done

    async def _keep_no_longer(self, intent: Intent, parked: ParkedWork | None) -> None:
        if parked is None or parked.parked is None or parked.known:
            return
        try:
            await self._vault.drop_parked(parked.parked, f"{intent.key}-drop")
        except Told as error:
            log.note("still parked", file=intent.file, why=error.text)

    async def handed(self, intent: Intent, state: FileState) -> Did:
        """It is somebody else's: the workspace follows. What was here goes to the recovery store as well."""
        now = await self._intents.current(intent, state)
        self._intents.drop(state.file.id, before=intent)
        self._journal.drop_waiting(state.file.id)
        with_work = ", with what you saved" if intent.key in self._along else ""
        said = f"{intent.fields['to']} has {state.file.filename} now{with_work}."
        try:
            kept = await self._checkouts.leave(now, why=HANDED_OVER)
        except Told as error:
            raise await self._left_here(intent, error, said) from error
        self._end(intent)
        return Did(text=said, kept=kept)

    async def _left_here(self, intent: Intent, error: Told, said: str) -> Told:
        """The file is somebody else's; what was here is still in its place, read-only. Who cancels that wants it so."""
        copy = self._journal.copy(intent.file)
        if copy is not None:
            with suppress(Told):
                await self._workspace.set_writable(copy.where, yes=False)
        if isinstance(error, Cancelled):
            self._end(intent)
            text = f"{said} Cancelled by you: your work is still in the workspace, read-only."
            advice = "Get latest brings the revision, and keeps your work in the recovery store."
            return Cancelled(text, advice=advice, whole=False)
        text, advice = f"{said} {error.text}", "Get latest goes on."
        if isinstance(error, Refused) and not isinstance(error, NotSignedIn):  # of the content; what was asked is done
            return Halfway(text, advice=advice)
        return retold(error, text, advice=advice)

    def _end(self, intent: Intent) -> None:
        self._along.discard(intent.key)
        self._journal.end(intent.key)


def _is_of(intent: Intent, file: str) -> bool:
    return (intent.kind, intent.file) == (Kind.HAND_OVER, file)
