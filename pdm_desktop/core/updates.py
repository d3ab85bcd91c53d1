"""Whether this seat is as new as its server wants it, and what a person can do about it. Pure."""

from dataclasses import replace
from enum import Enum

from pdm_desktop.core import words
from pdm_desktop.core.notices import Notice
from pdm_desktop.core.results import Trouble
from pdm_desktop.product import NAME
from server.protocol.calls import Installer
from server.protocol.records import dataclass
from server.protocol.versions import is_version, newest_of, numbers_of

TOO_OLD_ADVICE = "Install the newer version; your work stays in the workspace."
LARGEST = 1 << 30
"""Bytes: an installer that is said to be larger is none of ours."""
SOONEST, LATEST = 60.0, 300.0
"""Seconds after which a seat that its server does not serve asks once more whether that is still so."""


class Need(Enum):
    """How much this seat needs an update."""

    NONE = "none"
    AVAILABLE = "available"
    REQUIRED = "required"
    """The server serves only newer ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What this seat is, as far as it matters for its update."""

    version: str
    publisher: str
    """Whose signature an update must carry; empty: nobody signed this build, and it can tell no update from another."""
    installs: bool
    """This system installs an MSI."""
    wanted: bool
    """The administrator of this computer lets the seat offer updates itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a server says of seats."""

    oldest: str
    newest: str
    offered: Installer | None = None
    """The installer that it has."""


class Stage(Enum):
    """How far an update has come on this computer."""

    IDLE = "idle"
    FETCHING = "fetching"
    ASKING = "asking"
    """Windows asks whether this program may change the computer."""
    INSTALLING = "installing"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """Where this seat stands."""

    need: Need = Need.NONE
    own: str = ""
    version: str = ""
    """The version to be had; what this seat can install itself, if it can."""
    installer: Installer | None = None
    """What this seat can install itself; None: somebody else has to."""
    stage: Stage = Stage.IDLE
    done: int = 0
    """Bytes that have been fetched."""
    trouble: Trouble | None = None
    """Why it failed."""

    @property
    def runs(self) -> bool:
        """Something is being done about it."""
        return self.stage in (Stage.FETCHING, Stage.ASKING, Stage.INSTALLING)


def is_too_old(own: str, oldest: str) -> bool:
    """Whether a server that serves seats from `oldest` on serves this one no more."""
    return numbers_of(own) < numbers_of(oldest)


def too_old_words(own: str, oldest: str) -> str:
    """What is so when a server does not serve this seat."""
    return f"The server needs {NAME} {oldest} or newer; this is {own}."


def update_for(build: Build, told: Said) -> Update:
    """What a seat needs of what its server says.

    Where an administrator has switched updates off, an available one is not even mentioned: somebody else brings it.
    A required one always is, since the person cannot work without it.
    """
    if is_too_old(build.version, told.oldest):
        need = Need.REQUIRED
    elif is_too_old(build.version, told.newest) and build.wanted:
        need = Need.AVAILABLE
    else:
        return Update(own=build.version)
    installer = told.offered if _can_install(build, told) else None
    version = newest_of(told.newest, told.oldest) if installer is None else installer.version
    return Update(need=need, own=build.version, version=version, installer=installer)


def moved(update: Update, stage: Stage, *, done: int = 0, trouble: Trouble | None = None) -> Update:
    """The same update, so far."""
    return replace(update, stage=stage, done=done, trouble=trouble)


def asks_again_in(chance: float) -> float:
    """Seconds until a seat that is not served asks again. `chance` is random in [0, 1): not all seats ask at once."""
    return SOONEST + chance * (LATEST - SOONEST)


def _can_install(build: Build, told: Said) -> bool:
    offered = told.offered
    if offered is None or not (build.installs and build.publisher and build.wanted):
        return False
    if not is_version(offered.version) or not 0 < offered.size <= LARGEST:
        return False
    return is_too_old(build.version, offered.version) and not is_too_old(offered.version, told.oldest)


def title_of(update: Update) -> str:
    """What is so, in one sentence."""
    if update.need is Need.REQUIRED:
        return f"This server needs {NAME} {update.version}."
    return f"{NAME} {update.version} is available."


def sentence_of(update: Update) -> str:
    """How far it is, and what to do."""
    match update.stage:
        case Stage.FETCHING:
            size = 0 if update.installer is None else update.installer.size
            return f"It is being fetched: {words.part(update.done, size)}."
        case Stage.ASKING:
            return "Windows asks for your agreement, or for an administrator's password."
        case Stage.INSTALLING:
            return "It is being installed. This window closes by itself and comes back."
        case Stage.FAILED if update.trouble is not None:
            return " ".join(part for part in (update.trouble.text, update.trouble.advice) if part)
        case _:
            return _what_to_do(update)


def _what_to_do(update: Update) -> str:
    here = f"You have {update.own}."
    if update.installer is not None:
        rest = " Your work stays in the workspace." if update.need is Need.REQUIRED else " Installing takes a minute."
    elif update.need is Need.REQUIRED:
        rest = " Ask who looks after this computer to install it. Your work stays in the workspace."
    else:
        rest = " Who looks after this computer installs it."
    return here + rest


def update_notice(update: Update) -> Notice:
    """What the desktop is told, once for each version."""
    return Notice(title=title_of(update), text=_what_to_do(update), urgent=update.need is Need.REQUIRED)
