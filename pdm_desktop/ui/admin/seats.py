"""The tab Seats: everybody's seats and browsers, how old their programs are, and the end of a sign-in."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from PySide6.QtWidgets import QComboBox

from pdm_desktop.core.office import topics
from pdm_desktop.core.office.seats import EndSeat, end_words, is_old, place_words
from pdm_desktop.core.requests import Request
from pdm_desktop.state.store import Store
from pdm_desktop.ui import icons, theme
from pdm_desktop.ui.admin.frame import ListFrame, ListOf, time_cell
from pdm_desktop.ui.admin.selection import Action, exactly_one
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.browser.empty import Nothing
from pdm_desktop.ui.messages import ask
from pdm_desktop.ui.office import OfficePage
from pdm_desktop.ui.presence import presence_cell
from pdm_desktop.ui.rows import Cell, Column
from pdm_desktop.ui.theme import Tone
from pdm_desktop.ui.widgets import column, label
from server.protocol.calls import SeatOf, SeatsOfAll
from server.protocol.versions import numbers_of

ALL, ONLINE, SIGNED_IN, OLD = "All seats", "Online", "Signed in", "Older program"


class SeatsPage(OfficePage):
    """Where people are signed in."""

    def __init__(
        self, store: Store, bridge: Bridge, submit: Callable[[Request], None], clock: Callable[[], datetime]
    ) -> None:
        super().__init__(store, bridge, submit, clock, [topics.SEATS])
        self._which = QComboBox()
        self._which.addItems([ALL, ONLINE, SIGNED_IN, OLD])
        self._which.setAccessibleName("Which seats")
        self._which.setFixedHeight(theme.FIELD)
        self._which.currentTextChanged.connect(lambda _: self._narrow())
        self.newest = label("", second=True)
        end: Action[SeatOf] = Action(text="End…", press=lambda rows: self._ask_end(rows[0]), lacks=_lacks_end)
        self.frame: ListFrame[SeatOf] = ListFrame(
            store, bridge, clock, self._list(), actions=[end], filters=[self._which], beside=[self.newest]
        )
        self.setLayout(column(self.frame, gap=0))

    def refresh(self) -> None:
        """Show the seats of now."""
        known = self.store.office.known(topics.SEATS)
        seats = self._seats()
        self.newest.setText(self._newest_words())
        self.frame.show_reading(known, [] if seats is None else seats.seats)

    def show_person(self, name: str) -> None:
        """Show the seats of one person."""
        self._which.setCurrentText(ALL)
        self.frame.filter.setText(name)

    def _seats(self) -> SeatsOfAll | None:
        known = self.store.office.known(topics.SEATS)
        return None if known is None else known.value

    def _newest(self) -> str:
        seats = self._seats()
        return "" if seats is None else seats.newest

    def _newest_words(self) -> str:
        newest, seats = self._newest(), self._seats()
        if not newest or seats is None:
            return ""
        old = sum(is_old(each, newest) for each in seats.seats)
        return f"Newest program: {newest}; older on {old:,} of {len(seats.seats):,}"

    def _narrow(self) -> None:
        match self._which.currentText():
            case "Online":
                self.frame.narrow(rule=lambda each: each.online)
            case "Signed in":
                self.frame.narrow(rule=lambda each: each.signed_in)
            case "Older program":
                self.frame.narrow(rule=lambda each: is_old(each, self._newest()))
            case _:
                self.frame.narrow(rule=lambda _: True)

    def _list(self) -> ListOf[SeatOf]:
        return ListOf(
            name="Seats", rest=4, identify=lambda each: each.id,
            title=lambda each: f"{each.person}, {place_words(each)}",
            text=lambda each: f"{each.person} {place_words(each)} {each.version or ''} {each.address or ''}",
            prompt="Person, computer or address",
            nothing=Nothing(icon="computer", title="No seats yet", text="Whoever signs in on a seat stands here."),
            columns=(
                Column(title="Person", width=150, cell=lambda each: Cell(text=each.person)),
                Column(title="Computer", width=120, cell=_computer),
                Column(title="Presence", width=150, cell=self._presence),
                Column(title="Program", width=90, cell=self._version),
                Column(title="System", width=150, cell=_system),
                Column(title="Signed in since", width=120, cell=self._since),
                Column(title="From", width=120, cell=lambda each: Cell(text=each.address or "", ink=Tone.SECOND)),
            ),
            keys=(
                lambda each: each.person.casefold(),
                lambda each: place_words(each).casefold(),
                _by_contact,
                lambda each: numbers_of(each.version) if each.version else (),
                lambda each: (each.system or "").casefold(),
                lambda each: 0 if each.since is None else -each.since.timestamp(),
                lambda each: each.address or "",
            ),
        )  # fmt: skip

    def _presence(self, each: SeatOf) -> Cell:
        if each.browser and not each.online:
            return Cell(text="not open", icon=icons.icon("presence_offline", Tone.SECOND))
        return presence_cell(online=each.online, away=each.away, seen=each.last_contact, now=self.clock())

    def _version(self, each: SeatOf) -> Cell:
        if each.version is None:
            return Cell()
        if not is_old(each, self._newest()):
            return Cell(text=each.version)
        return Cell(
            text=each.version, icon=icons.icon("attention", Tone.WARN), tip=f"{self._newest()} is the newest.",
            spoken=f"{each.version}, older than {self._newest()}",
        )  # fmt: skip

    def _since(self, each: SeatOf) -> Cell:
        return time_cell(each.since, self.clock(), none="signed out")

    def _ask_end(self, seat: SeatOf) -> None:
        account = self.store.account
        mine = account is not None and seat.person == account.person
        here = account is not None and seat.id == account.seat
        place = "in a browser" if seat.browser else f"on {place_words(seat)}"
        ask(
            self.window(), f"End the sign-in of {seat.person} {place}?", end_words(seat, mine=mine, here=here),
            yes="End", then=lambda: self.submit(EndSeat(seat=seat.id, whose=seat.person)),
        )  # fmt: skip


def _computer(each: SeatOf) -> Cell:
    return Cell(text=place_words(each), icon=icons.icon("open" if each.browser else "computer", Tone.SECOND))


def _system(each: SeatOf) -> Cell:
    return Cell(text=each.system or "", tip=each.system or "")


def _lacks_end(rows: Sequence[SeatOf]) -> str:
    lack: str = _ONE(rows)
    return lack or ("" if rows[0].signed_in else "Nobody is signed in there.")


def _by_contact(each: SeatOf) -> tuple[bool, bool, float]:
    return not each.online, each.away is not None, 0.0 if each.last_contact is None else -each.last_contact.timestamp()


_ONE: Final = exactly_one("seat")
