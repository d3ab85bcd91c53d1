"""An administrator of a vault ends somebody's check-out. What its seat has saved is parked when that seat is back."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, exists, or_, select

from server.domain.errors import Invalid, Otherwise, moment
from server.domain.permissions import Action
from server.domain.session import Session
from server.domain.text import optional_lines
from server.protocol.calls import REASON_LEAST, FileState, ForceRelease
from server.protocol.events import FileUnlocked
from server.protocol.vault import Lock
from server.services.change import Change, changed_file
from server.services.checkout import require_living
from server.services.handover import Gift, Online, Receiver, give, held_by, receiver_of
from server.services.inbox import Message, send
from server.services.outcome import Outcome
from server.services.record import entry_of
from server.services.releasing import is_released
from server.services.rights import file_for
from server.services.stored import StoredFile
from server.storage.tables import handover, lock, parked


def force_release(
    connection: Connection,
    session: Session,
    file_id: str,
    wish: ForceRelease,
    *,
    online: Online,
    lifetime: timedelta,
    at: datetime,
) -> Outcome[FileState]:
    """End the check-out that the token is of, and let the file be free, or give it to somebody at once.

    Work that goes along is kept for `lifetime`.

    Its holder is told why, and by whom. Raises NotFound, Forbidden, Gone; Invalid for a reason that says nothing and a
    person who cannot get it, Otherwise when that check-out is over.
    """
    found = require_living(file_for(connection, session, file_id, Action.ADMINISTER))
    held = _meant(found, wish.token)
    reason = optional_lines(wish.reason, "reason") or ""
    if len(reason) < REASON_LEAST:
        raise Invalid(f"{held.locked_by} has to understand why: write a reason of at least {REASON_LEAST} characters.")
    holder_id = found.holder_id or ""
    if wish.give_to is None:
        change = _free(connection, session, found, held, reason=reason, at=at)
    else:
        receiver = receiver_of(connection, found, wish.give_to, online=online)
        change = _pass_on(connection, session, found, held, receiver, reason=reason, lifetime=lifetime, at=at)
    note = Message(
        kind="lock_forced",
        vault=found.vault,
        file=file_id,
        path=found.file.path,
        by=session.person,
        computer=session.computer,
        text=reason,
    )
    hint = send(connection, holder_id, note, at=at)
    return changed_file(connection, found.vault, replace(change, hints=(*change.hints, hint)), at=at)


def _meant(found: StoredFile, token: int) -> Lock:
    """The check-out of that token. Raises Otherwise: also when another one has begun since."""
    held = held_by(found)
    if held.token != token:
        since = f"{held.locked_by} has “{found.file.path}” on {held.computer} since {moment(held.since)}"
        raise Otherwise(f"{since}: that is another check-out than you meant. Look at it again.", lock=held)
    return held


def _free(
    connection: Connection, session: Session, found: StoredFile, held: Lock, *, reason: str, at: datetime
) -> Change:
    connection.execute(delete(lock).where(lock.c.file == found.file.id))
    free = replace(found.file, lock=None)
    event = FileUnlocked(file=free.id, path=free.path, filename=free.filename, by=session.person, why="forced")
    entry = entry_of(
        session,
        "forced",
        at=at,
        vault_id=found.vault,
        file_id=free.id,
        holder=held.locked_by,
        seat=held.seat,
        token=held.token,
        reason=reason,
    )
    hints = is_released(connection, session, found, at=at)
    return Change(file=free, events=(event,), entry=entry, hints=hints)


def _pass_on(
    connection: Connection,
    session: Session,
    found: StoredFile,
    held: Lock,
    receiver: Receiver,
    *,
    reason: str,
    lifetime: timedelta,
    at: datetime,
) -> Change:
    holder_id = found.holder_id or ""
    if receiver.person_id == holder_id:
        raise Invalid(f"{receiver.person} has “{found.file.path}” already. Choose somebody else.")
    gift = Gift(
        receiver=receiver,
        held=held,
        giver_id=holder_id,
        parked=_parked_by_now(connection, found, held, holder_id),
        is_awaited=True,
        text=reason,
    )
    return give(connection, session, found, gift, action="forced", lifetime=lifetime, at=at)


def _parked_by_now(connection: Connection, found: StoredFile, held: Lock, holder_id: str) -> str | None:
    """What of this check-out is here: the holder's seat got that far, or it came with the file and no further."""
    its_own = (parked.c.person == holder_id) & (parked.c.at >= held.since)
    came_with_it = (
        (handover.c.parked == parked.c.id) & (handover.c.receiver == holder_id) & (handover.c.at == held.since)
    )
    newest = (
        select(parked.c.id)
        .where(parked.c.file == found.file.id, or_(its_own, exists().where(came_with_it)))
        .order_by(parked.c.at.desc(), parked.c.id.desc())
        .limit(1)
    )
    return connection.execute(newest).scalar_one_or_none()
