"""What every wish that goes to the server's office has in common, and how a list is looked at."""

from typing import Any, ClassVar

from pdm_desktop.core.office.topics import Topic
from server.protocol.records import dataclass

Query = tuple[tuple[str, str], ...]
"""Names and values that narrow a list, in the words of the contract."""


class OfficeRequest:
    """A wish for the server that is no work on files. Each is a frozen class of its own."""

    __slots__ = ()

    topics: ClassVar[tuple[Topic[Any], ...]] = ()
    """Lists that are others when it is done: those that are shown are read again at once."""

    tells_trouble: ClassVar[bool] = True
    """Whether a person is told when it could not be done; who only tries something sees it where the trial stands."""

    @property
    def done(self) -> str:
        """What a person is told when it is done; empty: it can be seen."""
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look(OfficeRequest):
    """Show a list, and keep it as it is on the server until somebody looks away. Another query takes its place."""

    topic: Topic[Any]
    query: Query = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAway(OfficeRequest):
    """Show a list no longer."""

    topic: Topic[Any]
