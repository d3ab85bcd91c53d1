"""Which settings an administrator has fixed for everybody at this computer."""

from server.protocol.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """What a person sees, and cannot change."""

    server: bool = False
    workspace: bool = False
    notices: bool = False
    limit_up: bool = False
    limit_down: bool = False


NOTHING_FIXED = Fixed()
