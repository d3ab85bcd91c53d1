"""What people watch, and what they want to hear of."""

import pytest
from sqlalchemy import insert, select, update

from server.bus.base import ChangedHint
from server.domain.errors import Gone, Invalid, NotFound
from server.domain.session import Session
from server.protocol.calls import AddWatch, ChooseHearing, Hearing, MoveFile, MoveFolder, QuietHours, Watch
from server.services import deleting, hearing, moving, watches
from server.storage.tables import access, audit, vault
from tests.support.vault_data import START, VaultData


async def watched(data: VaultData, who: Session) -> list[Watch]:
    return await data.store.read(lambda c: watches.list_watches(c, who))


async def test_a_file_and_a_folder_are_watched_once_each(data: VaultData, anna: Session, ben: Session) -> None:
    file = (await data.add(ben, "Jobs/a.nc")).file.id
    one = await data.do(watches.add_watch, anna, AddWatch(vault=data.vault, file=file))
    data.clock.forward(minutes=1)
    two = await data.do(watches.add_watch, anna, AddWatch(vault=data.vault, folder="JOBS"))
    assert await data.do(watches.add_watch, anna, AddWatch(vault=data.vault, file=file)) == one
    assert await data.do(watches.add_watch, anna, AddWatch(vault=data.vault, folder="jobs")) == two
    assert [(each.file, each.folder, each.path) for each in await watched(data, anna)] == [
        (file, None, "Jobs/a.nc"),
        (None, "Jobs", None),
    ]
    assert await watched(data, ben) == []


async def test_each_change_is_told_to_my_seats_and_stands_in_the_audit_trail(
    data: VaultData, anna: Session, ben: Session
) -> None:
    mine = (ChangedHint("watches", frozenset({anna.person_id})),)
    added = await data.outcome(watches.add_watch, anna, AddWatch(vault=data.vault, folder=""))
    assert added.hints == mine
    with pytest.raises(NotFound):
        await data.do(watches.drop_watch, ben, added.answer.id)
    assert (await data.outcome(watches.drop_watch, anna, added.answer.id)).hints == mine
    assert await watched(data, anna) == []
    actions = await data.store.read(
        lambda c: c.execute(select(audit.c.action).order_by(audit.c.number)).scalars().all()
    )
    assert actions[-2:] == ["watch_added", "watch_ended"]


