"""Foreign errors into those of `core.errors`, once, at the edge: problems of the server, httpx, TLS."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import httpx
import msgspec

from pdm_desktop.core import errors
from pdm_desktop.core.words import clock_or_day
from server.protocol.problems import Code, Problem

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding an answer raises that is none."""

_KINDS: dict[str, type[errors.Refused]] = {
    Code.FORBIDDEN_NAME.word: errors.ForbiddenPath,
    Code.AGAINST_RULE.word: errors.AgainstRule,
    Code.INVALID.word: errors.Refused,
    Code.NOT_SIGNED_IN.word: errors.NotSignedIn,
    Code.WRONG_PASSWORD.word: errors.SignInRefused,
    Code.WRONG_CODE.word: errors.SignInRefused,
    Code.CODE_EXPIRED.word: errors.SignInRefused,
    Code.TOKEN_NEEDED.word: errors.TokenNeeded,
    Code.PASSWORD_EXISTS.word: errors.PasswordKnown,
    Code.TOKEN_REFUSED.word: errors.GitlabRefused,
    Code.GITLAB_FORBIDS.word: errors.GitlabRefused,
    Code.GITLAB_BUSY.word: errors.GitlabRefused,
    Code.GITLAB_TROUBLE.word: errors.GitlabRefused,
    Code.GITLAB_AWAY.word: errors.GitlabRefused,
    Code.GITLAB_SLOW.word: errors.GitlabRefused,
    Code.FORBIDDEN.word: errors.NotAllowed,
    Code.FOREIGN_SEAT.word: errors.NotAllowed,
    Code.NOT_FOUND.word: errors.Missing,
    Code.OTHERWISE.word: errors.Otherwise,
    Code.LAST_ADMINISTRATOR.word: errors.Refused,
    Code.NAME_TAKEN.word: errors.NameTaken,
    Code.SEAT_TAKEN.word: errors.SeatTaken,
    Code.GONE.word: errors.Missing,
    Code.NOT_ARRIVED.word: errors.NotArrived,
    Code.TOO_FAR_BEHIND.word: errors.TooFarBehind,
    Code.TOO_LARGE.word: errors.TooLarge,
    Code.ALREADY_RUNS.word: errors.Refused,
    Code.NOT_SET_UP.word: errors.Refused,
    Code.BAD_REQUEST.word: errors.NotUnderstood,
    Code.FOREIGN_ORIGIN.word: errors.NotUnderstood,
    Code.METHOD_NOT_ALLOWED.word: errors.NotUnderstood,
    Code.WRONG_OFFSET.word: errors.NotUnderstood,
    Code.UNSUPPORTED.word: errors.NotUnderstood,
    Code.BAD_RANGE.word: errors.NotUnderstood,
    Code.KEY_REUSED.word: errors.NotUnderstood,
    Code.TOO_MANY.word: errors.TooManyTries,
}
"""What each problem is to a person; `_error_of` knows some more exactly. A test takes every code of the server."""
_NOT_UNDERSTOOD = "Nothing was changed. Try again. If it stays so, tell an administrator, with these words."
_ADVICE = {
    Code.WRONG_PASSWORD.word: "Check the name and type the password again.",
    Code.FORBIDDEN.word: "Ask an administrator for the role that you need.",
    Code.AGAINST_RULE.word: "Nothing was changed, and your work stays as it is.",
    Code.NAME_TAKEN.word: "Choose another name.",
    Code.OLD_BASE.word: "Your work stays in the workspace. Undo the check-out (your work goes to the recovery store), "
    "then check out again.",
    Code.TOO_LARGE.word: "Ask an administrator about the size limit.",
    Code.NOT_SIGNED_IN.word: "Sign in again.",
}


def from_response(status: int, body: bytes) -> errors.Told:
    """The error in an answer that is no success."""
    problem = problem_in(body)
    return _without_problem(status) if problem is None else from_problem(problem)


def problem_in(body: bytes | bytearray) -> Problem | None:
    """What the server says in an answer that is no success; None: it is the answer of something else."""
    try:
        return msgspec.json.decode(body, type=Problem)
    except UNREADABLE:
        return None


def from_problem(problem: Problem) -> errors.Told:
    """The error that a problem of the server is for a person."""
    error = _error_of(problem)
    error.path = problem.path
    return error


