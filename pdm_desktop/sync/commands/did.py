"""How a command went, in words."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace

from pdm_desktop.core.errors import Cancelled, Halfway, InUse, Local, Refused, Told, unexpected
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.sync.intent import Happened, Intent
from pdm_desktop.sync.recovery import Kept
from server.protocol.records import dataclass

ONLY_ITS_END = "Only its end on this computer is left."
BY_ITSELF = "It is done by itself; do not ask for it again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Did:
    """How a command went with one file."""

    text: str
    outcome: Outcome = Outcome.DONE
    advice: str | None = None
    held: InUse | None = None
    """A program has the file open: what is left to do with the copy follows when that is closed."""
    kept: Kept | None = None
    """What was in the way and is in the recovery store now."""

    @property
    def words(self) -> str:
        """All of it, for the person."""
        return f"{self.text} What was here before is kept in {self.kept.path.as_posix()}." if self.kept else self.text

    def line(self, file: str, path: str) -> FileResult:
        """What is told of that file."""
        return FileResult(
            file=file,
            path=path,
            outcome=self.outcome,
            text=self.words,
            advice=self.advice,
            kept=self.kept is not None,
        )


def line_of(file: str, path: str, error: Told) -> FileResult:
    """What is told of a file with which it did not go well."""
    return FileResult(file=file, path=path, outcome=_outcome(error), text=error.text, advice=error.advice)


def line_of_fault(file: str, path: str, error: Exception, happened: Happened | None = None) -> FileResult:
    """What is told of a file with which something went wrong that nobody foresaw.

    `happened` is what the server had done by then: whoever tells it finishes the rest without being asked. Only what
    was asked for counts as done.
    """
    met = unexpected(error)
    text = f"{met.title}: {met.text}"
    if happened is None:
        return FileResult(file=file, path=path, outcome=Outcome.UNFINISHED, text=text, advice=met.advice)
    return FileResult(
        file=file,
        path=path,
        outcome=Outcome.UNFINISHED if happened.instead else Outcome.GOES_ON,
        text=f"{happened.words} {ONLY_ITS_END} {text}",
        advice=f"{BY_ITSELF} The log says more.",
    )


async def end_of(intent: Intent, work: Awaitable[Did]) -> Did:
    """What is left on this computer of what the server has done: what stops it is told together with that.

    The intent is left, so it goes on by itself. A program that has the file open is waited for by whoever asked.
    """
    try:
        return await work
    except (InUse, Cancelled):
        raise
    except Told as error:
        return Did(
            text=f"{Happened(kind=intent.kind).words} {ONLY_ITS_END} {error.text}",
            outcome=Outcome.GOES_ON,
            advice=f"{error.advice or ''} {BY_ITSELF}".strip(),
        )


async def late_end_of(intent: Intent, work: Awaitable[Did]) -> Did:
    """The same of what goes on from before. What stops it is no refusal of the server's: raises Halfway, with both."""
    did = await end_of(intent, work)
    if did.outcome is Outcome.GOES_ON:
        raise Halfway(did.text, advice=did.advice)
    return did


def lines_of_refusal(
    files: Sequence[str], paths: Mapping[str, str], error: Told, *, text: str | None = None
) -> list[FileResult]:
    """What is told of a set of which nothing was done: the file that was in the way first, with why."""
    guilty = [file for file in files if error.path is not None and paths.get(file) == error.path]
    lines = [line_of(file, paths.get(file, file), error) for file in guilty or files]
    lines = [replace(line, text=text or line.text) for line in lines]
    left = [file for file in files if file not in guilty] if guilty else []
    return lines + [replace(spared(file, paths.get(file, file)), outcome=lines[0].outcome) for file in left]


def spared(file: str, path: str) -> FileResult:
    """What is told of a file of a set in which another one was in the way."""
    return FileResult(file=file, path=path, outcome=Outcome.REFUSED, text="Left as it was: all of them go, or none.")


def _outcome(error: Told) -> Outcome:
    match error:
        case Cancelled(whole=whole):
            return Outcome.CANCELLED if whole else Outcome.UNFINISHED
        case Halfway():
            return Outcome.UNFINISHED
        case Refused() | Local():
            return Outcome.REFUSED
        case _:
            return Outcome.UNFINISHED
