"""The audit trail in the store: a changed, removed or added row is found, and each change has its row."""

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from server.domain.session import Session
from server.services.record import first_break_in_audit
from server.storage.tables import audit, audit_head
from tests.support.vault_data import START, VaultData


def change_a_row(connection: Connection) -> None:
    connection.execute(update(audit).where(audit.c.number == 3).values(action="nothing"))


def take_a_row_out(connection: Connection) -> None:
    connection.execute(delete(audit).where(audit.c.number == 3))


def cut_the_end_off(connection: Connection) -> None:
    connection.execute(delete(audit).where(audit.c.number == 5))


def cut_the_end_off_with_the_head(connection: Connection) -> None:
    cut_the_end_off(connection)
    connection.execute(update(audit_head).values(number=4))


def put_a_row_in(connection: Connection) -> None:
    last = connection.execute(select(audit).where(audit.c.number == 5)).one()
    connection.execute(insert(audit).values({**last._mapping, "number": 6, "previous": last.hash}))


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        (change_a_row, 3),
        (take_a_row_out, 3),
        (cut_the_end_off, 5),
        (cut_the_end_off_with_the_head, 5),
        (put_a_row_in, 6),
    ],
)
async def test_tampering_is_found_where_it_begins(
    data: VaultData, anna: Session, tampering: object, found: int
) -> None:
    assert callable(tampering)
    for number in range(4):
        await data.add(anna, f"{number}.nc")
    assert len((await data.dump())["audit"]) == 5
    assert await data.store.read(first_break_in_audit) is None
    await data.store.write(tampering)
    assert await data.store.read(first_break_in_audit) == found


async def test_a_row_says_who_did_what_to_which_file_and_when(data: VaultData, anna: Session) -> None:
    file = (await data.add(anna, "a.nc")).file
    row = (await data.dump())["audit"][-1]
    assert row[2:6] == (anna.person_id, "added", data.vault, file.id)
    assert row[1] == int(START.timestamp() * 1_000_000)
