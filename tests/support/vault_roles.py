"""Who may do what in the vault of a test's store."""

from sqlalchemy import Connection, delete, insert

from server.domain.session import Session
from server.protocol.vault import Role
from server.storage.tables import access
from tests.support.vault_data import VaultData


async def give_role(data: VaultData, who: Session, role: Role | None) -> None:
    """That role for the person, whatever the vault's default; None: the vault does not exist for that person."""

    def give(connection: Connection) -> None:
        mine = (access.c.vault == data.vault) & (access.c.person == who.person_id)
        connection.execute(delete(access).where(mine))
        connection.execute(insert(access).values(vault=data.vault, person=who.person_id, role=role))

    await data.store.write(give)
