"""The first start: the data gets its epoch, an empty audit trail and a vault to begin with."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from server.domain.audit import EMPTY
from server.services.identity import new_secret_id
from server.services.vaults import insert_vault
from server.storage.tables import audit_head, server


def begin(connection: Connection, *, vault_name: str, at: datetime) -> bool:
    """Make what every server has, unless it is there. True the first time."""
    if connection.execute(select(server.c.id)).one_or_none() is not None:
        return False
    connection.execute(insert(server).values(id=1, epoch=new_secret_id(), began=at, access_version=1))
    connection.execute(insert(audit_head).values(id=1, number=EMPTY.number, hash=EMPTY.hash))
    insert_vault(connection, vault_name, at=at)
    return True
