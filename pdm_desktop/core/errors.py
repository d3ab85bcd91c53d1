"""Every error that a person can meet, in one tree: a title, what is so, and what to do.

Told
├── Refused             nothing has changed, and asking again changes nothing
│   ├── Held            somebody has the file
│   ├── NotYours        the lock is not this seat's (any more)
│   ├── OldBase         a newer revision is there
│   ├── Missing         the file, or its revision, is not there (any more)
│   ├── NotArrived      the content of a revision is not on the server (any more)
│   ├── Otherwise       what was asked goes by something that is not so (any more)
│   ├── NameTaken  ForbiddenPath  AgainstRule  TooLarge  NotAllowed  TooFarBehind
│   ├── SignInRefused   wrong password, wrong code
│   │   └── SeatTaken  TokenNeeded  GitlabRefused  PasswordKnown
│   ├── NotSignedIn
│   ├── AddressRefused  plain HTTP, or no address at all
│   ├── TooOldSeat
│   ├── TooManyTries    a password or a code was wrong too often
│   ├── NotUnderstood   the server does not understand what this seat asks
│   └── BadAnswer       an answer was not understood
├── Unreachable         no answer: the change may or may not have happened
│   ├── Stranger        something else answers there
│   ├── UnknownCertificate
│   ├── ServerBusy
│   └── ServerTrouble
│       └── TooManyUploads
├── Spoiled             content that is not what it should be; ask again
└── Local               this computer
    ├── DiskFull  InUse  StillOpen  KeepsChanging  NotHere  WorkspaceBusy  AnothersWorkspace  NoProgram  NotWritable
    ├── NotSaved
    ├── IsProgram           what is not opened from here, because it would act by itself
    ├── Halfway             the server has done it, and only this computer's end is left
    ├── Cancelled  OnHold   the person wants it so
    ├── Suspicious  TwoVersions  LookAgain      a person has to decide first
    └── NoKeyring
"""

from copy import copy
from pathlib import PurePath
from typing import ClassVar, TypeVar

from pdm_desktop.core.results import Trouble
from server.protocol.vault import Lock, Revision


