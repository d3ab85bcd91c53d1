"""Who is signed in, and how the connection to the server stands."""

from datetime import datetime
from enum import Enum

from server.protocol.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The signed-in person on this seat."""

    person: str
    administrator: bool
    server: str
    """The server's id: it stays the same server under another address."""
    address: str
    """The server's address, as `https://pdm.example:8443`."""
    server_name: str
    seat: str
    computer: str
    workspace: str = ""
    """The folder of the local copies; empty: not known yet."""
    kept: bool = True
    """The sign-in outlives the program: a keyring holds it."""


class Phase(Enum):
    """How the connection stands; the value is what the status bar says."""

    SIGNED_OUT = "Signed out"
    CONNECTING = "Connecting"
    CATCHING_UP = "Catching up"
    IN_STEP = "In step"
    OFFLINE = "Offline"
    WAITING = "Server asks to wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """The phase, since when, and what more there is to say of it."""

    phase: Phase
    since: datetime
    detail: str = ""
    """Why, for a person: "No server answers at https://pdm.example."""
    behind: int = 0
    """Changes still to come while catching up."""
    next_try: datetime | None = None
    """When it is dialled again."""
    in_step_until: datetime | None = None
    """When what is shown was last known to be true, by an earlier run too. None: never, or it is true now."""

    @property
    def known(self) -> bool:
        """What is shown is true now."""
        return self.phase is Phase.IN_STEP
