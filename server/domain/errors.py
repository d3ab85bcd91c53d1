"""Everything that a call can be refused for, as one tree. Each knows its code and its words for a person.

ProblemError
  BadRequest, MissingKey, BadRange, Unsupported, MethodNotAllowed          what was sent cannot be read
  Invalid, ForbiddenPath, AgainstRule, WrongHash, KeyReused, TooLarge      it was read, and cannot be
  NotSignedIn, WrongPassword, TooManyTries                                 who are you?
  TooManyUploads                                                           one thing after the other
  Forbidden, NoSeat, ForeignSeat, ForeignOrigin, SeatTaken                 you may not
  NotFound, NameTaken, Gone, TooFarBehind                                  it is not there, or something else is
  LastAdministrator                                                        nobody could undo it
  Locked, NotYours, OldBase, Otherwise, WrongOffset                        somebody was there before you
  AlreadyRuns, NotSetUp                                                    not now, or not on this server
  Full, ContentsAway, NotReady, Internal                                   the server's own trouble
  What goes wrong on the way in by GitLab or by a one-time code is in `domain.entrance`.
"""

from dataclasses import replace
from datetime import datetime

from server.protocol.names import ForbiddenName
from server.protocol.problems import Code, Problem
from server.protocol.vault import Lock, Revision