class Told(Exception):
    """What a person is told: `text` says what is so, `advice` what to do."""

    title: ClassVar[str] = "That did not work"

    def __init__(self, text: str, *, advice: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.advice = advice
        self.path: str | None = None
        """The file of a vault that it is about, where a command is about several."""

    @property
    def trouble(self) -> Trouble:
        """The same, as the window shows it."""
        return Trouble(title=self.title, text=self.text, advice=self.advice)


_T = TypeVar("_T", bound=Told)


def retold(error: _T, text: str, *, advice: str | None) -> _T:
    """The same error in other words."""
    told = copy(error)
    told.text, told.advice, told.args = text, advice, (text,)
    return told


def unexpected(error: BaseException) -> Trouble:
    """What a person is told of an error that nobody foresaw."""
    return Trouble(
        title="Something unexpected happened",
        text=f"{type(error).__name__}: {error}",
        advice="Nothing is lost. Try again; the log says more.",
    )


class Refused(Told):
    """The server said no: nothing has changed."""

    title = "The server said no"


class Held(Refused):
    """Somebody has the file. `lock` says who, when the server did."""

    title = "Somebody has this file"

    def __init__(self, text: str, *, lock: Lock | None = None, advice: str | None = None) -> None:
        super().__init__(text, advice=advice)
        self.lock = lock


class NotYours(Held):
    """The lock is not this seat's, or not any more."""

    title = "You do not have this file"


class OldBase(Refused):
    """The vault has a newer revision than the one that the local copy came from."""

    title = "A newer revision is there"

    def __init__(self, text: str, *, head: Revision | None = None, advice: str | None = None) -> None:
        super().__init__(text, advice=advice)
        self.head = head


class Missing(Refused):
    """It is not there, or not any more."""

    title = "It is not there"


class NotArrived(Refused):
    """The server has the content of a new file or revision not, or not any more: it has to be sent again."""

    title = "The content is not on the server"


class Otherwise(Refused):
    """What was asked goes by something that is not so, or no longer: the file is free, a request is over."""

    title = "It is otherwise by now"


class NameTaken(Refused):
    """Another file has that path."""

    title = "That name is taken"


class ForbiddenPath(Refused):
    """No file of a vault, and nothing in a workspace, may be called so."""

    title = "That name cannot be used"


class AgainstRule(Refused):
    """A rule of the vault does not allow it."""

    title = "A rule of the vault does not allow it"


class WrongOffset(Refused):
    """The upload goes on elsewhere: at `offset`."""

    title = "The upload goes on elsewhere"

    def __init__(self, text: str, *, offset: int) -> None:
        super().__init__(text, advice="Try again.")
        self.offset = offset


class TooLarge(Refused):
    """More than the server takes."""

    title = "This file is too large"


class NotAllowed(Refused):
    """The person's role does not include it."""

    title = "You may not do this"


class TooFarBehind(Refused):
    """The changes asked for are no longer kept: a snapshot has to be read."""

    title = "This seat is far behind"


class SignInRefused(Refused):
    """The name, the password, or the code."""

    title = "You are not signed in"


class SeatTaken(SignInRefused):
    """This seat's id belongs to somebody else on that server."""

    title = "This seat belongs to somebody else"


class TokenNeeded(SignInRefused):
    """The password is right, and an administrator wants to see the token of GitLab as well."""

    title = "Your GitLab token is needed this time"


class GitlabRefused(SignInRefused):
    """GitLab does not say who it is, or not now."""

    title = "GitLab did not say who you are"


class PasswordKnown(SignInRefused):
    """A token is for a first sign-in alone."""

    title = "You have a password already"


class NotSignedIn(Refused):
    """The session is over."""

    title = "Your sign-in has ended"


class AddressRefused(Refused):
    """No address of a server, or one that is not safe."""

    title = "This address cannot be used"


class TooOldSeat(Refused):
    """The server serves only newer seats."""

    title = "PDM Desktop is too old for this server"


class TooManyTries(Refused):
    """A password, a code or a token was wrong too often: the next try has to wait. It says nothing of the sign-in."""

    title = "Too many tries"


class NotUnderstood(Refused):
    """The server does not understand what this seat asks: one of the two is of another version, or has a fault."""

    title = "The server did not understand this"


class BadAnswer(Refused):
    """An answer was not understood."""

    title = "The answer was not understood"


class Unreachable(Told):
    """No answer came. `sent`: what was asked may have happened; without it, it has not."""

    title = "No connection to the server"

    def __init__(self, text: str, *, advice: str | None = None, sent: bool = True) -> None:
        super().__init__(text, advice=advice)
        self.sent = sent


class Stranger(Unreachable):
    """What answers is no server of this kind: a wrong address, or a portal on the way. It is no verdict."""

    title = "No server of PDM Desktop answers there"


class UnknownCertificate(Unreachable):
    """The server's certificate is not trusted on this computer."""

    title = "This server is not known to be safe"


class ServerBusy(Unreachable):
    """The server asks to wait. `wait`: seconds, when it said so."""

    title = "The server asks to wait"

    def __init__(self, text: str, *, wait: float | None = None, advice: str | None = None) -> None:
        super().__init__(text, advice=advice)
        self.wait = wait


class ServerTrouble(Unreachable):
    """The server could not do it: its disk is full, or it broke."""

    title = "The server has a problem"


class TooManyUploads(ServerTrouble):
    """This person has as many unfinished uploads as the server keeps: each ends in time."""

    title = "Too many transfers are not finished"


class Spoiled(Told):
    """What arrived is not what was sent."""

    title = "The content did not arrive whole"


class Local(Told):
    """This computer, its disk and its programs."""

    title = "This computer cannot do it"


class DiskFull(Local):
    """No room."""

    title = "The disk is full"


class InUse(Local):
    """A program has the file open and lets nobody at it. `places`: where, in the workspace."""

    title = "The file is in use"
    places: tuple[PurePath, ...] = ()


class StillOpen(Local):
    """A program may still write the file, and what was asked does not wait for that."""

    title = "The file is still open"


class KeepsChanging(Local):
    """The file is being written."""

    title = "The file keeps changing"


class Suspicious(Local):
    """The file looks like an accident, not like an edit."""

    title = "This does not look like an edit"


class TwoVersions(Local):
    """The file was edited here while the vault went on: a person has to choose first."""

    title = "There are two versions"


class LookAgain(Local):
    """What was decided was about something that is not so any more."""

    title = "It has changed meanwhile"


class NotHere(Local):
    """This computer has no copy."""

    title = "The file is not on this computer"


class NotWritable(Local):
    """The operating system does not allow to write, or to set the read-only attribute."""

    title = "The workspace cannot be written"


class NotSaved(Local):
    """A file that the person wanted somewhere could not be written there."""

    title = "The file is not saved"


class Occupied(NotWritable):
    """Another file's copy is where content belongs: that goes by its own rules, or stays."""


class WorkspaceBusy(Local):
    """Another seat works in this workspace."""

    title = "The workspace is in use"


class AnothersWorkspace(Local):
    """The workspace belongs to another person."""

    title = "The workspace is somebody else's"


class NoProgram(Local):
    """No program opens this kind of file."""

    title = "Nothing opens this file"


class IsProgram(Local):
    """The file would be carried out, not shown. A link, or a double click, is no wish for that."""

    title = "Programs are not opened from here"


class Halfway(Local):
    """The server has done it. What stops this computer's end of it will not pass by itself at once."""


class Cancelled(Local):
    """The person did not want it any longer. `whole`: nothing has changed; without it, `text` says what has."""

    title = "Cancelled by you"

    def __init__(self, text: str, *, advice: str | None = None, whole: bool = True) -> None:
        super().__init__(text, advice=advice)
        self.whole = whole


class OnHold(Local):
    """The person has paused what it needs: it is tried again when that is over."""

    title = "Paused by you"


class NotInstalled(Local):
    """An update was not installed."""

    title = "The update was not installed"


class NoKeyring(Local):
    """There is no safe place for the sign-in, or it is locked."""

    title = "The sign-in cannot be kept"
