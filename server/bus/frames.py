"""A hint on its way between nodes, as small JSON: which node says it, which kind it is, and what it says."""

from typing import Any

import msgspec

from server.bus.base import (
    AccessHint,
    AliveHint,
    AskHint,
    ChangedHint,
    Hint,
    InboxHint,
    LostHint,
    ReportsHint,
    SeatsHint,
    SessionHint,
    TryHint,
    TurnHint,
    VaultHint,
)

_KINDS: dict[str, type[Any]] = {
    "vault": VaultHint,
    "inbox": InboxHint,
    "access": AccessHint,
    "changed": ChangedHint,
    "session": SessionHint,
    "lost": LostHint,
    "seats": SeatsHint,
    "alive": AliveHint,
    "ask": AskHint,
    "reports": ReportsHint,
    "turn": TurnHint,
    "try": TryHint,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


class Unreadable(ValueError):
    """No frame of this version: of another program, or of another version of this one."""


def frame_of(hint: Hint, *, sender: str) -> bytes:
    """The frame. Raises KeyError for a hint that is for one node alone."""
    return msgspec.json.encode((sender, _NAMES[type(hint)], hint))


def hint_in(frame: bytes) -> tuple[str, Hint]:
    """Who says it, and what. Raises Unreadable."""
    try:
        sender, kind, said = msgspec.json.decode(frame, type=tuple[str, str, msgspec.Raw])
        hint: Hint = msgspec.json.decode(said, type=_KINDS[kind])
    except (msgspec.DecodeError, KeyError) as error:
        raise Unreadable(str(error)) from error
    return sender, hint
