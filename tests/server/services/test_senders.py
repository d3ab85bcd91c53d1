"""Who may send content: whoever may change files somewhere, and whoever has work left of a file that was theirs."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from server.domain.errors import Forbidden
from server.domain.session import Session
from server.protocol.calls import CheckOut, TransferFile, UndoCheckOut
from server.protocol.vault import Role
from server.services import checkout, handover
from server.services.senders import require_sender
from tests.support.vault_data import VaultData
from tests.support.vault_roles import give_role


async def may_send(data: VaultData, who: Session) -> bool:
    def ask(connection: Connection) -> bool:
        try:
            require_sender(connection, who)
        except Forbidden:
            return False
        return True

    return await data.store.read(ask)


@pytest.mark.parametrize(
    ("role", "may"),
    [(None, False), ("reader", False), ("editor", True), ("administrator", True)],
    ids=["none", "reader", "editor", "administrator"],
)
async def test_who_may_change_nothing_sends_nothing(
    data: VaultData, anna: Session, role: Role | None, may: bool
) -> None:
    await give_role(data, anna, role)
    assert await may_send(data, anna) is may


async def test_the_refusal_says_whom_to_ask(data: VaultData, anna: Session) -> None:
    await give_role(data, anna, None)
    with pytest.raises(Forbidden, match="Ask an administrator of a vault"):
        await data.store.read(lambda connection: require_sender(connection, anna))


async def holds_it(data: VaultData, anna: Session, file: str) -> None:
    await data.do(checkout.check_out, anna, file, CheckOut())


async def held_it(data: VaultData, anna: Session, file: str) -> None:
    lock = (await data.do(checkout.check_out, anna, file, CheckOut())).file.lock
    assert lock is not None
    await data.do(checkout.undo_check_out, anna, file, UndoCheckOut(token=lock.token))


async def was_given_it(data: VaultData, anna: Session, file: str) -> None:
    """And lost it again, before anything was saved."""
    ben = await data.person("Ben")
    lock = (await data.do(checkout.check_out, ben, file, CheckOut())).file.lock
    assert lock is not None
    wish = TransferFile(to=anna.person, token=lock.token)
    given = await data.do(handover.transfer_file, ben, file, wish, online=lambda _: True, lifetime=timedelta(days=90))
    lock = given.file.lock
    assert lock is not None
    await data.do(checkout.undo_check_out, anna, file, UndoCheckOut(token=lock.token))


@pytest.mark.parametrize("had", [holds_it, held_it, was_given_it])
async def test_who_had_a_file_and_may_only_read_by_now_sends_the_work_that_is_left(
    data: VaultData, anna: Session, had: Callable[[VaultData, Session, str], Awaitable[None]]
) -> None:
    file = (await data.add(anna, "a.nc")).file.id
    await had(data, anna, file)
    await give_role(data, anna, "reader")
    assert await may_send(data, anna)
    await give_role(data, anna, None)
    assert not await may_send(data, anna), "there is no vault in which it could be parked"
