"""A change of the vault that was begun, and of which it may not be known whether it has happened."""

from dataclasses import field
from enum import StrEnum
from typing import Any

from server.protocol.calls import FileState
from server.protocol.records import dataclass
from server.protocol.wire import from_plain


class Kind(StrEnum):
    """What was begun."""

    CHECK_OUT = "check out"
    CHECK_IN = "check in"
    UNDO = "undo"
    ADOPT = "adopt"
    HAND_OVER = "hand-over"
    """Two calls: what is saved here is parked, then it goes to somebody by its id."""
    RECEIVE = "hand-over to you"
    """It asks nothing of the server any more: the lock is here, and its content comes."""
    MOVE = "move"
    DELETE = "delete"
    RESTORE = "restore"
    MOVE_FOLDER = "move folder"
    ADD = "add"
    KEEP_MINE = "check-out with your own version"
    GET_LATEST = "get latest"
    """It changes nothing in the vault; it is only begun where a program holds the file."""
    CHECK_IN_PARKED = "check in from a parked version"
    PARK = "park"
    """It changes no revision: what a lost check-out has left here is to be kept on the server."""
    CHECK_OUT_SET = "check out of several files"
    CHECK_IN_SET = "check in of several files"
    UNDO_SET = "undo of several files"
    DELETE_SET = "delete of several files"


OF_SETS = frozenset({Kind.CHECK_OUT_SET, Kind.CHECK_IN_SET, Kind.UNDO_SET, Kind.DELETE_SET})
"""What is about several files, all of them or none: their ids are its field `files`."""
ANSWER = "answer"
"""The field of an intent that the server has answered: only this computer's part is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A change of the vault that was begun: with this key it happens once, however often it is asked."""

    key: str
    kind: Kind
    file: str
    """The file's id; for a folder's move the vault's, for a new file its path on this computer."""
    path: str
    fields: dict[str, Any] = field(default_factory=dict)
    again: bool = False
    """It was asked before, and what came of that is not known."""

    @property
    def is_of_set(self) -> bool:
        """It is about several files, all of them or none."""
        return self.kind in OF_SETS

    @property
    def gives_back(self) -> bool:
        """It gives back the lock of a check-out that did not happen: until that is done, nothing else knows of it."""
        return self.kind is Kind.UNDO and "stays" in self.fields

    @property
    def files(self) -> tuple[str, ...]:
        """All that it is about."""
        return tuple(self.fields["files"]) if self.is_of_set else (self.file,)

    @property
    def tokens(self) -> dict[str, int]:
        """The check-outs that it is to end, by file; nothing where it names none."""
        match self.kind:
            case Kind.CHECK_IN | Kind.UNDO | Kind.HAND_OVER:
                return {self.file: self.fields["token"]}
            case Kind.CHECK_IN_SET:
                return {file: each["token"] for file, each in zip(self.files, self.fields["revisions"], strict=True)}
            case Kind.UNDO_SET:
                return dict(zip(self.files, self.fields["tokens"], strict=True))
            case _:
                return {}

    @property
    def answer(self) -> FileState | None:
        """What the server has answered, when only this computer's part is left."""
        return from_plain(self.fields[ANSWER], FileState) if ANSWER in self.fields else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """A change of the vault that the server has made, while its command is still at work here."""

    kind: Kind
    revision: str | None = None
    """That it has made of a file, when it was a check-in."""
    instead: bool = False
    """It is not what the command was asked for: a check-in with nothing to store has given its lock back."""

    @property
    def words(self) -> str:
        """What has happened, as a sentence for a person."""
        which = "" if self.revision is None else f", as Rev {self.revision}"
        return f"The {self.kind.value} has happened on the server{which}."


MAKES_REVISION = frozenset({Kind.CHECK_IN, Kind.CHECK_IN_PARKED})
"""Kinds whose answer is the file at a revision of its own."""


def happened(intent: Intent, answer: object, *, instead: bool = False) -> Happened:
    """What the answer to an intent says of its file, or of each of its files."""
    if intent.kind in MAKES_REVISION and isinstance(answer, FileState):
        return Happened(kind=intent.kind, revision=answer.file.head.number, instead=instead)
    return Happened(kind=intent.kind, instead=instead)
