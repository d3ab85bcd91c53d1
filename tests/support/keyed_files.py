"""Calls that change files, alone and in sets, and what is parked of them. Each is made possible first."""

from dataclasses import replace

from blake3 import blake3

from server.protocol import calls
from server.protocol.vault import File
from tests.support.keyed import ONE, TWO, Effect, Wanted, send
from tests.support.sim_server import Network, client_of
from tests.support.sim_shop import SimShop

FIRST, WORK = b"G0 X0 Y0\n", b"what Anna saved\n"
LAPTOP = "seat-laptop"
PARKED = Effect(audit=1, parked=1)


async def free(shop: SimShop, path: str = "Jobs/plate.nc") -> File:
    """A file that nobody has."""
    return await shop.add(path, FIRST)


async def held(shop: SimShop, path: str = "Jobs/plate.nc") -> calls.FileState:
    """A file that Anna has."""
    return await shop.anna.check_out((await free(shop, path)).id)


def token_of(state: calls.FileState) -> int:
    """Of a check-out."""
    assert state.file.lock is not None
    return state.file.lock.token


async def check_out(shop: SimShop) -> Wanted:
    """Of a file that nobody has."""
    file = await free(shop)
    other = calls.CheckOut(message="for something else")
    return Wanted("POST", f"/files/{file.id}/checkout", calls.CheckOut(message="mine"), ONE, file.id, other)


async def check_in(shop: SimShop) -> Wanted:
    """Of what she has, whatever she wants with it."""
    state = await held(shop)
    wish = await next_revision(shop, state)
    wish = replace(wish, major=shop.world.chance(0.3), keep=shop.world.chance(0.3))
    other = replace(wish, comment="another comment")
    return Wanted("POST", f"/files/{state.file.id}/checkin", wish, ONE, state.file.id, other)


async def next_revision(shop: SimShop, state: calls.FileState) -> calls.CheckIn:
    """A check-in, its content sent."""
    upload = await shop.anna.upload(WORK)
    return calls.CheckIn(
        upload=upload.id,
        base=state.file.head.number,
        token=token_of(state),
        size=len(WORK),
        hash=blake3(WORK).hexdigest(),
    )


async def check_in_too_late(shop: SimShop) -> Wanted:
    """Refused, and parked: once."""
    state = await held(shop)
    wish = await next_revision(shop, state)
    await shop.anna.undo(state)
    await shop.tomas.check_out(state.file.id)
    other = replace(wish, comment="another comment")
    return Wanted("POST", f"/files/{state.file.id}/checkin", wish, PARKED, other=other, refused=True)


async def undo(shop: SimShop) -> Wanted:
    """Of what she has."""
    state = await held(shop)
    wish = calls.UndoCheckOut(token=token_of(state))
    other = calls.UndoCheckOut(token=token_of(state) + 1)
    return Wanted("POST", f"/files/{state.file.id}/undo", wish, ONE, state.file.id, other)


async def adopt(shop: SimShop) -> Wanted:
    """Anna has it on her laptop."""
    file = await free(shop)
    await on_the_laptop(shop, file.id)
    return Wanted("POST", f"/files/{file.id}/adopt", None, ONE, file.id, then=lambda shop: shop.elsewhere(file.id))


async def on_the_laptop(shop: SimShop, file: str) -> None:
    """Anna checks out there."""
    laptop = await shop.server.sign_in("Anna", LAPTOP)
    async with client_of(laptop, Network(shop.server, shop.world.random)) as client:
        await client.check_out(file)


async def move(shop: SimShop) -> Wanted:
    """Afterwards somebody moves it on."""
    file = await free(shop)
    wish, other = calls.MoveFile(path="Jobs/renamed.nc"), calls.MoveFile(path="Jobs/otherwise.nc")
    return Wanted(
        "POST", f"/files/{file.id}/move", wish, ONE, file.id, other, then=lambda shop: moved_on(shop, file.id)
    )


async def moved_on(shop: SimShop, file: str) -> None:
    """By Tomas."""
    await shop.tomas.move(file, "Jobs/elsewhere.nc")


async def move_folder(shop: SimShop) -> Wanted:
    """Afterwards somebody moves it back."""
    for name in ("a", "b"):
        await free(shop, f"Jobs/{name}.nc")
    wish = calls.MoveFolder(path="Jobs", to="Old jobs")
    return Wanted(
        "POST", f"/vaults/{shop.server.vault}/folders/move", wish, ONE, other=replace(wish, to="New jobs"),
        then=folder_moved_back,
    )  # fmt: skip


async def folder_moved_back(shop: SimShop) -> None:
    """By Tomas."""
    await shop.tomas.move_folder(shop.server.vault, "Old jobs", "Jobs")


async def delete(shop: SimShop) -> Wanted:
    """Afterwards somebody brings it back."""
    file = await free(shop)
    return Wanted("DELETE", f"/files/{file.id}", None, ONE, then=lambda shop: brought_back(shop, file.id))


async def brought_back(shop: SimShop, *files: str) -> None:
    """By Tomas."""
    for file in files:
        await shop.tomas.restore(file)


