"""Check-ins of the queue that go each by itself, when the server is back."""

from dataclasses import replace

from pdm_desktop import log
from pdm_desktop.core import requests
from pdm_desktop.core.errors import Cancelled, OldBase, Suspicious, Told
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.core.waiting import LATER, SOON, WaitingCheckIn, hindrance, needs_you
from pdm_desktop.sync.commands.checkin import CheckIns
from pdm_desktop.sync.commands.intents import Intents
from pdm_desktop.sync.commands.wishes import refuse_spoiled
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.workspace import Workspace


class QueuedFiles:
    """The files of one queue that belong to no set. Whoever asks for one is alone with the file."""

    def __init__(
        self, workspace: Workspace, journal: Journal, intents: Intents, checkins: CheckIns, *, seat: str
    ) -> None:
        self._workspace = workspace
        self._journal = journal
        self._intents = intents
        self._checkins = checkins
        self._seat = seat

    async def send(self, one: WaitingCheckIn, path: str) -> FileResult | None:
        """What came of it. None: it goes on waiting. Raises Unreachable, NotSignedIn."""
        log.note("waited", file=one.file)
        request = requests.CheckIn(files=(one.file,), comment=one.comment, major=one.major, keep=one.keep)
        try:
            found = hindrance(one, await self._intents.state(one.file), seat=self._seat)
            if found is not None:
                return await self._needs_person(one, path, found.text, found.advice, outdated=found.outdated)
            did = await self._checkins.check_in(
                one.file, path, request, refuse=lambda content: refuse_spoiled(one, path, content)
            )
        except LATER:
            raise
        except Cancelled as error:
            self._journal.drop_waiting(one.file)
            return FileResult(
                file=one.file, path=path, outcome=Outcome.CANCELLED, text=error.text, advice="You keep it."
            )
        except SOON as error:
            self._journal.put_waiting(replace(one, why=error.text, advice=error.advice))
            return None
        except Suspicious as error:  # also where it is the revision again: there was work when it was asked for
            return self._left_to_person(one, path, error.text, error.advice)
        except Told as error:
            outdated = isinstance(error, OldBase)
            return await self._needs_person(one, path, error.text, error.advice, outdated=outdated)
        return did.line(one.file, path)

    async def _needs_person(
        self, one: WaitingCheckIn, path: str, text: str, advice: str | None, *, outdated: bool
    ) -> FileResult:
        """Nothing more is sent. Where nothing was edited here, nothing is left to decide either."""
        local = await self._workspace.local(one.file)
        if local is not None and not local.edited and not local.missing:
            self._journal.drop_waiting(one.file)
            advice = "Nothing was edited here, so nothing has to be done."
            return FileResult(file=one.file, path=path, outcome=Outcome.REFUSED, text=text, advice=advice)
        return self._left_to_person(one, path, text, advice, outdated=outdated)

    def _left_to_person(
        self, one: WaitingCheckIn, path: str, text: str, advice: str | None, *, outdated: bool = False
    ) -> FileResult:
        self._journal.put_waiting(needs_you(one, text, advice, outdated=outdated))
        return FileResult(file=one.file, path=path, outcome=Outcome.REFUSED, text=text, advice=advice)
