"""The lists of the dashboard: which columns each has, and how a row is shown in them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pdm_desktop.core import liveness, words
from pdm_desktop.core.badges import Badge
from pdm_desktop.core.office import happenings, troubles
from pdm_desktop.core.office.presence import presence_of
from pdm_desktop.ui import icons
from pdm_desktop.ui.admin.frame import SIGNS
from pdm_desktop.ui.dashboard.cards import Links, ListCard, Place
from pdm_desktop.ui.delegates import AgeDelegate, BadgeDelegate, ShareDelegate
from pdm_desktop.ui.rows import Cell, Column
from pdm_desktop.ui.theme import Tone
from server.protocol.calls import Contended, Happening, Line, LockEntry, Present, SeatTroubles

Clock = Callable[[], datetime]
Me = Callable[[], str | None]


@dataclass(frozen=True, slots=True)
class Stand:
    """Somebody's place in the line for a file; the first of a line names the file."""

    line: Line
    number: int


def stands_in(lines: Sequence[Line]) -> list[Stand]:
    """A row for everybody who waits."""
    return [Stand(line, number) for line in lines for number in range(len(line.waiters))]


def active_card(clock: Clock) -> ListCard:
    """The newest check-outs."""
    columns: tuple[Column[LockEntry], ...] = (
        _file_column(190),
        Column(title="Holder", width=100, cell=lambda each: Cell(text=each.lock.locked_by, tip=_holder(each, clock()))),
        _age_column(clock),
    )
    table = Links("Active check-outs", columns, rest=2, place=place_of, delegates={2: AgeDelegate})
    note = "of the last day; the bar is their age"
    return ListCard("Active check-outs", note, table, nothing="Nobody checked a file out in the last day.")


def oldest_card(clock: Clock) -> ListCard:
    """The oldest locks, with whether their holders can be reached."""

    def holder(each: LockEntry) -> Cell:
        tip = _holder(each, clock())
        return Cell(text=each.lock.locked_by, icon=_presence(online=each.online), tip=tip, spoken=tip)

    columns: tuple[Column[LockEntry], ...] = (
        _file_column(190),
        Column(title="Holder", width=120, cell=holder),
        _age_column(clock),
    )
    table = Links("Oldest locks", columns, rest=2, place=place_of, delegates={2: AgeDelegate})
    return ListCard("Oldest locks", "", table, nothing="No file is checked out.")


def people_card(clock: Clock, me: Me) -> ListCard:
    """Who is online, and who is not and holds files."""

    def person(each: Present) -> Cell:
        you = " (you)" if each.person == me() else ""
        presence = presence_of(online=each.online, seen=each.since, now=clock())
        icon = icons.icon(*SIGNS[presence])
        return Cell(text=f"{each.person}{you}", icon=icon, spoken=f"{each.person}{you}, {presence.value}")

    def since(each: Present) -> Cell:
        now = clock()
        word = presence_of(online=each.online, seen=each.since, now=now).value
        text = (
            f"since {words.clock_or_day(each.since, now)}" if each.online else f"{word} {words.age(now - each.since)}"
        )
        return Cell(text=text, ink=Tone.SECOND, tip=words.full_time(each.since, now))

    columns: tuple[Column[Present], ...] = (
        Column(title="Person", width=150, cell=person),
        Column(title="Computer", width=70, cell=lambda each: Cell(text=each.computer, tip=each.computer)),
        Column(title="Presence", width=118, cell=since),
        Column(title="Has", width=36, cell=lambda each: Cell(text=f"{each.check_outs:,}"), right=True),
    )
    table: Links[Present] = Links("Who is here", columns, rest=0, delegates={})
    return ListCard("Who is here", "and how many files each has", table, nothing="Nobody is online.")


def waiting_card(clock: Clock) -> ListCard:
    """Who waits for which file, in order."""

    def file(each: Stand) -> Cell:
        name = each.line.path.rpartition("/")[2]
        if each.number:
            return Cell(spoken=name)
        return Cell(text=name, icon=icons.file_icon(name), tip=each.line.path)

    def person(each: Stand) -> Cell:
        return Cell(text=f"{each.number + 1}. {each.line.waiters[each.number].person}")

    def age(each: Stand) -> Cell:
        waiter, now = each.line.waiters[each.number], clock()
        told = "" if waiter.told is None else f"Told that it is free {liveness.ago(waiter.told, now)}"
        return Cell(text=words.age(now - waiter.since), ink=Tone.SECOND, tip=told)

    def place(each: Stand) -> Place:
        return Place(each.line.vault, each.line.file, each.line.path)

    columns: tuple[Column[Stand], ...] = (
        Column(title="File", width=186, cell=file),
        Column(title="Person", width=120, cell=person),
        Column(title="Waits", width=84, cell=age, right=True),
    )
    table = Links("People waiting", columns, rest=0, place=place, delegates={})
    return ListCard("People waiting", "", table, nothing="Nobody waits.")


