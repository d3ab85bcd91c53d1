"""A start: new data get an id, an epoch, an empty audit trail and a first vault; copied data a new epoch alone."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from server.domain.audit import EMPTY, Entry
from server.services.administrators import OPERATOR
from server.services.identity import new_secret_id
from server.services.record import write_audit
from server.services.vaults import insert_vault
from server.storage.tables import audit_head, file, server

LATELY = timedelta(days=90)
"""So long after an epoch began, content from before it stays: another database may have named it, and may come back."""
TICKS = 1 << 15
"""Of a second, in which tokens go on after a copy: no file is checked out as often, and no date that there is passes
what a number of the contract may be.
"""


def begin(connection: Connection, *, vault_name: str, at: datetime) -> bool:
    """Make what every server has, unless it is there. True the first time."""
    if connection.execute(select(server.c.id)).one_or_none() is not None:
        return False
    begun = {"identity": str(uuid.uuid4()), "epoch": new_secret_id(), "began": at, "access_version": 1}
    connection.execute(insert(server).values(id=1, **begun))
    connection.execute(insert(audit_head).values(id=1, number=EMPTY.number, hash=EMPTY.hash))
    insert_vault(connection, vault_name, at=at)
    return True


def begin_anew_if_copied(connection: Connection, *, mark: str | None, at: datetime) -> bool:
    """Give data that were copied, or copied back, a new epoch: what was said since in the old one is not known here.

    `mark` is what the data folder shows. True when it is not the one that the data remember.
    """
    remembered = connection.execute(select(server.c.mark)).scalar_one()
    if remembered is None or remembered == mark:
        return False
    connection.execute(update(server).values(epoch=new_secret_id(), began=at))
    _leave_tokens_behind(connection, at=at)
    write_audit(connection, [Entry(at=at, person=OPERATOR, action="epoch_began")])
    return True


def began_lately(connection: Connection, *, now: datetime) -> datetime | None:
    """When this epoch began, as long as content from before it is spared."""
    began: datetime = connection.execute(select(server.c.began)).scalar_one()
    return began if now < began + LATELY else None


def remember_mark(connection: Connection, mark: str | None) -> None:
    """From now on the data belong to the folder with that mark."""
    connection.execute(update(server).values(mark=mark))


def _leave_tokens_behind(connection: Connection, *, at: datetime) -> None:
    """Go on with tokens that nobody has had (N6): those given out since the copy was made are not known here.

    Who holds a file by these data keeps its token.
    """
    now = int(at.timestamp() * TICKS)
    connection.execute(update(file).where(file.c.token < now).values(token=now))
