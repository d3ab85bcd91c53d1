"""What is said of personal messages: each entry of the inbox as a notice, or as nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pdm_desktop.core.notices import ANSWERS, TEXT_UNITS, Notice, ended, in_the_middle, titled, units
from pdm_desktop.core.paths import name_of
from pdm_desktop.core.words import several
from server.protocol.calls import HandedOver, InboxEntry, Request

SINGLY = 4
"""So many entries that can wait are told one by one; more, as after days away, are told as one."""
_DECIDED = ("lock_transferred", "lock_forced")
"""Of what somebody decided about a check-out."""
NAME_UNITS = 80
"""So many units of a file's name stand in a text that has to say more."""


def new_entries(entries: Sequence[InboxEntry], *, told: int | None) -> list[InboxEntry]:
    """Those that this seat has not told yet. `told`: up to which number it has; None: it never told any.

    A seat that is new tells what was seen nowhere.
    """
    if told is None:
        return [each for each in entries if not each.acknowledged]
    return [each for each in entries if each.number > told]


def notices_of(
    entries: Sequence[InboxEntry],
    *,
    waits: frozenset[str] = frozenset(),
    came: Mapping[str, HandedOver] | None = None,
    released: Mapping[str, str] | None = None,
    me: str | None = None,
) -> list[Notice]:
    """The notices of new entries, in their order.

    `waits`: ids of files in whose lines I am. `came`: what came with files, by id. `released`: how the last check-out
    of a file ended, as a sentence, by id. `me`: my name; what I decided myself is not told.
    """
    free = {each.file for each in entries if each.kind == "file_free"}
    said = [
        notice
        for each in entries
        if not (each.kind == "release_answered" and each.file in free)
        and not (each.kind in _DECIDED and me is not None and each.by == me)
        and (notice := _notice(each, waits=waits, came=came or {}, released=released or {})) is not None
    ]
    can_wait = [each for each in said if not each.urgent]
    if len(can_wait) <= SINGLY:
        return said
    names = [each.title for each in can_wait[: SINGLY - 1]]
    more = f"{'; '.join(names)}; and {len(can_wait) - len(names):,} more. Click to see them."
    return [
        *(each for each in said if each.urgent),
        Notice(title=f"{several(len(can_wait), 'notice', 'notices')} for you", text=ended(more)),
    ]


def request_notice(request: Request) -> Notice:
    """The notice of a request that waits for an answer: it stays among the last ones until there is one."""
    rest = f": {request.text}" if request.text else "."
    return Notice(
        title=titled(request.asker, " asks for your file"),
        text=ended(in_the_middle(name_of(request.path), NAME_UNITS) + rest),
        vault=request.vault,
        target=request.file,
        path=request.path,
        urgent=True,
        request=request.id,
        buttons=ANSWERS,
    )


def _notice(
    entry: InboxEntry, *, waits: frozenset[str], came: Mapping[str, HandedOver], released: Mapping[str, str]
) -> Notice | None:
    file = entry.file or ""
    match entry.kind:
        case "release_requested":
            return _asked(entry)
        case "release_answered":
            return _answered(entry, stays=file in waits)
        case "file_free":
            return _my_turn(entry, released.get(file))
        case "lock_transferred":
            return _given(entry, came.get(file))
        case "lock_forced":
            return _taken_away(entry)
        case "work_arrived" | "nothing_left" | "work_held_back":
            return _of_its_seat(entry)
        case "message":
            return Notice(
                title=titled(_by(entry), "", before="Message from "), text=ended(entry.text or ""), urgent=True
            )
        case "lock_adopted":
            return None  # my own doing, on another seat; of what is left here the workspace tells
    return None  # of a newer server


def _asked(entry: InboxEntry) -> Notice | None:
    if entry.answer is not None:
        return None  # it is over
    return _about(
        entry,
        title=titled(_by(entry), " asks for your file"),
        text=_named(entry, f": {entry.text}" if entry.text else "."),
        urgent=True,
        request=entry.request,
    )


def _answered(entry: InboxEntry, *, stays: bool) -> Notice | None:
    name = _name(entry)
    match entry.answer:
        case "kept":
            reply = f"“{entry.text}”" if entry.text else "There is no other answer."
            in_line = " You stay in line." if stays else ""
            return _about(entry, title=titled(name, "", before=f"{_by(entry)} keeps "), text=ended(reply + in_line))
        case "released":
            text = f"{_by(entry)} released it, as you asked. Click to check it out."
            return replace(_about(entry, title=titled(name, " is free"), text=ended(text)), offers=True)
        case "over":
            text = "The check-out that you asked about ended in another way. Look who has the file now."
            return _about(entry, title=titled(name, " is over", before="Your request for "), text=text)
        case _:
            return None  # another notice tells of it


