"""A start: new data get an id, an epoch, an audit trail and a first vault; copied data a new epoch, and no sign-in."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, insert, select, true, update

from server.domain.audit import EMPTY, Entry
from server.services.administrators import OPERATOR
from server.services.identity import new_secret_id
from server.services.record import write_audit
from server.services.sessions import end_sessions
from server.services.vaults import insert_vault
from server.storage.mark import BROUGHT_BACK
from server.storage.tables import audit_head, file, person, server

LATELY = timedelta(days=90)
"""So long after an epoch began, content from before it stays: another database may have named it, and may come back."""
TICKS = 1 << 15
"""Of a second, in which tokens go on after a copy: no file is checked out as often, and no date that there is passes
what a number of the contract may be.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How many ways in a new epoch has ended."""

    sign_ins: int
    codes: int


def begin(connection: Connection, *, vault_name: str, at: datetime) -> bool:
    """Make what every server has, unless it is there. True the first time."""
    if connection.execute(select(server.c.id)).one_or_none() is not None:
        return False
    begun = {"identity": str(uuid.uuid4()), "epoch": new_secret_id(), "began": at, "access_version": 1}
    connection.execute(insert(server).values(id=1, **begun))
    connection.execute(insert(audit_head).values(id=1, number=EMPTY.number, hash=EMPTY.hash))
    insert_vault(connection, vault_name, at=at)
    return True


def begin_anew_if_copied(connection: Connection, *, mark: str | None, at: datetime) -> Ended | None:
    """Give data that were copied, or copied back, a new epoch: what was said since in the old one is not known here.

    Who was signed out since, and which one-time code was used, is not known either: all sign-ins and codes end.

    `mark` is what the data folder shows. None when it is the one that the data remember.
    """
    remembered = connection.execute(select(server.c.mark)).scalar_one()
    if remembered is None or remembered == mark:
        return None
    # Where the contents are says whoever begins: they may have been brought back to another place.
    connection.execute(update(server).values(epoch=new_secret_id(), began=at, mark=mark, contents_mark=None))
    _leave_tokens_behind(connection, at=at)
    ended = Ended(sign_ins=len(end_sessions(connection, true(), at=at)), codes=_void_codes(connection))
    detail = msgspec.json.encode(ended).decode()
    write_audit(connection, [Entry(at=at, person=OPERATOR, action="epoch_began", detail=detail)])
    return ended


def began_lately(connection: Connection, *, now: datetime) -> datetime | None:
    """When this epoch began, as long as content from before it is spared."""
    began: datetime = connection.execute(select(server.c.began)).scalar_one()
    return began if now < began + LATELY else None


def remember_mark(connection: Connection, mark: str | None) -> None:
    """From now on the data belong to the folder with that mark."""
    connection.execute(update(server).values(mark=mark))


def call_for_epoch(connection: Connection) -> bool:
    """Let the next start find the data to be a copy. False: no server has begun on them yet."""
    return bool(connection.execute(update(server).values(mark=BROUGHT_BACK)).rowcount)


def _leave_tokens_behind(connection: Connection, *, at: datetime) -> None:
    """Go on with tokens that nobody has had (N6): those given out since the copy was made are not known here.

    Who holds a file by these data keeps its token.
    """
    now = int(at.timestamp() * TICKS)
    connection.execute(update(file).where(file.c.token < now).values(token=now))


def _void_codes(connection: Connection) -> int:
    has_one = person.c.code.is_not(None)
    return connection.execute(update(person).where(has_one).values(code=None, code_expires=None)).rowcount
