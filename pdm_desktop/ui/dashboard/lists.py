"""The lists of the dashboard: which columns each has, and how a row is shown in them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from pdm_desktop.core import liveness, words
from pdm_desktop.core.office import happenings, troubles
from pdm_desktop.core.office.presence import presence_words
from pdm_desktop.ui import icons
from pdm_desktop.ui.dashboard.cards import Links, ListCard, Place
from pdm_desktop.ui.delegates import AgeDelegate, BadgeDelegate, ShareDelegate
from pdm_desktop.ui.presence import presence_icon
from pdm_desktop.ui.rows import Cell, Column
from pdm_desktop.ui.theme import Tone
from server.protocol.calls import Contended, Happening, Line, LockEntry, Present, SeatTroubles, Waiter
from server.protocol.records import dataclass

Clock = Callable[[], datetime]
Me = Callable[[], str | None]
AGE: Final = 3
"""The column with the bar."""
WEIGHTS: Final = (4, 2, 2, 3)
"""How file, holder, work and age share the room where there is too little."""
PEOPLE: Final = 8
SEATS: Final = 8


@dataclass(frozen=True, slots=True)
class Stand:
    """Somebody's place in the line for a file; the first of a line names the file."""

    line: Line
    number: int

    @property
    def waiter(self) -> Waiter:
        """Who stands there."""
        return self.line.waiters[self.number]


def stands_in(lines: Sequence[Line]) -> list[Stand]:
    """A row for everybody who waits."""
    return [Stand(line, number) for line in lines for number in range(len(line.waiters))]


def active_card(clock: Clock) -> ListCard:
    """The newest check-outs."""
    columns: tuple[Column[LockEntry], ...] = (
        *_held_columns(clock),
        _age_column(clock),
    )
    table = Links("Active check-outs", columns, rest=AGE, place=place_of, delegates={AGE: AgeDelegate}, weights=WEIGHTS)
    nothing = "Nobody checked a file out in the last day."
    note = "of the last day; the bar is their age"
    return ListCard("Active check-outs", note, table, nothing=nothing, has_window=True)


def oldest_card(clock: Clock) -> ListCard:
    """The oldest locks, with whether their holders can be reached."""
    columns: tuple[Column[LockEntry], ...] = (
        *_held_columns(clock),
        _age_column(clock),
    )
    table = Links("Oldest locks", columns, rest=AGE, place=place_of, delegates={AGE: AgeDelegate}, weights=WEIGHTS)
    return ListCard("Oldest locks", "", table, nothing="No file is checked out.", has_window=True)


def people_card(clock: Clock, me: Me) -> ListCard:
    """Who is online, and who is not and holds files."""

    def person(each: Present) -> Cell:
        you = " (you)" if each.person == me() else ""
        name = f"{each.person}{you}"
        sign = presence_icon(online=each.online, away=each.away)
        return Cell(text=name, icon=sign, tip=name, spoken=f"{name}, {_here(each, clock())}")

    def since(each: Present) -> Cell:
        now = clock()
        tip = f"Since {words.full_time(each.away or each.since, now)}"
        return Cell(text=_here(each, now), ink=Tone.SECOND, tip=tip)

    columns: tuple[Column[Present], ...] = (
        Column(title="Person", width=150, cell=person),
        Column(title="Computer", width=70, cell=lambda each: Cell(text=each.computer, tip=each.computer)),
        Column(title="Presence", width=134, cell=since),
        Column(title="Has", width=36, cell=lambda each: Cell(text=f"{each.check_outs:,}"), right=True),
    )
    table: Links[Present] = Links("Who is here", columns, rest=0, delegates={}, weights=(4, 2, 3, 1))
    note = "and how many files each has"
    return ListCard("Who is here", note, table, nothing="Nobody is online.", most=PEOPLE)


