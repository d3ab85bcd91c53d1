"""The next revision: its number, what is told, what becomes of the lock, and every reason to refuse it."""

import pytest

from server.domain.errors import NotArrived, NotYours, OldBase, WrongHash
from server.domain.session import Session
from server.protocol.calls import CheckIn, CheckOut, FileState
from server.protocol.vault import File
from server.services import checkin, checkout
from server.services.reading import events_after
from tests.support.vault_data import VaultData


@pytest.fixture
async def file(data: VaultData, anna: Session) -> File:
    """A file that Anna holds with token 1."""
    added = (await data.add(anna, "a.nc")).file
    return (await data.do(checkout.check_out, anna, added.id, CheckOut())).file


async def send(data: VaultData, who: Session, file: File, **fields: object) -> FileState:
    sent = await data.upload(who, b"next")
    wish = {"upload": sent.id, "base": "1.0", "token": 1, "size": sent.size, "hash": sent.hash} | fields
    return await data.do(checkin.check_in, who, file.id, CheckIn(**wish))  # type: ignore[arg-type]  # fields by name


async def test_minor_is_the_next_number_and_frees_the_file(data: VaultData, anna: Session, file: File) -> None:
    data.clock.forward(minutes=3)
    now = (await send(data, anna, file, comment="  faster \n second line")).file
    assert (now.head.number, now.head.comment, now.head.author, now.head.at, now.lock) == (
        "1.1", "faster \n second line", "Anna", data.clock.now, None
    )  # fmt: skip
    assert await data.file(file.id) == now
    [event] = await data.store.read(lambda c: events_after(c, data.vault, 2, limit=9))
    assert (event.type, event.data["why"], event.data["revision"]["minor"]) == ("file_unlocked", "checked_in", 1)


async def test_major_begins_a_new_number_and_keeping_tells_an_update(
    data: VaultData, anna: Session, file: File
) -> None:
    now = (await send(data, anna, file, major=True, keep=True)).file
    assert (now.head.number, now.lock) == ("2.0", file.lock)
    [event] = await data.store.read(lambda c: events_after(c, data.vault, 2, limit=9))
    assert (event.type, event.data["file"]["lock"]["token"]) == ("file_updated", 1)


@pytest.mark.postgres
async def test_a_stale_holder_cannot_commit(data: VaultData, anna: Session, ben: Session, file: File) -> None:
    laptop = await data.person("Anna", seat_id="laptop")
    await data.do(checkout.adopt, laptop, file.id)
    for who, words in ((anna, "You have"), (ben, "by Anna")):
        sent = await data.upload(who, b"next")
        before = await data.dump()
        wish = CheckIn(upload=sent.id, base="1.0", token=1, size=sent.size, hash=sent.hash)
        with pytest.raises(NotYours, match=words):
            await data.do(checkin.check_in, who, file.id, wish)
        assert await data.dump() == before


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"base": "0.9"}, OldBase),
        ({"base": "1.1"}, OldBase),
        ({"base": "one"}, OldBase),
        ({"size": 5}, WrongHash),
        ({"hash": "0" * 64}, WrongHash),
        ({"upload": "none"}, NotArrived),
        ({"token": 0}, NotYours),
    ],
)
async def test_what_does_not_fit_is_refused_and_stores_nothing(
    data: VaultData, anna: Session, file: File, fields: dict[str, object], refusal: type[Exception]
) -> None:
    before = await data.dump()
    with pytest.raises(refusal, match=r"a\.nc"):
        await send(data, anna, file, **fields)
    after = await data.dump()
    assert {name: rows for name, rows in after.items() if name not in ("upload", "blob")} == {
        name: rows for name, rows in before.items() if name not in ("upload", "blob")
    }


async def test_content_that_came_too_long_ago_is_gone(data: VaultData, anna: Session, file: File) -> None:
    sent = await data.upload(anna, b"next")
    data.clock.forward(hours=24)
    wish = CheckIn(upload=sent.id, base="1.0", token=1, size=sent.size, hash=sent.hash)
    with pytest.raises(NotArrived, match=r"a\.nc"):
        await data.do(checkin.check_in, anna, file.id, wish)