def happenings_card(clock: Clock, me: Me) -> ListCard:
    """What was done lately."""

    def told(each: Happening) -> Cell:
        return Cell(text=happenings.told(each, reader=me()), tip=each.path)

    def mark(each: Happening) -> Cell:
        badge = happenings.badge_of(each, reader=me())
        return Cell(icon=icons.badge(badge), spoken=badge.value)

    def when(each: Happening) -> Cell:
        now = clock()
        return Cell(text=words.clock_or_day(each.at, now), ink=Tone.SECOND, tip=words.full_time(each.at, now))

    def place(each: Happening) -> Place | None:
        return None if each.file is None or each.what == "deleted" else Place(each.vault, each.file, each.path)

    columns: tuple[Column[Happening], ...] = (
        Column(title="When", width=100, cell=when),
        Column(title="Kind", width=28, cell=mark),
        Column(title="What", width=300, cell=told),
    )
    table = Links("Recent activity", columns, rest=2, place=place, link=2, delegates={1: BadgeDelegate})
    return ListCard("Recent activity", "", table, nothing="Nothing has happened yet.")


def contended_card(most: Callable[[], int]) -> ListCard:
    """The files that people wanted most."""

    def waits(each: Contended) -> Cell:
        return Cell(text=f"{each.waits:,}", progress=each.waits / max(most(), 1))

    columns: tuple[Column[Contended], ...] = (
        Column(title="File", width=190, cell=lambda each: _file(each.path)),
        Column(title="Waits", width=160, cell=waits),
    )
    table = Links("Most contended", columns, rest=1, place=place_of, delegates={1: ShareDelegate})
    nothing = "Nobody had to wait in the last 30 days."
    return ListCard("Most contended", "waits in 30 days", table, nothing=nothing)


def troubles_card(clock: Clock) -> ListCard:
    """Seats that need their person."""

    def person(each: SeatTroubles) -> Cell:
        word = "online" if each.online else liveness.absence(each.last_contact, clock())
        return Cell(text=each.person, icon=_presence(online=each.online), tip=word, spoken=f"{each.person}, {word}")

    columns: tuple[Column[SeatTroubles], ...] = (
        Column(title="Person", width=150, cell=person),
        Column(title="Computer", width=110, cell=lambda each: Cell(text=each.computer, tip=each.computer)),
        Column(title="Needs", width=300, cell=lambda each: Cell(text=troubles.told(each.troubles))),
    )
    table: Links[SeatTroubles] = Links("Seats that need their people", columns, rest=2, delegates={})
    return ListCard("Seats that need their people", "what each told last", table, nothing="All is well.")


def place_of(each: LockEntry | Contended) -> Place:
    """Where a row's file is."""
    return Place(each.vault, each.file, each.path)


def _file(path: str) -> Cell:
    name = path.rpartition("/")[2]
    return Cell(text=name, icon=icons.file_icon(name), tip=path)


def _file_column(width: int) -> Column[Any]:
    return Column(title="File", width=width, cell=lambda each: _file(each.path))


def _age_column(clock: Clock) -> Column[LockEntry]:
    def age(each: LockEntry) -> Cell:
        now = clock()
        span = now - each.lock.since
        return Cell(text=words.age(span), age=span, tip=words.full_time(each.lock.since, now))

    return Column(title="Age", width=200, cell=age)


def _holder(each: LockEntry, now: datetime) -> str:
    """Everything of a holder, for a tool tip."""
    lock = each.lock
    sentence = [f"{lock.locked_by} on {lock.computer}, {liveness.presence_of(each, now)}"]
    return "\n".join([*sentence, *filter(None, (liveness.work_of(each, now), lock.message))])


def _presence(*, online: bool) -> Any:
    return icons.icon("presence_online", Tone.GOOD) if online else icons.icon("presence_offline", Badge.UNKNOWN)
