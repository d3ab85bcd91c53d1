"""Check-ins of the queue that go as one: all of them or none, when the server is back."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from pdm_desktop import log
from pdm_desktop.core import requests
from pdm_desktop.core.errors import Cancelled, OldBase, Refused, Told
from pdm_desktop.core.results import FileResult
from pdm_desktop.core.waiting import LATER, SOON, Hindrance, WaitingCheckIn, hindrance, needs_you
from pdm_desktop.sync.commands.did import line_of, lines_of_refusal, spared
from pdm_desktop.sync.commands.intents import Intents
from pdm_desktop.sync.commands.sets import Sets, Step
from pdm_desktop.sync.commands.wishes import refuse_spoiled
from pdm_desktop.sync.journal import Journal


class QueuedSets:
    """The sets of one queue. Whoever asks is alone with all files of the set."""

    def __init__(self, journal: Journal, intents: Intents, sets: Sets, *, seat: str) -> None:
        self._journal = journal
        self._intents = intents
        self._sets = sets
        self._seat = seat

    async def send(self, ones: Sequence[WaitingCheckIn], paths: Mapping[str, str]) -> list[FileResult]:
        """What came of them; nothing: they go on waiting. Raises Unreachable, NotSignedIn."""
        log.note("waited", files=len(ones))
        known = {one.file: one for one in ones}
        files = tuple(known)
        first = ones[0]
        request = requests.CheckIn(
            files=files, comment=first.comment, major=first.major, keep=first.keep, together=True
        )
        try:
            found = {one.file: await self._hindrance(one) for one in ones}
            if any(found.values()):
                return self._need_person(ones, paths, found)
            steps = await self._sets.begin(
                request, paths, refuse=lambda file, content: refuse_spoiled(known[file], paths[file], content)
            )
        except LATER:
            raise
        except Cancelled as error:
            self._journal.drop_waiting(*files)
            return lines_of_refusal(files, paths, error)
        except SOON as error:
            self._journal.put_waiting(*(replace(one, why=error.text, advice=error.advice) for one in ones))
            return []
        except Told as error:
            outdated = files if isinstance(error, OldBase) else ()
            return self._refused(ones, lines_of_refusal(files, paths, error), outdated=outdated)
        return [await result_of(step) for step in steps]

    async def _hindrance(self, one: WaitingCheckIn) -> Hindrance | None:
        return hindrance(one, await self._intents.state(one.file), seat=self._seat)

    def _need_person(
        self, ones: Sequence[WaitingCheckIn], paths: Mapping[str, str], found: Mapping[str, Hindrance | None]
    ) -> list[FileResult]:
        files = {one.file: paths[one.file] for one in ones}
        guilty = [
            line_of(file, path, Refused(why.text, advice=why.advice))
            for file, path in files.items()
            if (why := found[file]) is not None
        ]
        left = [spared(file, path) for file, path in files.items() if found[file] is None]
        outdated = {file for file, why in found.items() if why is not None and why.outdated}
        return self._refused(ones, guilty + left, outdated=outdated)

    def _refused(
        self, ones: Sequence[WaitingCheckIn], lines: list[FileResult], *, outdated: Collection[str]
    ) -> list[FileResult]:
        """None of them is sent any more, and each says why."""
        known = {one.file: one for one in ones}
        self._journal.put_waiting(
            *(
                needs_you(known[line.file], line.text, line.advice, outdated=line.file in outdated)
                for line in lines
            )
        )  # fmt: skip
        return lines


async def result_of(step: Step) -> FileResult:
    """What came of a file whose set the server has done."""
    try:
        did = await step.act()
    except Told as error:
        return line_of(step.file, step.path, error)
    return did.line(step.file, step.path)