@pytest.mark.parametrize(
    "wish",
    [{}, {"file": "f", "folder": "Jobs"}],
    ids=["neither", "both"],
)
async def test_a_watch_is_about_one_thing(data: VaultData, anna: Session, wish: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        await data.do(watches.add_watch, anna, AddWatch(vault=data.vault, **wish))


async def test_what_is_not_there_is_not_watched(data: VaultData, anna: Session) -> None:
    file = (await data.add(anna, "Jobs/a.nc")).file.id
    for wish in (
        AddWatch(vault=data.vault, file="none"),
        AddWatch(vault=data.vault, folder="Elsewhere"),
        AddWatch(vault="none", folder=""),
        AddWatch(vault="none", file=file),
    ):
        with pytest.raises(NotFound):
            await data.do(watches.add_watch, anna, wish)
    await data.do(deleting.delete_file, anna, file)
    with pytest.raises(Gone):
        await data.do(watches.add_watch, anna, AddWatch(vault=data.vault, file=file))
    assert await watched(data, anna) == []


async def test_a_vault_that_may_not_be_read_any_more_drops_out(data: VaultData, anna: Session, ben: Session) -> None:
    file = (await data.add(ben, "Jobs/a.nc")).file.id
    await data.do(watches.add_watch, anna, AddWatch(vault=data.vault, file=file))
    await data.store.write(
        lambda c: c.execute(insert(access).values(vault=data.vault, person=anna.person_id, role=None))
    )
    assert await watched(data, anna) == []
    with pytest.raises(NotFound):
        await data.do(watches.add_watch, anna, AddWatch(vault=data.vault, file=file))
    await data.store.write(lambda c: c.execute(update(access).values(role="reader")))
    assert [each.file for each in await watched(data, anna)] == [file]


async def test_who_may_only_read_watches_all_the_same(data: VaultData, anna: Session) -> None:
    await data.store.write(lambda c: c.execute(update(vault).values(default_role="reader")))
    await data.do(watches.add_watch, anna, AddWatch(vault=data.vault, folder=""))
    assert [each.folder for each in await watched(data, anna)] == [""]


async def test_a_watch_follows_its_folder(data: VaultData, anna: Session, ben: Session) -> None:
    for path in ("Jobs/2210/a.nc", "Jobs2/b.nc"):
        await data.add(ben, path)
    for folder in ("", "Jobs", "Jobs/2210", "Jobs2"):
        data.clock.forward(minutes=1)
        await data.do(watches.add_watch, anna, AddWatch(vault=data.vault, folder=folder))
    moved = await data.outcome(moving.move_folder, ben, data.vault, MoveFolder(path="Jobs", to="Old/Jobs"))
    assert ChangedHint("watches", frozenset({anna.person_id})) in moved.hints
    assert [each.folder for each in await watched(data, anna)] == ["", "Old/Jobs", "Old/Jobs/2210", "Jobs2"]


async def test_of_two_watches_on_what_is_one_folder_now_one_is_left(
    data: VaultData, anna: Session, ben: Session
) -> None:
    for path in ("Jobs/a.nc", "Old/b.nc"):
        await data.add(ben, path)
    for folder in ("Jobs", "Old"):
        data.clock.forward(minutes=1)
        await data.do(watches.add_watch, anna, AddWatch(vault=data.vault, folder=folder))
    await data.do(watches.add_watch, ben, AddWatch(vault=data.vault, folder="Jobs"))
    moved = await data.outcome(moving.move_folder, ben, data.vault, MoveFolder(path="Jobs", to="Old"))
    assert ChangedHint("watches", frozenset({anna.person_id, ben.person_id})) in moved.hints
    assert [each.folder for each in await watched(data, anna)] == ["Old"]
    assert [each.folder for each in await watched(data, ben)] == ["Old"]


async def test_a_watch_on_a_file_says_where_it_is_and_that_it_is_deleted(
    data: VaultData, anna: Session, ben: Session
) -> None:
    file = (await data.add(ben, "Jobs/a.nc")).file.id
    await data.do(watches.add_watch, anna, AddWatch(vault=data.vault, file=file))
    await data.do(moving.move_file, ben, file, MoveFile(path="Old/b.nc"))
    assert [(each.path, each.deleted) for each in await watched(data, anna)] == [("Old/b.nc", False)]
    await data.do(deleting.delete_file, ben, file)
    assert [(each.path, each.deleted) for each in await watched(data, anna)] == [("Old/b.nc", True)]


async def test_there_is_a_bound(data: VaultData, anna: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watches, "WATCHES_MOST", 1)
    file = (await data.add(anna, "Jobs/a.nc")).file.id
    await data.do(watches.add_watch, anna, AddWatch(vault=data.vault, folder=""))
    with pytest.raises(Invalid, match="Stop watching"):
        await data.do(watches.add_watch, anna, AddWatch(vault=data.vault, file=file))


async def test_everybody_hears_of_all_until_something_else_is_chosen(
    data: VaultData, anna: Session, ben: Session
) -> None:
    async def heard(who: Session) -> Hearing:
        return await data.store.read(lambda c: hearing.read_hearing(c, who))

    assert await heard(anna) == Hearing(rule="all", quiet=[])
    nights = [QuietHours(day=4, start=18 * 60, end=6 * 60)]
    chosen = await data.outcome(hearing.choose_hearing, anna, ChooseHearing(rule="local", quiet=nights))
    assert chosen.hints == (ChangedHint("hearing", frozenset({anna.person_id})),)
    assert await heard(anna) == chosen.answer == Hearing(rule="local", quiet=nights, at=START)
    assert (await heard(ben)).rule == "all"
