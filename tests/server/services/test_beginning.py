"""Data that were copied back: what was given out since the copy was made is not given out again (N6)."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, select, update

from server.domain.errors import NotYours
from server.domain.session import Session
from server.protocol.calls import CheckOut, UndoCheckOut
from server.services import accounts, checkout, entrance
from server.services.beginning import Ended, begin_anew_if_copied, remember_mark
from server.services.reading import session_of
from server.storage.tables import audit
from server.storage.tables import file as file_table
from tests.support.vault_data import VaultData

LARGEST = 2**53
"""What a number of the contract may be."""


async def begin_anew(data: VaultData, *, mark: str = "of another folder", token: int = 0) -> Ended | None:
    """As a start over data that were copied back, by which a file's last token was that one."""

    def work(connection: Connection) -> Ended | None:
        connection.execute(update(file_table).values(token=token))
        remember_mark(connection, "of this folder")
        return begin_anew_if_copied(connection, mark=mark, at=data.clock.now)

    return await data.store.write(work)


async def take(data: VaultData, who: Session, file: str) -> int:
    lock = (await data.do(checkout.check_out, who, file, CheckOut())).file.lock
    assert lock is not None
    return lock.token


async def is_signed_in(data: VaultData, who: Session) -> bool:
    return await data.store.read(lambda known: session_of(known, who.id, now=data.clock.now)) is not None


async def give_back(data: VaultData, who: Session, file: str, token: int) -> None:
    await data.do(checkout.undo_check_out, who, file, UndoCheckOut(token=token))


async def test_tokens_that_were_given_out_since_the_copy_are_not_given_out_again(
    data: VaultData, anna: Session
) -> None:
    """Also where the same copy comes back twice: each time other check-outs are forgotten."""
    file = (await data.add(anna, "a.nc")).file.id
    given: list[int] = []
    for _ in range(3):
        data.clock.forward(seconds=1)
        assert await begin_anew(data)
        for _ in range(5):
            given.append(await take(data, anna, file))
            await give_back(data, anna, file, given[-1])
    assert given == sorted(set(given)), given


async def test_a_check_out_of_before_does_not_count_as_a_later_one_of_the_same_seat(
    data: VaultData, anna: Session
) -> None:
    file = (await data.add(anna, "a.nc")).file.id
    await begin_anew(data)
    token = await take(data, anna, file)
    with pytest.raises(NotYours):
        await give_back(data, anna, file, 1)
    await give_back(data, anna, file, token)


async def test_who_holds_a_file_by_these_data_keeps_it(data: VaultData, anna: Session) -> None:
    """The lock has its token, whatever the file gives out next."""
    file = (await data.add(anna, "a.nc")).file.id
    token = await take(data, anna, file)
    await begin_anew(data)
    await give_back(data, anna, file, token)


async def test_data_that_were_not_copied_go_on_counting(data: VaultData, anna: Session) -> None:
    file = (await data.add(anna, "a.nc")).file.id
    assert not await begin_anew(data, mark="of this folder")
    assert await take(data, anna, file) == 1


async def test_a_clock_that_was_set_back_makes_no_token_smaller_than_the_data_have(
    data: VaultData, anna: Session
) -> None:
    file = (await data.add(anna, "a.nc")).file.id
    known = 2**52
    assert await begin_anew(data, token=known)
    assert await take(data, anna, file) == known + 1


async def test_at_no_date_there_is_a_token_that_the_contract_has_no_room_for(data: VaultData, anna: Session) -> None:
    file = (await data.add(anna, "a.nc")).file.id
    data.clock.now = datetime(9999, 12, 30, tzinfo=UTC)
    await begin_anew(data)
    assert await take(data, anna, file) < LARGEST


async def test_who_was_signed_out_since_and_which_code_was_used_does_not_count_again(
    data: VaultData, anna: Session
) -> None:
    """The copy knows neither, so every sign-in and every code ends, and the trail says how many."""
    ada = await data.person("Ada", administrator=True)
    await data.do(accounts.make_code, ada, "Anna", kept="a code", expires=data.clock.now + timedelta(hours=24))
    ways = {"sign_ins": 4, "codes": 1}  # Anna's, Ada's, and those of the command line that added the two
    assert await begin_anew(data) == Ended(**ways)
    assert [await is_signed_in(data, one) for one in (anna, ada)] == [False, False]
    assert await data.store.read(lambda known: entrance.kept_code(known, "Anna")) is None
    written = select(audit.c.detail).where(audit.c.action == "epoch_began")
    [detail] = await data.store.read(lambda known: known.execute(written).scalars().all())
    assert json.loads(detail) == ways


async def test_data_that_were_not_copied_end_no_sign_in_and_no_code(data: VaultData, anna: Session) -> None:
    ada = await data.person("Ada", administrator=True)
    await data.do(accounts.make_code, ada, "Anna", kept="a code", expires=data.clock.now + timedelta(hours=24))
    assert await begin_anew(data, mark="of this folder") is None
    assert await is_signed_in(data, anna)
    assert await data.store.read(lambda known: entrance.kept_code(known, "Anna")) is not None