def _error_of(problem: Problem) -> errors.Told:
    match problem.code:
        case Code.LOCKED.word:
            return errors.Held(_held(problem), lock=problem.lock, advice="Wait until it is free, or ask for it.")
        case Code.NOT_YOURS.word:
            return errors.NotYours(problem.detail, lock=problem.lock, advice=_where_it_is(problem))
        case Code.OLD_BASE.word:
            return errors.OldBase(problem.detail, head=problem.head, advice=_where_it_is(problem))
        case Code.GONE.word if problem.parked is not None:
            return errors.Missing(problem.detail, advice=_where_it_is(problem))
        case Code.WRONG_HASH.word:
            return errors.Spoiled(problem.detail, advice="Nothing has changed. Try again.")
        case Code.WRONG_OFFSET.word if problem.offset is not None:
            return errors.WrongOffset(problem.detail, offset=problem.offset)
        case Code.TOO_MANY.word:
            return errors.TooManyTries(problem.detail, advice=_wait_advice(problem.retry_after))
        case _:
            return _of_server(problem) or _of_its_kind(problem)


def _of_its_kind(problem: Problem) -> errors.Told:
    """By the code alone. Words about a call are for who looks for the fault: a person reads whose fault it is first."""
    kind = _KINDS.get(problem.code, errors.BadAnswer)
    if kind is errors.NotUnderstood:
        text = f"The server does not understand what this seat asks of it: “{problem.detail}”"
        return errors.NotUnderstood(text, advice=_NOT_UNDERSTOOD)
    return kind(problem.detail, advice=_ADVICE.get(problem.code))


def _of_server(problem: Problem) -> errors.Told | None:
    """What the server cannot do now, or not at all."""
    match problem.code:
        case Code.TOO_MANY_UPLOADS.word:
            return errors.TooManyUploads(
                problem.detail, advice="Nothing is lost here. Try again when your other transfers are done.", sent=False
            )
        case Code.NOT_READY.word:
            return errors.ServerBusy(problem.detail, wait=problem.retry_after, advice="Try again in a moment.")
        case Code.FULL.word:
            return errors.ServerTrouble(problem.detail, advice="Nothing is lost here. Tell an administrator.")
        case Code.INTERNAL.word:
            return errors.ServerTrouble(problem.detail, advice="Try again. If it stays so, tell an administrator.")
        case _:
            return None


@contextmanager
def told(address: str) -> Iterator[None]:
    """What httpx raises here becomes an error for a person. `address` is the server's."""
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, *UNREADABLE) as error:
        raise unreachable(error, address) from error


def unreachable(error: BaseException, address: str) -> errors.Told:
    """No answer, or none that could be read."""
    if isinstance(error, UNREADABLE):
        return stranger(address)
    if (certificate := _certificate_trouble(error)) is not None:
        return errors.UnknownCertificate(
            f"The certificate of {address} is not trusted here: {certificate}.",
            advice="Ask an administrator to install the server's certificate on this computer.",
            sent=False,
        )
    return errors.Unreachable(
        f"No server answers at {address}.",
        advice="Check the network and the address.",
        sent=not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout),
    )


def stranger(address: str) -> errors.Stranger:
    """The answer of something else."""
    return errors.Stranger(
        f"What answers at {address} is no server of PDM Desktop, or one of another version.",
        advice="Check the address.",
    )


def _where_it_is(problem: Problem) -> str:
    """Where the bytes of a refused check-in are, and how to go on."""
    if problem.parked is None:
        return _ADVICE.get(problem.code, "Your work stays in the workspace.")
    return "“Parked versions…” in the account's menu goes on with it. Your work also stays in the workspace."


def _held(problem: Problem) -> str:
    lock = problem.lock
    if lock is None:
        return problem.detail
    since = clock_or_day(lock.since, datetime.now().astimezone())
    name = (problem.path or "this file").rpartition("/")[2]
    why = f": {lock.message}" if lock.message else ""
    return f"{lock.locked_by} has {name} on {lock.computer} since {since}{why}."


def _wait_advice(seconds: float | None) -> str:
    return f"Wait {max(1, round(seconds))} s and try again." if seconds else "Wait a little and try again."


def _without_problem(status: int) -> errors.Told:
    match status:
        case 502 | 503 | 504:
            return errors.ServerBusy("The server is not ready.", advice="Try again in a moment.")
        case _ if status >= 500:
            return errors.ServerTrouble(f"The server answered {status}.", advice="Try again, or tell an administrator.")
        case _:
            return errors.Stranger(
                f"What answers there is no server of PDM Desktop (it said {status}).", advice="Check the address."
            )


def _certificate_trouble(error: BaseException) -> str | None:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message or "it could not be verified"
        cause = cause.__cause__ or cause.__context__
    return "it could not be verified" if "CERTIFICATE_VERIFY_FAILED" in str(error) else None
