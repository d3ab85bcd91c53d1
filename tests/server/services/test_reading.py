"""What the socket side reads: sessions, who may read what, and events in order."""

from collections.abc import Sequence

import pytest
from sqlalchemy import Connection, delete, insert, update

from server.domain.session import Session
from server.protocol.calls import AddVault
from server.protocol.vault import Vault
from server.services import people, reading, sessions, vaults
from server.services.rights import readable_by
from server.storage.tables import access, person, vault
from tests.support.statements import counted_statements
from tests.support.vault_data import START, VaultData


async def vaults_of(data: VaultData, person_id: str) -> Sequence[Vault]:
    """What a person may read: asked for as the socket side does, for several at once."""
    found = await data.store.read(lambda connection: readable_by(connection, {person_id, "somebody else"}))
    assert found["somebody else"] == ()
    return found[person_id]


async def test_a_session_works_until_it_expires(data: VaultData, anna: Session) -> None:
    assert await data.store.read(lambda c: reading.session_of(c, anna.id, now=START)) == anna
    assert await data.store.read(lambda c: reading.session_of(c, anna.id, now=anna.expires)) is None
    assert await data.store.read(lambda c: reading.session_of(c, "none", now=START)) is None


@pytest.mark.postgres
async def test_ended_sessions_are_those_that_no_longer_work(data: VaultData, anna: Session, ben: Session) -> None:
    ada = await data.person("Ada", administrator=True)
    ids = {anna.id, ben.id, ada.id, "never"}
    assert await data.store.read(lambda c: reading.ended_sessions(c, ids, now=START)) == {"never"}
    await data.do(sessions.sign_out, anna)
    await data.do(people.disable_person, ada, "Ben")
    assert await data.store.read(lambda c: reading.ended_sessions(c, ids, now=START)) == {"never", anna.id, ben.id}
    assert await data.store.read(lambda c: reading.session_of(c, ben.id, now=START)) is None
    assert await data.store.read(lambda c: reading.ended_sessions(c, ids, now=ada.expires)) == ids


@pytest.mark.postgres
async def test_a_look_may_be_at_more_sessions_and_people_than_a_statement_has_parameters(
    data: VaultData, anna: Session
) -> None:
    ids = {f"n{number}" for number in range(40_000)}
    assert await data.store.read(lambda c: reading.ended_sessions(c, ids | {anna.id}, now=START)) == ids
    assert await data.store.read(lambda c: reading.inbox_numbers(c, ids | {anna.person_id})) == {}


async def test_a_disabled_person_has_no_working_session_even_if_one_was_not_ended(
    data: VaultData, anna: Session
) -> None:
    await data.store.write(
        lambda c: c.execute(update(person).where(person.c.id == anna.person_id).values(disabled=START))
    )
    assert await data.store.read(lambda c: reading.session_of(c, anna.id, now=START)) is None
    assert await data.store.read(lambda c: reading.ended_sessions(c, {anna.id}, now=START)) == {anna.id}


@pytest.mark.parametrize(
    ("default", "granted", "expected"),
    [
        ("editor", "no row", "editor"),
        ("editor", None, None),
        ("editor", "reader", "reader"),
        (None, "no row", None),
        (None, "reader", "reader"),
        (None, None, None),
    ],
)
async def test_who_may_read_a_vault_is_one_answer_from_both_sides(
    data: VaultData, anna: Session, default: str | None, granted: str | None, expected: str | None
) -> None:
    def set_up(connection: object) -> None:
        assert hasattr(connection, "execute")
        connection.execute(update(vault).values(default_role=default))
        connection.execute(delete(access))
        if granted != "no row":
            connection.execute(insert(access).values(vault=data.vault, person=anna.person_id, role=granted))

    await data.store.write(set_up)
    seen = await vaults_of(data, anna.person_id)
    assert [each.role for each in seen] == ([] if expected is None else [expected])
    readers = await data.store.read(lambda c: reading.readers_of(c, data.vault))
    assert (anna.person_id in readers) == (expected is not None)


async def test_administrators_read_every_vault_and_disabled_people_none(data: VaultData, anna: Session) -> None:
    ada = await data.person("Ada", administrator=True)
    await data.store.write(lambda c: c.execute(update(vault).values(default_role=None)))
    assert [each.role for each in await vaults_of(data, ada.person_id)] == ["administrator"]
    assert ada.person_id in await data.store.read(lambda c: reading.readers_of(c, data.vault))
    await data.store.write(lambda c: c.execute(update(vault).values(default_role="editor")))
    await data.do(people.disable_person, ada, "Anna")
    assert await vaults_of(data, anna.person_id) == ()
    assert anna.person_id not in await data.store.read(lambda c: reading.readers_of(c, data.vault))
    assert await vaults_of(data, "nobody") == ()


async def test_the_access_version_grows_with_every_change_of_access(data: VaultData) -> None:
    ada = await data.person("Ada", administrator=True)
    versions = [await data.store.read(reading.access_version)]
    await data.do(vaults.add_vault, ada, AddVault(name="Second"))
    versions.append(await data.store.read(reading.access_version))
    await data.do(people.add_person, ada, "Cleo", password="kept", administrator=False)
    versions.append(await data.store.read(reading.access_version))
    await data.do(people.disable_person, ada, "Cleo")
    versions.append(await data.store.read(reading.access_version))
    await data.do(people.set_password, ada, "Cleo", password="other")
    versions.append(await data.store.read(reading.access_version))
    assert versions == sorted(set(versions))


async def test_events_come_in_order_after_a_seq_and_at_most_so_many(data: VaultData, anna: Session) -> None:
    for number in range(5):
        await data.add(anna, f"{number}.nc")
    events = await data.store.read(lambda c: reading.events_after(c, data.vault, 2, limit=2))
    assert [(each.seq, each.data["file"]["path"]) for each in events] == [(3, "2.nc"), (4, "3.nc")]
    assert {each.vault for each in events} == {data.vault}


async def test_the_inbox_number_of_nobody_is_nothing(data: VaultData, anna: Session) -> None:
    assert await data.store.read(lambda c: reading.inbox_number(c, anna.person_id)) == 0
    assert await data.store.read(lambda c: reading.inbox_number(c, "nobody")) == 0


async def test_what_many_may_read_takes_three_statements_and_who_may_read_the_same_shares_it(data: VaultData) -> None:
    everybody = [(await data.person(f"Reader {number}")).person_id for number in range(12)]
    taken_away = insert(access).values(vault=data.vault, person=everybody[0], role=None)
    lowered = insert(access).values(vault=data.vault, person=everybody[1], role="reader")

    def set_up(connection: Connection) -> None:
        connection.execute(taken_away)
        connection.execute(lowered)

    await data.store.write(set_up)
    with counted_statements() as statements:
        found = await data.store.read(lambda connection: readable_by(connection, everybody))
    assert len(statements) == 3
    assert [[each.role for each in found[reader]] for reader in everybody[:3]] == [[], ["reader"], ["editor"]]
    assert all(found[reader] is found[everybody[2]] for reader in everybody[3:])
