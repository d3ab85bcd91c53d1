"""Calls that are refused, and could be carried out later, once: a refusal is not kept under a key."""

from server.protocol import calls
from tests.support.keyed import NONE, ONE, TWO, Effect, Wanted
from tests.support.keyed_files import FIRST, LAPTOP, deleted_all, free, held, new_file, on_the_laptop, token_of
from tests.support.sim_shop import SimShop


async def held_by_tomas(shop: SimShop, path: str = "Jobs/plate.nc") -> str:
    """A file that Tomas has."""
    file = await free(shop, path)
    await shop.tomas.check_out(file.id)
    return file.id


async def given_back(shop: SimShop) -> None:
    """Tomas has nothing any more."""
    for file, found in (await shop.tomas.tree(shop.server.vault)).files.items():
        if found.lock is not None:
            await shop.tomas.undo(await shop.tomas.file(file))


async def check_out(shop: SimShop) -> Wanted:
    """Tomas has it."""
    file = await held_by_tomas(shop)
    return Wanted("POST", f"/files/{file}/checkout", calls.CheckOut(), ONE, file, refused=True, then=given_back)


async def check_out_set(shop: SimShop) -> Wanted:
    """Tomas has one of them."""
    files = [(await free(shop, "Jobs/a.nc")).id, await held_by_tomas(shop, "Jobs/b.nc")]
    wish = calls.CheckOutFiles(files=files)
    return Wanted("POST", "/files/set/checkout", wish, TWO, files[0], refused=True, then=given_back)


async def adopt(shop: SimShop) -> Wanted:
    """Nobody has it. Afterwards Anna has it on her laptop."""
    file = (await free(shop)).id
    return Wanted(
        "POST", f"/files/{file}/adopt", None, ONE, file, refused=True, then=lambda shop: on_the_laptop(shop, file)
    )


async def move(shop: SimShop) -> Wanted:
    """The same."""
    file = await held_by_tomas(shop)
    wish = calls.MoveFile(path="Jobs/renamed.nc")
    return Wanted("POST", f"/files/{file}/move", wish, ONE, file, refused=True, then=given_back)


async def move_folder(shop: SimShop) -> Wanted:
    """Tomas has a file in it."""
    await held_by_tomas(shop)
    wish = calls.MoveFolder(path="Jobs", to="Old jobs")
    path = f"/vaults/{shop.server.vault}/folders/move"
    return Wanted("POST", path, wish, ONE, refused=True, then=given_back)


async def delete(shop: SimShop) -> Wanted:
    """Tomas has it."""
    return Wanted("DELETE", f"/files/{await held_by_tomas(shop)}", None, ONE, refused=True, then=given_back)


async def add(shop: SimShop) -> Wanted:
    """There is a file of that name."""
    await free(shop, "Jobs/new.nc")
    wish = await new_file(shop, "Jobs/new.nc")
    return Wanted("POST", f"/vaults/{shop.server.vault}/files", wish, ONE, refused=True, then=deleted_all)


async def restore(shop: SimShop) -> Wanted:
    """It is not deleted, yet."""
    file = await free(shop)
    return Wanted(
        "POST", f"/files/{file.id}/restore", calls.RestoreFile(), ONE, file.id, refused=True, then=deleted_all
    )


async def undo(shop: SimShop) -> Wanted:
    """By an older check-out: never, as no other has its token."""
    state = await held(shop)
    wish = calls.UndoCheckOut(token=token_of(state))
    await shop.anna.undo(state)
    return Wanted(
        "POST", f"/files/{state.file.id}/undo", wish, NONE, refused=True, then=lambda shop: again(shop, state)
    )


async def check_in(shop: SimShop) -> Wanted:
    """By an older check-out, of what the newest revision has anyway: never, and there is nothing to park."""
    state = await held(shop)
    sent = await shop.anna.upload(FIRST)
    wish = calls.CheckIn(
        upload=sent.id, base=state.file.head.number, token=token_of(state), size=sent.size, hash=sent.hash
    )
    await shop.anna.undo(state)
    return Wanted(
        "POST", f"/files/{state.file.id}/checkin", wish, NONE, refused=True, then=lambda shop: again(shop, state)
    )


async def again(shop: SimShop, before: calls.FileState) -> None:
    """Anna has it again, by another check-out."""
    await shop.anna.check_out(before.file.id)


async def end_seat(shop: SimShop) -> Wanted:
    """There is no such seat, yet."""

    async def is_there(shop: SimShop) -> None:
        await shop.server.sign_in("Anna", LAPTOP)

    return Wanted("DELETE", f"/session/seats/{LAPTOP}", None, Effect(audit=1, ended=1), refused=True, then=is_there)


REFUSED = (
    check_out,
    check_out_set,
    adopt,
    move,
    move_folder,
    delete,
    add,
    restore,
    undo,
    check_in,
    end_seat,
)