async def restore(shop: SimShop) -> Wanted:
    """Afterwards somebody deletes it again."""
    file = await free(shop)
    await shop.tomas.delete(file.id)
    other = calls.RestoreFile(path="Jobs/otherwise.nc")
    return Wanted(
        "POST", f"/files/{file.id}/restore", calls.RestoreFile(path=None), ONE, file.id, other,
        then=deleted_all,
    )  # fmt: skip


async def deleted_all(shop: SimShop) -> None:
    """By Tomas: the names are free again."""
    for file in (await shop.tomas.tree(shop.server.vault)).files:
        await shop.tomas.delete(file)


async def add(shop: SimShop) -> Wanted:
    """Afterwards somebody deletes it."""
    wish = await new_file(shop, "Jobs/new.nc")
    other = replace(wish, path="Jobs/otherwise.nc")
    return Wanted("POST", f"/vaults/{shop.server.vault}/files", wish, ONE, other=other, then=deleted_all)


async def new_file(shop: SimShop, path: str) -> calls.AddFile:
    """A file to be added, its content sent."""
    upload = await shop.anna.upload(WORK)
    return calls.AddFile(path=path, upload=upload.id, size=upload.size, hash=upload.hash)


async def add_set(shop: SimShop) -> Wanted:
    """Three files. Afterwards somebody deletes them."""
    wish = calls.AddFiles(files=[await new_file(shop, f"Jobs/{name}.nc") for name in "abc"])
    other = calls.AddFiles(files=wish.files[:2])
    path = f"/vaults/{shop.server.vault}/files/set"
    return Wanted("POST", path, wish, Effect(events=3, audit=3), other=other, then=deleted_all)


async def check_out_set(shop: SimShop) -> Wanted:
    """Two files that nobody has."""
    files = [(await free(shop, f"Jobs/{name}.nc")).id for name in "ab"]
    wish = calls.CheckOutFiles(files=files)
    return Wanted("POST", "/files/set/checkout", wish, TWO, files[0], replace(wish, message="other"))


async def check_in_set(shop: SimShop) -> Wanted:
    """Two files that she has."""
    nexts = []
    for name in "ab":
        state = await held(shop, f"Jobs/{name}.nc")
        one = await next_revision(shop, state)
        nexts.append(
            calls.NextRevision(
                file=state.file.id, upload=one.upload, base=one.base, token=one.token, size=one.size, hash=one.hash
            )
        )
    wish = calls.CheckInFiles(files=nexts)
    return Wanted("POST", "/files/set/checkin", wish, TWO, nexts[0].file, replace(wish, comment="other"))


async def undo_set(shop: SimShop) -> Wanted:
    """The same."""
    states = [await held(shop, f"Jobs/{name}.nc") for name in "ab"]
    each = [calls.HeldFile(file=state.file.id, token=token_of(state)) for state in states]
    wish, other = calls.UndoCheckOuts(files=each), calls.UndoCheckOuts(files=each[:1])
    return Wanted("POST", "/files/set/undo", wish, TWO, each[0].file, other)


async def delete_set(shop: SimShop) -> Wanted:
    """Two files. Afterwards somebody brings them back."""
    files = [(await free(shop, f"Jobs/{name}.nc")).id for name in "ab"]
    wish, other = calls.DeleteFiles(files=files), calls.DeleteFiles(files=files[:1])
    return Wanted("POST", "/files/set/delete", wish, TWO, other=other, then=lambda shop: brought_back(shop, *files))


async def check_in_parked(shop: SimShop) -> Wanted:
    """She has its file by another check-out."""
    late = await check_in_too_late(shop)
    assert (await send(shop, late))[0] == 409
    (parked,) = await shop.anna.parked()
    file = parked.file
    await shop.tomas.undo(await shop.tomas.file(file))
    state = await shop.anna.check_out(file)
    wish = calls.CheckInParked(base=state.file.head.number, token=token_of(state))
    effect = Effect(events=1, audit=1, parked=-1)
    return Wanted("POST", f"/parked/{parked.id}/checkin", wish, effect, file, replace(wish, comment="other"))


async def park(shop: SimShop) -> Wanted:
    """What a check-out that was lost has left on its seat."""
    state = await held(shop)
    lost = await next_revision(shop, state)
    await shop.anna.undo(state)
    wish = calls.ParkWork(upload=lost.upload, base=lost.base, token=lost.token, size=lost.size, hash=lost.hash)
    other = replace(wish, comment="other")
    return Wanted("POST", f"/files/{state.file.id}/park", wish, PARKED, other=other, then=dropped_all)


async def drop_parked(shop: SimShop) -> Wanted:
    """A version of hers."""
    assert (await send(shop, await check_in_too_late(shop)))[0] == 409
    (parked,) = await shop.anna.parked()
    return Wanted("DELETE", f"/parked/{parked.id}", None, Effect(audit=1, parked=-1))


async def dropped_all(shop: SimShop) -> None:
    """By Anna."""
    for each in await shop.anna.parked():
        await shop.anna.drop_parked(each.id)
