"""Everybody's seats: the end of one, and how one is described."""

from typing import Any, ClassVar

from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.core.office.topics import PEOPLE, SEATS, Topic
from server.protocol.calls import SeatOf
from server.protocol.records import dataclass
from server.protocol.versions import numbers_of


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSeat(OfficeRequest):
    """Somebody has to sign in there again."""

    topics: ClassVar[tuple[Topic[Any], ...]] = (SEATS, PEOPLE)

    seat: str
    whose: str

    @property
    def done(self) -> str:
        """Said when it is done."""
        return f"{self.whose} has to sign in there again."


def is_old(seat: SeatOf, newest: str) -> bool:
    """Whether a newer program than that of the seat is known."""
    return seat.version is not None and bool(newest) and numbers_of(seat.version) < numbers_of(newest)


def place_words(seat: SeatOf) -> str:
    """The computer, or that it is a browser."""
    return "Browser" if seat.browser else seat.computer or ""


def end_words(seat: SeatOf, *, mine: bool, here: bool) -> str:
    """What happens when it is ended; `mine`: the reader's own, `here`: the very one on which it is read."""
    who = "You are" if mine else f"{seat.person} is"
    more = " This is where you are now." if here else ""
    return f"{who} signed out there within seconds, and may sign in again. Check-outs and local work stay.{more}"
