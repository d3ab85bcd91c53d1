"""The same call again: one effect, the same answer, for ninety days, for one person."""

from datetime import timedelta

import pytest

from server.domain.errors import KeyReused, Locked
from server.domain.session import Session
from server.protocol.calls import AddFile, CheckOut, FileState, UndoCheckOut
from server.services import checkout
from server.services.idempotency import KEPT, Call, Settled, fingerprint_of, forget_old_answers, once
from tests.support.vault_data import VaultData

pytestmark = pytest.mark.postgres


async def call(data: VaultData, who: Session, file: str, *, key: str = "k", fingerprint: str = "f") -> Settled:
    named = Call(person_id=who.person_id, key=key, fingerprint=fingerprint)
    now = data.clock.now
    return await data.store.write(
        lambda c: once(c, named, lambda: checkout.check_out(c, who, file, CheckOut(), at=now), at=now)
    )


async def undo(data: VaultData, who: Session, taken: FileState) -> None:
    assert taken.file.lock
    await data.do(checkout.undo_check_out, who, taken.file.id, UndoCheckOut(token=taken.file.lock.token))


async def test_the_second_time_has_the_first_answer_and_no_effect(data: VaultData, anna: Session) -> None:
    file = (await data.add(anna, "a.nc")).file
    first = await call(data, anna, file.id)
    before = await data.dump()
    data.clock.forward(days=89)
    again = await call(data, anna, file.id)
    assert (again.body, again.hints) == (first.body, ())
    assert await data.dump() == before


async def test_another_call_with_the_key_is_refused(data: VaultData, anna: Session) -> None:
    file = (await data.add(anna, "a.nc")).file
    await call(data, anna, file.id)
    before = await data.dump()
    with pytest.raises(KeyReused):
        await call(data, anna, file.id, fingerprint="other")
    assert await data.dump() == before


async def test_a_key_counts_again_after_ninety_days(data: VaultData, anna: Session) -> None:
    one, two = (await data.add(anna, "a.nc")).file, (await data.add(anna, "b.nc")).file
    await call(data, anna, one.id)
    data.clock.forward(days=90)
    assert (await call(data, anna, two.id, fingerprint="other")).hints
    data.clock.forward(days=90)
    assert await data.store.write(lambda c: forget_old_answers(c, now=data.clock.now)) == 1
    assert (await data.dump())["answer"] == []


async def test_refusals_are_not_kept(data: VaultData, anna: Session, ben: Session) -> None:
    file = (await data.add(anna, "a.nc")).file
    taken = await data.do(checkout.check_out, anna, file.id, CheckOut())
    with pytest.raises(Locked):
        await call(data, ben, file.id)
    assert (await data.dump())["answer"] == []
    await undo(data, anna, taken)
    assert (await call(data, ben, file.id)).hints


async def test_a_late_copy_of_a_call_without_effect_has_none_either(data: VaultData, anna: Session) -> None:
    file = (await data.add(anna, "a.nc")).file
    taken = await data.do(checkout.check_out, anna, file.id, CheckOut())
    first = await call(data, anna, file.id)
    await undo(data, anna, taken)
    before = await data.dump()
    assert await call(data, anna, file.id) == first, "the file was held by that call, and is not any more"
    assert await data.dump() == before


def test_a_fingerprint_covers_all_that_a_call_says() -> None:
    fields = AddFile(path="a", upload="u", size=1, hash="0" * 64)
    same = fingerprint_of("POST", "/x?", AddFile(path="a", upload="u", size=1, hash="0" * 64))
    assert fingerprint_of("POST", "/x?", fields) == same
    others = [
        fingerprint_of("PUT", "/x?", fields),
        fingerprint_of("POST", "/y?", fields),
        fingerprint_of("POST", "/x?", AddFile(path="a", upload="u", size=1, hash="1" * 64)),
        fingerprint_of("POST", "/x?", AddFile(path="a", upload="u", size=1, hash="0" * 64, comment="c")),
        fingerprint_of("POST", "/x?", None),
    ]
    assert len({same, *others}) == 6
    assert timedelta(days=90) == KEPT
