"""Everything that concerns one person alone, in one answer: what a seat asks for whenever it is connected."""

from server.protocol.calls.handover import Line, Request
from server.protocol.calls.inbox import InboxEntry
from server.protocol.calls.watches import Hearing, Watch
from server.protocol.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MyLists:
    """My lists, as they are at one moment."""

    requests: list[Request]
    """To me and by me, that wait for an answer, the oldest first."""
    lines: list[Line]
    """Those in which I wait, whole, by vault and path."""
    watches: list[Watch]
    """What I watch in vaults that I may read, the oldest watch first."""
    hearing: Hearing
    messages: list[InboxEntry]
    """Those of administrators that I have not acknowledged, the oldest first."""
