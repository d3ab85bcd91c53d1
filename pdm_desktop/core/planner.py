"""One file's three views decide its next action, or none. Pure: the engine looks, plans, acts, records, looks again.

The promises that live here: no action for anything but known revisions (N1), absence is not deletion (N11), suspicious
content is not an edit (N12), and nothing goes to the vault (N20). What a lost check-out has left is parked (N7).
"""

from pdm_desktop.core.actions import (
    Action,
    Ask,
    Fetch,
    Forget,
    LeaveNothing,
    LetGo,
    Move,
    Park,
    PutAside,
    Read,
    Recognise,
    Remember,
    SetWritable,
    StepAside,
    Suspicion,
)
from pdm_desktop.core.trees import InJournal, InTheWay, InVault, OnDisk, Tombstone, Views


def plan(views: Views) -> Action | None:
    """The next thing to do for a file's copy; None when it is as it should be, or only a person can go on."""
    if views.is_busy or views.journal is None:
        return None
    if _has_lost_its_lock(views.vault, views.journal):
        return LetGo()
    if views.disk is None:
        return Forget() if isinstance(views.vault, Tombstone) and views.journal.token is None else None
    return _plan_content(views, views.disk, views.journal)


def suspicion(disk: OnDisk, journal: InJournal, *, after_crash: bool) -> Suspicion | None:
    """Why what is on the disk should not be taken for an edit (N12)."""
    if _looks_alike(disk, journal) or (disk.hash is not None and disk.hash == journal.meant):
        return None
    if disk.size == 0 and journal.size > 0:
        return Suspicion.EMPTY
    if disk.mtime_ns == journal.mtime_ns:
        return Suspicion.SAME_TIME
    if disk.hash is None or disk.hash == journal.hash:
        return None
    # Work that was checked out at the stop is most likely an edit; a check-out afterwards makes none of the others.
    was_work = journal.token is not None or journal.lost is not None
    is_left = disk.hash == journal.doubted or (after_crash and not was_work)
    return Suspicion.AFTER_CRASH if is_left else None


def is_edited(disk: OnDisk, journal: InJournal) -> bool:
    """A person's own content, as far as is known: what has not been read yet counts by its look."""
    return not _looks_alike(disk, journal) if disk.hash is None else disk.hash != journal.hash


def _plan_content(views: Views, disk: OnDisk, journal: InJournal) -> Action | None:
    if disk.hash is None and not _looks_alike(disk, journal):
        return Read()
    if is_edited(disk, journal):
        return _plan_edited(views, disk, journal)
    if not _looks_alike(disk, journal):
        return Remember()
    if journal.lost is not None:
        return LeaveNothing() if disk.hash is not None else Read()
    return _plan_clean(views, disk, journal)


def _plan_edited(views: Views, disk: OnDisk, journal: InJournal) -> Action | None:
    """Work stays where it is and as it is."""
    vault = views.vault
    if isinstance(vault, InVault) and disk.hash == vault.hash and journal.token is None:
        return Recognise()
    doubt = suspicion(disk, journal, after_crash=views.after_crash)
    if doubt is not None:
        return Ask(doubt)
    return _put_attribute_right(disk, journal) or _plan_left_work(vault, journal)


def _plan_left_work(vault: InVault | Tombstone | None, journal: InJournal) -> Action | None:
    """What is here of a check-out that was lost goes to the server, as soon as something is known of it there."""
    return Park() if journal.lost is not None and journal.token is None and vault is not None else None


def _plan_clean(views: Views, disk: OnDisk, journal: InJournal) -> Action | None:
    """What the vault keeps goes along with the vault, unless a program is at it or it is checked out here."""
    match views.vault:
        case _ if journal.token is not None or disk.is_open:
            return _put_attribute_right(disk, journal)
        case Tombstone(by=by):
            return PutAside(by) if disk.hash is not None else Read()
        case InVault(place=place) if place != journal.place:
            return _plan_move(views, place) or _put_attribute_right(disk, journal)
        case InVault() as vault if vault.revision > journal.revision:
            return Fetch() if disk.hash is not None else Read()
    return _put_attribute_right(disk, journal)


def _plan_move(views: Views, place: str) -> Action | None:
    match views.in_the_way:
        case InTheWay.NOTHING:
            return Move(place)
        case InTheWay.LEAVES if not views.is_aside:
            return StepAside()
        case _:
            return None


def _put_attribute_right(disk: OnDisk, journal: InJournal) -> Action | None:
    held = journal.token is not None
    return SetWritable(held) if disk.writable != held else None


def _has_lost_its_lock(vault: InVault | Tombstone | None, journal: InJournal) -> bool:
    if journal.token is None or vault is None:
        return False
    return isinstance(vault, Tombstone) or vault.token != journal.token


def _looks_alike(disk: OnDisk, journal: InJournal) -> bool:
    return (disk.size, disk.mtime_ns) == (journal.size, journal.mtime_ns)