class ProblemError(Exception):
    """A call is refused and has changed nothing. `detail` says to a person what is wrong and what to do."""

    code: Code
    title: str

    def __init__(
        self,
        detail: str,
        *,
        path: str | None = None,
        lock: Lock | None = None,
        head: Revision | None = None,
        offset: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.path = path
        self.lock = lock
        self.head = head
        self.offset = offset
        self.parked: str | None = None
        self.retry_after = retry_after

    def __str__(self) -> str:
        """What a person is told."""
        return self.detail

    def keeping(self, parked: str) -> "ProblemError":
        """The same refusal, of a call whose content is kept as that parked version."""
        self.parked = parked
        self.detail += " What you sent is kept on the server as a parked version."
        return self

    def keeping_set(self, parked: str | None, *, count: int) -> "ProblemError":
        """The same refusal, of a set of which so many files are kept; `parked` is that of the file it is about."""
        self.parked = parked
        versions = "a parked version" if count == 1 else f"{count} parked versions"
        self.detail += f" What you sent is kept on the server as {versions}."
        return self

    def of_set(self, count: int) -> "ProblemError":
        """The same refusal, of one file of so many that go together."""
        if count > 1:
            self.detail += f" The {count} files go together, so none of them was changed."
        return self

    def problem(self) -> Problem:
        """What the answer says."""
        return Problem(
            status=self.code.status,
            code=self.code.word,
            title=self.title,
            detail=self.detail,
            path=self.path,
            lock=self.lock,
            head=self.head,
            offset=self.offset,
            parked=self.parked,
            retry_after=self.retry_after,
        )


class BadRequest(ProblemError):
    """The call cannot be read."""

    code = Code.BAD_REQUEST
    title = "This call cannot be read"


class MissingKey(BadRequest):
    """A changing call came without Idempotency-Key."""

    def __init__(self) -> None:
        super().__init__(
            "A call that changes something needs the header Idempotency-Key, one new random text for each change, of at"
            " most 128 printable ASCII characters. Send it again with one."
        )


class BadRange(ProblemError):
    """The bytes asked for lie outside the content."""

    code = Code.BAD_RANGE
    title = "These bytes do not exist"

    def __init__(self, *, path: str, size: int) -> None:
        super().__init__(f"“{path}” has {size} bytes; the range asked for begins after its end.", path=path)
        self.size = size


class Unsupported(ProblemError):
    """The body is of another media type than the call takes."""

    code = Code.UNSUPPORTED
    title = "Another kind of content is expected"


class MethodNotAllowed(ProblemError):
    """The path exists, and takes other methods."""

    code = Code.METHOD_NOT_ALLOWED
    title = "This address does not take that call"


class Invalid(ProblemError):
    """A field has a value that it cannot have."""

    code = Code.INVALID
    title = "Something in this call does not fit"


class ForbiddenPath(ProblemError):
    """The path cannot be a file of a vault."""

    code = Code.FORBIDDEN_NAME
    title = "This name is not allowed"

    def __init__(self, name: ForbiddenName) -> None:
        super().__init__(f"{name} Please choose another name.", path=name.path)


class AgainstRule(ProblemError):
    """A rule of the vault does not allow it. `flaw` says which, what is wrong, and how it would be right."""

    code = Code.AGAINST_RULE
    title = "A rule of the vault does not allow this"

    def __init__(self, vault_name: str, flaw: str, *, path: str) -> None:
        super().__init__(f"By the rules of the vault “{vault_name}”: {flaw}", path=path)


class WrongHash(ProblemError):
    """The bytes that arrived are others than those announced."""

    code = Code.WRONG_HASH
    title = "The content did not arrive as it was sent"

    def __init__(self, *, what: str, announced: str, arrived: str, path: str | None = None) -> None:
        whose = "" if path is None else f" of “{path}”"
        super().__init__(
            f"The {what}{whose} was announced as {announced}, and what arrived has {arrived}. Nothing was stored; send"
            " the content again.",
            path=path,
        )


class KeyReused(ProblemError):
    """The same Idempotency-Key came with another call."""

    code = Code.KEY_REUSED
    title = "This Idempotency-Key was used for another call"

    def __init__(self) -> None:
        super().__init__(
            "The key of this call was already used for a call with other content. Send it again with a new key."
        )


class TooLarge(ProblemError):
    """More bytes than the server takes."""

    code = Code.TOO_LARGE
    title = "This is too large"


class NotSignedIn(ProblemError):
    """No session, or one that has ended."""

    code = Code.NOT_SIGNED_IN
    title = "You are not signed in"

    def __init__(self) -> None:
        super().__init__("You are not signed in, or your sign-in has ended. Please sign in again.")


class WrongPassword(ProblemError):
    """Name and password do not belong together. Never says which of the two it is."""

    code = Code.WRONG_PASSWORD
    title = "Name or password is wrong"

    def __init__(
        self, detail: str = "No one can sign in with this name and password. Check both and try again."
    ) -> None:
        super().__init__(detail)


class TooManyTries(ProblemError):
    """Sign-in must wait."""

    code = Code.TOO_MANY
    title = "Too many tries"

    def __init__(self, *, retry_after: float) -> None:
        super().__init__(
            f"There were too many tries to sign in. Please wait {retry_after:.0f} s and try again.",
            retry_after=retry_after,
        )


class TooManyUploads(ProblemError):
    """The person has as many open uploads as the server keeps for one."""

    code = Code.TOO_MANY_UPLOADS
    title = "Too many uploads"

    def __init__(self, *, limit: int) -> None:
        super().__init__(
            f"You have {limit} uploads that are not finished, and this server keeps no more for one person. Finish one,"
            " or give one up."
        )


class Forbidden(ProblemError):
    """The person's role does not allow it."""

    code = Code.FORBIDDEN
    title = "You may not do this"


class NoSeat(Forbidden):
    """The session has no seat, and the call concerns a lock."""

    def __init__(self) -> None:
        super().__init__(
            "A file is checked out on a seat, where its copy lies, and you are signed in without one."
            " Please use PDM Desktop for this."
        )


class ForeignSeat(ProblemError):
    """X-Seat-Id names another seat than that of the session."""

    code = Code.FOREIGN_SEAT
    title = "This is another seat"

    def __init__(self) -> None:
        super().__init__("The call names another seat than the one that you signed in on. Please sign in again here.")


class ForeignOrigin(ProblemError):
    """A page of another site made the browser call."""

    code = Code.FOREIGN_ORIGIN
    title = "This call comes from another site"

    def __init__(self) -> None:
        super().__init__("The call comes from a page of another site and was refused. Open this server's own page.")


class SeatTaken(ProblemError):
    """The seat's id belongs to another person's seat."""

    code = Code.SEAT_TAKEN
    title = "This seat belongs to somebody else"

    def __init__(self) -> None:
        super().__init__(
            "The id of this seat is already in use by another person. Each person on each computer needs a seat id of"
            " its own; PDM Desktop makes a new one when its settings are removed."
        )


class LastAdministrator(ProblemError):
    """Nobody else could administer the server any more."""

    code = Code.LAST_ADMINISTRATOR
    title = "Somebody has to administer the server"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is the only administrator of the server who can sign in. Make somebody else one first."
        )


class NotFound(ProblemError):
    """It does not exist, or not for this person."""

    code = Code.NOT_FOUND
    title = "This does not exist"


class NameTaken(ProblemError):
    """Another file, folder, person or vault has that name."""

    code = Code.NAME_TAKEN
    title = "This name is taken"


class Gone(ProblemError):
    """It existed and is deleted, or its time is over."""

    code = Code.GONE
    title = "This is no longer there"


class NotArrived(ProblemError):
    """The content that a call names has not arrived, or has been given up since."""

    code = Code.NOT_ARRIVED
    title = "The content is not here"