def _my_turn(entry: InboxEntry, released: str | None) -> Notice:
    title = titled(_name(entry), " is free")
    if entry.by is None:  # nobody has released it now: who was told before has left it there, or has left the line
        text = "Nobody has taken it. It is your turn now. Click to check out."
    else:
        text = ended(f"{released or f'{entry.by} released it.'} You are first in line. Click to check out.")
    return replace(_about(entry, title=title, text=text), offers=True)


def _given(entry: InboxEntry, came: HandedOver | None) -> Notice:
    """Who gave it: its holder with the work, or an administrator, who says why."""
    by = _by(entry)
    if entry.text:
        work = f"{by} gave it to you.{_whose_work(came)} The reason: “{entry.text}”"
    elif came is None or came.parked is None:
        work = f"{by} transferred it to you.{_whose_work(came)}"
    else:
        work = f"{by} transferred it to you with unchecked-in work."
    return _about(entry, title=titled(_name(entry), " is yours now"), text=ended(work), urgent=True)


def _whose_work(came: HandedOver | None) -> str:
    match came:
        case None:
            return ""
        case HandedOver(parked=None):
            return f" What {came.giver} may have saved and not checked in is not here yet: you are told when it is."
        case _:
            return f" {came.giver}'s saved work comes with it."


def _taken_away(entry: InboxEntry) -> Notice:
    tail = " Whatever you saved is kept."  # whether that is anything only its seat knows
    by = f", by {_by(entry)}"
    name = in_the_middle(_name(entry), NAME_UNITS)
    why = f": {entry.text.rstrip('.')}." if entry.text else "."
    return _about(
        entry,
        title="Your lock was released",
        text=_fitted(name + by, why, tail),
        urgent=True,
    )


def _of_its_seat(entry: InboxEntry) -> Notice:
    """What the seat of the giver has sent, or why nothing comes from there."""
    match entry.kind:
        case "work_arrived":
            return _work_came(entry)
        case "nothing_left":
            return _nothing_comes(entry)
        case _:
            return _held_back(entry)


def _work_came(entry: InboxEntry) -> Notice:
    where = f" on {entry.computer}" if entry.computer else ""
    text = f"What {_by(entry)} had saved{where} and not checked in has arrived."
    return _about(entry, title=titled(_name(entry), " is here now", before="Work on "), text=ended(text), urgent=True)


def _nothing_comes(entry: InboxEntry) -> Notice:
    where = f" on {entry.computer}" if entry.computer else " there"
    text = f"{_by(entry)}’s seat is back: there is no unchecked-in work{where}. What you have is all there is."
    return _about(
        entry, title=titled(_name(entry), "", before="Nothing more comes with "), text=ended(text), urgent=True
    )


def _held_back(entry: InboxEntry) -> Notice:
    where = f" on {entry.computer}" if entry.computer else " there"
    text = f"{_by(entry)} held back what was saved{where}: it stays there. What you have is all there is."
    return _about(
        entry, title=titled(_name(entry), "", before="Nothing more comes with "), text=ended(text), urgent=True
    )


def _about(
    entry: InboxEntry, *, title: str, text: str, urgent: bool = False, request: str | None = None
) -> Notice:  # fmt: skip
    """A notice of which a click goes to the file, or to the request."""
    made = Notice(title=title, text=text, vault=entry.vault, target=entry.file, path=entry.path, urgent=urgent)
    if request is None:
        return made
    return replace(made, request=request, buttons=ANSWERS)


def _named(entry: InboxEntry, rest: str) -> str:
    return ended(in_the_middle(_name(entry), NAME_UNITS) + rest)


def _fitted(head: str, middle: str, tail: str) -> str:
    """A text whose middle gives way, so that its end is always read."""
    room = TEXT_UNITS - units(head) - units(tail)
    if units(middle) > room:
        middle = in_the_middle(middle, room)
    return head + middle + tail


def _name(entry: InboxEntry) -> str:
    return name_of(entry.path or "A file")


def _by(entry: InboxEntry) -> str:
    return entry.by or "Somebody"
