"""Messages of administrators to one person or all."""

from typing import Any, ClassVar

from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.core.office.topics import MESSAGES, Topic
from server.protocol.calls import SentMessage
from server.protocol.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TellPeople(OfficeRequest):
    """Tell one person something, or everybody who may sign in."""

    topics: ClassVar[tuple[Topic[Any], ...]] = (MESSAGES,)

    text: str
    to: str | None
    """None: everybody."""

    @property
    def done(self) -> str:
        """Said when it is done."""
        return f"The message to {self.to or 'everybody'} is sent."


def receivers_words(message: SentMessage) -> str:
    """To whom it went."""
    return "Everybody" if message.everybody else message.to or ""


def acknowledged_words(message: SentMessage) -> str:
    """`Yes` or `Not yet` of one, `3 of 8` of all."""
    if not message.everybody:
        return "Yes" if message.acknowledged else "Not yet"
    return f"{message.acknowledged:,} of {message.receivers:,}"