def waiting_card(clock: Clock) -> ListCard:
    """Who waits for which file, in order."""

    def file(each: Stand) -> Cell:
        name = each.line.path.rpartition("/")[2]
        if each.number:
            return Cell(spoken=name)
        return Cell(text=name, icon=icons.file_icon(name), tip=each.line.path)

    def person(each: Stand) -> Cell:
        said = f"{each.number + 1}. {each.waiter.person}"
        return Cell(text=said, tip=said)

    def age(each: Stand) -> Cell:
        waiter, now = each.waiter, clock()
        told = "" if waiter.told is None else f"Told {liveness.ago(waiter.told, now)} that it is free"
        return Cell(text=words.age(now - waiter.since), ink=Tone.SECOND, tip=told)

    def place(each: Stand) -> Place:
        return Place(each.line.vault, each.line.file, each.line.path)

    columns: tuple[Column[Stand], ...] = (
        Column(title="File", width=186, cell=file),
        Column(title="Person", width=120, cell=person),
        Column(title="Waits", width=84, cell=age, right=True),
    )
    table = Links("People waiting", columns, rest=0, place=place, delegates={}, weights=(5, 4, 2))
    return ListCard("People waiting", "", table, nothing="Nobody waits for a file.", has_window=True)


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
    table = Links("Most contended", columns, rest=1, place=place_of, delegates={1: ShareDelegate}, weights=(2, 1))
    nothing = "Nobody had to wait in the last 30 days."
    return ListCard("Most contended", "waits in 30 days", table, nothing=nothing)


def troubles_card(clock: Clock) -> ListCard:
    """Seats that need their person."""

    def person(each: SeatTroubles) -> Cell:
        sign = presence_icon(online=each.online, away=each.away)
        return Cell(text=each.person, icon=sign, tip=each.person, spoken=f"{each.person}, {stands(each)}")

    def stands(each: SeatTroubles) -> str:
        return presence_words(online=each.online, away=each.away, seen=each.last_contact, now=clock())

    def needs(each: SeatTroubles) -> Cell:
        told = troubles.told(each.troubles)
        return Cell(text=told, tip=told)

    columns: tuple[Column[SeatTroubles], ...] = (
        Column(title="Person", width=150, cell=person),
        Column(title="Computer", width=110, cell=lambda each: Cell(text=each.computer, tip=each.computer)),
        Column(title="Presence", width=150, cell=lambda each: Cell(text=stands(each), ink=Tone.SECOND)),
        Column(title="Needs", width=300, cell=needs),
    )
    table: Links[SeatTroubles] = Links(
        "Seats that need their people", columns, rest=3, delegates={}, weights=(3, 1, 0, 4)
    )
    note = "what each told last"
    return ListCard("Seats that need their people", note, table, nothing="All is well.", most=SEATS)


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

    return Column(title="Age", width=112, cell=age)


def _held_columns(clock: Clock) -> tuple[Column[LockEntry], ...]:
    """Which file, who has it, and how it stands with holder and work."""

    def holder(each: LockEntry) -> Cell:
        tip = _holder(each, clock())
        return Cell(
            text=each.lock.locked_by, icon=presence_icon(online=each.online, away=each.away), tip=tip, spoken=tip
        )

    def stands(each: LockEntry) -> Cell:
        return Cell(text=liveness.holding_of(each, clock()), ink=Tone.SECOND, tip=_holder(each, clock()))

    return (
        _file_column(184),
        Column(title="Holder", width=104, cell=holder),
        Column(title="Work", width=174, cell=stands),
    )


def _holder(each: LockEntry, now: datetime) -> str:
    """Everything of a holder, for a tool tip."""
    lock = each.lock
    sentence = [f"{lock.locked_by} on {lock.computer}, {liveness.presence_of(each, now)}"]
    return "\n".join([*sentence, *filter(None, (liveness.work_of(each, now), lock.message))])


def _here(each: Present, now: datetime) -> str:
    """`since 07:02`, `away for 25 min`, `offline for 2 d 19 h`."""
    if each.online and each.away is None:
        return f"since {words.clock_or_day(each.since, now)}"
    return presence_words(online=each.online, away=each.away, seen=each.since, now=now)
