"""Why a WebSocket ended, by its close code (RFC 6455, 7.4, and one of our own)."""

from enum import IntEnum


class CloseCode(IntEnum):
    """Close codes after the upgrade and what the seat does on each."""

    NORMAL = 1000
    """Signed off, or another connection of the same seat took over (reason `replaced`): do not dial again."""
    GOING_AWAY = 1001
    BAD_DATA = 1007
    """Too many messages that were no JSON."""
    SIGNED_OUT = 1008
    """The session is over: go to sign-in."""
    TOO_BIG = 1009
    INTERNAL = 1011
    RESTART = 1012
    """The server restarts: come back, spread over 5 s."""
    BUSY = 1013
    """Come back later, up to 60 s."""
    TOO_SLOW = 4008
    """More than 1 MiB waited unread: come back and resume."""


REPLACED = "replaced"
"""The reason beside NORMAL when another connection of the same seat took over."""