class TooFarBehind(ProblemError):
    """Events from that number on cannot be told."""

    code = Code.TOO_FAR_BEHIND
    title = "A fresh snapshot is needed"


class Locked(ProblemError):
    """Somebody holds the file."""

    code = Code.LOCKED
    title = "The file is checked out"

    def __init__(self, path: str, lock: Lock, *, mine: bool = False) -> None:
        who = "you" if mine else lock.locked_by
        why = f", saying “{lock.message}”" if lock.message else ""
        todo = (
            "Check it in there, or take your check-out over here." if mine else f"Please ask {lock.locked_by} for it."
        )
        super().__init__(
            f"“{path}” is checked out by {who} on {lock.computer} since {moment(lock.since)}{why}. {todo}",
            path=path,
            lock=lock,
        )


class NotYours(ProblemError):
    """The lock is not the caller's, or its token is an older one. `lock` is who holds the file now, if anybody."""

    code = Code.NOT_YOURS
    title = "You do not hold this file"

    def __init__(self, path: str, lock: Lock | None, *, mine: bool = False) -> None:
        super().__init__(_why_not_yours(path, lock, mine=mine), path=path, lock=lock)


class OldBase(ProblemError):
    """The copy comes from an older revision than the newest."""

    code = Code.OLD_BASE
    title = "There is a newer revision"

    def __init__(self, path: str, *, base: str, head: Revision) -> None:
        super().__init__(
            f"Your copy of “{path}” comes from Rev {base}, and the newest is Rev {head.number} by {head.author} of"
            f" {moment(head.at)}. Nothing was checked in. Keep your copy, get latest, and bring both together.",
            path=path,
            head=head,
        )


class Otherwise(ProblemError):
    """What the call goes by is not so, or no longer."""

    code = Code.OTHERWISE
    title = "It is otherwise by now"


class WrongOffset(ProblemError):
    """The part does not begin where the upload ends. Nothing has changed; `offset` is where it goes on."""

    code = Code.WRONG_OFFSET
    title = "The upload goes on at another place"

    def __init__(self, *, offset: int, size: int) -> None:
        super().__init__(f"{offset} of {size} bytes are here. Send on from there.", offset=offset)


class AlreadyRuns(ProblemError):
    """What somebody wants to begin is under way."""

    code = Code.ALREADY_RUNS
    title = "This is under way already"


class NotSetUp(ProblemError):
    """The server is not set up for that."""

    code = Code.NOT_SET_UP
    title = "The server is not set up for this"


class Full(ProblemError):
    """The server's disk is full."""

    code = Code.FULL
    title = "The server's disk is full"

    def __init__(self) -> None:
        super().__init__(
            "The server's disk is full, so nothing more was stored. Please tell who looks after the server."
        )


class ContentsAway(ProblemError):
    """Where the contents are cannot be reached now. `why` is for the log; it carries no key."""

    code = Code.NOT_READY
    title = "The contents cannot be reached"

    def __init__(self, why: str) -> None:
        super().__init__(
            "The server cannot reach its store of contents just now. Nothing is lost; please try again in a moment.",
            retry_after=5,
        )
        self.why = why


class NotReady(ProblemError):
    """The server cannot serve now and will soon."""

    code = Code.NOT_READY
    title = "The server is not ready"

    def __init__(self, detail: str, *, retry_after: float, missing: list[str] | None = None) -> None:
        super().__init__(detail, retry_after=retry_after)
        self.missing = missing

    def problem(self) -> Problem:
        """What the answer says, with what the server cannot reach."""
        return replace(super().problem(), missing=self.missing)


class Internal(ProblemError):
    """A fault of the server. What it was stands in its log, not in the answer."""

    code = Code.INTERNAL
    title = "The server made a mistake"

    def __init__(self) -> None:
        super().__init__("Something went wrong in the server, and it is written in its log. Please try again later.")


def moment(at: datetime) -> str:
    """A time as a sentence says it."""
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def _why_not_yours(path: str, lock: Lock | None, *, mine: bool) -> str:
    if lock is None:
        return f"“{path}” is not checked out. Nothing was changed; keep your copy and check the file out again."
    if mine:
        return (
            f"You have “{path}” checked out on {lock.computer} since {moment(lock.since)}, by a later check-out than"
            " this one. Nothing was changed; take that check-out over here first."
        )
    return (
        f"“{path}” is checked out by {lock.locked_by} on {lock.computer} since {moment(lock.since)}, not by you."
        f" Nothing was changed; keep your copy and ask {lock.locked_by}."
    )
