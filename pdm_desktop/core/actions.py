"""What the engine can do for one copy without being asked. None of it changes the vault."""

from enum import Enum

from server.protocol.records import dataclass


class Suspicion(Enum):
    """Why content is not taken for a person's edit. The value goes on from the file's name."""

    EMPTY = "is suddenly empty"
    SAME_TIME = "has another size but the same time as before"
    AFTER_CRASH = "is not what was written before this computer or program stopped suddenly"


@dataclass(frozen=True, slots=True)
class Read:
    """Hash what is on the disk: its look has changed, or it is to be replaced."""


@dataclass(frozen=True, slots=True)
class Remember:
    """It looks otherwise, and is what it was: take the new look down."""


@dataclass(frozen=True, slots=True)
class Recognise:
    """It is the head already, however it came there: take that down."""


@dataclass(frozen=True, slots=True)
class SetWritable:
    """Put the read-only attribute right."""

    yes: bool


@dataclass(frozen=True, slots=True)
class Move:
    """Rename the copy to where the vault has it."""

    to: str


@dataclass(frozen=True, slots=True)
class StepAside:
    """Give the copy another name beside its new place: two that trade places would wait for each other for ever."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """Bring the head; what is there is a revision that the vault keeps."""


@dataclass(frozen=True, slots=True)
class PutAside:
    """Move the copy of a deleted file to the recovery store."""

    by: str | None


@dataclass(frozen=True, slots=True)
class Forget:
    """The file is deleted and nothing of it is here: the journal lets go of it."""


@dataclass(frozen=True, slots=True)
class LetGo:
    """The check-out is over, and not by a command of this seat: the work stays, read-only."""


@dataclass(frozen=True, slots=True)
class Park:
    """A check-out that was lost has left work here: have the server keep it, and leave it. It is no revision."""


@dataclass(frozen=True, slots=True)
class LeaveNothing:
    """A check-out that was lost has left nothing here that is not stored: the server is told, somebody may wait."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Suspicious content: leave it as it is and ask a person."""

    why: Suspicion


Action = (
    Read | Remember | Recognise | SetWritable | Move | StepAside | Fetch | PutAside | Forget | LetGo | Park
    | LeaveNothing | Ask
)  # fmt: skip
