"""The decisions of the connection: what to do with a seq, an end, a silence, and when to dial again."""

from enum import Enum

from pdm_desktop.core.updates import TOO_OLD_ADVICE, too_old_words
from server.protocol.closing import REPLACED, CloseCode
from server.protocol.problems import Code
from server.protocol.records import dataclass

PONG_PATIENCE = 10.0
"""Seconds that a pong may take before the connection counts as dead."""
GREETING_PATIENCE = 20.0
"""Seconds that the greeting may take before the connection counts as dead: a server to which all come back is slow."""
HEAD_PATIENCE = 2.0
"""Seconds that a vault may stay behind the server's `head` before its changes are asked for."""
GAP_PATIENCE = 2.0
"""Seconds that what is missing may be asked for before it is said that not all is shown."""
CLOCK_JUMP = 15.0
"""A wall clock that is so many seconds off after a timer: the computer slept."""
FIRST_DELAY = 0.5
LONGEST_DELAY = 8.0
LONGEST_ASKED_DELAY = 60.0
"""Only when the server itself asks to wait."""
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 8.0
"""Seconds before what could not be read is asked for once more. The longest is below the 10 s of N18."""
RESTART_SPREAD = 5.0
"""Seconds over which all seats come back to a server that restarts."""


class Step(Enum):
    """What to do with an event."""

    APPLY = "apply"
    DROP = "drop"
    """It is known already."""
    GAP = "gap"
    """Events before it are missing: ask for them."""


def step(known: int, seq: int) -> Step:
    """What an event is to a seat that has applied everything up to `known`."""
    if seq <= known:
        return Step.DROP
    return Step.APPLY if seq == known + 1 else Step.GAP


class Next(Enum):
    """What follows the end of a connection."""

    COME_BACK = "come back"
    WAIT = "wait"
    """Come back when the server wants it: it is busy or not ready."""
    SPREAD = "spread"
    """Come back within a few seconds: the server restarts, and everybody comes."""
    SIGN_IN = "sign in"
    STOP = "stop"
    """This seat is in use elsewhere, or must not come: do not dial."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What follows, and why, in words for a person."""

    next: Next
    words: str
    advice: str | None = None
    """What to do, where that is not to try again."""
    wait: float | None = None
    """Seconds that the server asked for."""


def after_close(code: int | None, reason: str = "") -> Ending:
    """What follows a connection that was open. `code` is None when it broke without a word."""
    match code:
        case CloseCode.NORMAL if reason == REPLACED:
            return Ending(next=Next.STOP, words="This seat is in use in another window or on another computer.")
        case CloseCode.SIGNED_OUT:
            return after_sign_out()
        case CloseCode.RESTART:
            return Ending(next=Next.SPREAD, words="The server restarts.")
        case CloseCode.BUSY:
            return Ending(next=Next.WAIT, words="The server is busy and asks to wait.")
        case CloseCode.TOO_SLOW:
            return Ending(next=Next.COME_BACK, words="This computer could not follow; it catches up.")
        case _:
            return Ending(next=Next.COME_BACK, words="The connection to the server was lost.")


def after_refusal(status: int, *, code: str = "", retry_after: float | None = None) -> Ending:
    """What follows an HTTP answer instead of a WebSocket.

    `code` is that of the problem in it. Without one it is the word of something on the way, and that may pass.
    """
    match status:
        case 401 if code == Code.NOT_SIGNED_IN.word:
            return after_sign_out()
        case 403 if code:
            return Ending(next=Next.STOP, words="The server does not accept this seat. Sign in again.")
        case 429 | 503:
            return Ending(next=Next.WAIT, words="The server asks to wait.", wait=retry_after)
        case _:
            return Ending(next=Next.COME_BACK, words=f"The server answered {status} instead of connecting.")


def after_sign_out() -> Ending:
    """What follows the word of the server that this session is over."""
    return Ending(next=Next.SIGN_IN, words="Your sign-in has ended. Sign in again.")


def after_another_server(address: str) -> Ending:
    """What follows a greeting of another server than the one that this session is of."""
    return Ending(next=Next.SIGN_IN, words=f"Another server answers at {address} now. Sign in again.")


def after_too_old(own: str, oldest: str) -> Ending:
    """What follows a greeting of a server that serves only newer seats than this one."""
    return Ending(next=Next.STOP, words=too_old_words(own, oldest), advice=TOO_OLD_ADVICE)


def delay(ending: Ending, attempt: int, chance: float) -> float:
    """Seconds to wait before dialling. `attempt` counts from 0 since it last worked; `chance` is random in [0, 1)."""
    match ending.next:
        case Next.SPREAD if attempt == 0:
            return chance * RESTART_SPREAD
        case Next.WAIT:
            asked = min(ending.wait or 0.0, LONGEST_ASKED_DELAY)
            return asked + chance * min(LONGEST_ASKED_DELAY - asked, FIRST_DELAY * 2.0 ** min(attempt, 10))
        case _:
            return chance * min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(attempt, 10))


def pause(failures: int) -> float:
    """Seconds before what has failed so many times in a row, once at least, is asked for again."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures - 1, 10))


def has_slept(wall_elapsed: float, expected: float) -> bool:
    """The wall clock went much further than a timer should have taken: the computer slept. Seconds."""
    return abs(wall_elapsed - expected) > CLOCK_JUMP
