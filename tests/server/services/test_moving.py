"""Other paths: for a file and for a folder, with every name that is taken."""

import pytest

from server.domain.errors import ForbiddenPath, Invalid, Locked, NameTaken, NotFound
from server.domain.session import Session
from server.protocol.calls import CheckOut, FolderMove, MoveFile, MoveFolder
from server.services import checkout, moving
from server.services.reading import events_after
from tests.support.vault_data import VaultData

pytestmark = pytest.mark.postgres


async def move(data: VaultData, who: Session, file: str, path: str) -> str:
    return (await data.do(moving.move_file, who, file, MoveFile(path=path))).file.path


async def move_folder(data: VaultData, who: Session, path: str, to: str) -> FolderMove:
    return await data.do(moving.move_folder, who, data.vault, MoveFolder(path=path, to=to))


async def paths(data: VaultData) -> set[str]:
    return {row[2] for row in (await data.dump())["file"]}


async def test_a_name_may_change_in_case_alone(data: VaultData, anna: Session) -> None:
    file = (await data.add(anna, "parts/bracket.nc")).file
    assert await move(data, anna, file.id, "Parts/BRACKET.nc") == "Parts/BRACKET.nc"
    [event] = await data.store.read(lambda c: events_after(c, data.vault, 1, limit=9))
    assert (event.type, event.data["from"], event.data["file"]["path"]) == (
        "file_moved", "parts/bracket.nc", "Parts/BRACKET.nc"
    )  # fmt: skip


async def test_moving_to_where_it_is_changes_nothing(data: VaultData, anna: Session) -> None:
    file = (await data.add(anna, "a.nc")).file
    before = await data.dump()
    outcome = await data.outcome(moving.move_file, anna, file.id, MoveFile(path="a.nc"))
    assert outcome.hints == ()
    assert outcome.answer.seq == 1
    assert await data.dump() == before


async def test_my_own_checkout_moves_along(data: VaultData, anna: Session) -> None:
    file = (await data.add(anna, "a.nc")).file
    taken = (await data.do(checkout.check_out, anna, file.id, CheckOut())).file
    moved = (await data.do(moving.move_file, anna, file.id, MoveFile(path="b.nc"))).file
    assert moved.lock == taken.lock


@pytest.mark.parametrize("target", ["TAKEN.nc", "folder", "taken.nc/below.nc", "Folder/new.nc"])
async def test_a_taken_place_is_refused(data: VaultData, anna: Session, target: str) -> None:
    file = (await data.add(anna, "a.nc")).file
    await data.add(anna, "taken.nc")
    await data.add(anna, "folder/b.nc")
    before = await data.dump()
    with pytest.raises(NameTaken):
        await move(data, anna, file.id, target)
    assert await data.dump() == before


async def test_a_folder_moves_whole_in_one_event(data: VaultData, anna: Session) -> None:
    for path in ("old/a.nc", "old/deep/b.nc", "older/c.nc", "old.nc"):
        await data.add(anna, path)
    assert (await move_folder(data, anna, "OLD", "new/place")).files == 2
    assert await paths(data) == {"new/place/a.nc", "new/place/deep/b.nc", "older/c.nc", "old.nc"}
    [event] = await data.store.read(lambda c: events_after(c, data.vault, 4, limit=9))
    assert event.data == {"from": "old", "to": "new/place", "by": "Anna"}
    await data.add(anna, "old/a.nc")


async def test_a_folder_may_change_in_case_alone_and_keep_its_keys(data: VaultData, anna: Session) -> None:
    await data.add(anna, "straße/a.nc")
    await move_folder(data, anna, "straße", "STRASSE")
    assert await paths(data) == {"STRASSE/a.nc"}
    with pytest.raises(NameTaken):
        await data.add(anna, "STRASSE/A.nc")


async def test_a_folder_may_join_another_and_move_up_over_its_own_names(data: VaultData, anna: Session) -> None:
    for path in ("a/b/b/c.nc", "a/b/c.nc", "z/1.nc", "y/2.nc"):
        await data.add(anna, path)
    await move_folder(data, anna, "a/b", "a")
    assert await paths(data) == {"a/b/c.nc", "a/c.nc", "z/1.nc", "y/2.nc"}
    await move_folder(data, anna, "z", "y")
    assert await paths(data) == {"a/b/c.nc", "a/c.nc", "y/1.nc", "y/2.nc"}


@pytest.mark.parametrize(
    ("target", "refusal"),
    [
        ("target", NameTaken),
        ("single.nc", NameTaken),
        ("SINGLE.nc/x", NameTaken),
        ("Target/sub", NameTaken),
        ("old/inside", Invalid),
        ("CON", ForbiddenPath),
        ("x" * 236, ForbiddenPath),
    ],
)
async def test_a_folder_that_cannot_move_stays_whole(
    data: VaultData, anna: Session, target: str, refusal: type[Exception]
) -> None:
    for path in ("old/same.nc", "old/x.nc", "target/SAME.nc", "single.nc"):
        await data.add(anna, path)
    before = await data.dump()
    with pytest.raises(refusal):
        await move_folder(data, anna, "old", target)
    assert await data.dump() == before


async def test_a_folder_with_something_of_somebody_else_stays(data: VaultData, anna: Session, ben: Session) -> None:
    file = (await data.add(anna, "old/a.nc")).file
    await data.do(checkout.check_out, anna, file.id, CheckOut())
    before = await data.dump()
    with pytest.raises(Locked, match=r"old/a\.nc"):
        await move_folder(data, ben, "old", "new")
    assert await data.dump() == before
    assert (await move_folder(data, anna, "old", "new")).files == 1


async def test_a_folder_that_is_not_there_is_said_so(data: VaultData, anna: Session) -> None:
    await data.add(anna, "a.nc")
    for folder in ("a.nc", "none"):
        with pytest.raises(NotFound, match=folder):
            await move_folder(data, anna, folder, "new")
