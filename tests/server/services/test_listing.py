"""Long lists come in pages, and a tree out of one moment."""

import base64
from collections.abc import Generator
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from server.domain.errors import Invalid
from server.domain.session import Session
from server.protocol.calls import AddFiles, CheckOut
from server.protocol.limits import PAGE_ITEMS
from server.services import adding, checkout, deleting, listing
from server.services.tree import tree
from tests.support.vault_data import VaultData

MANY = PAGE_ITEMS + 20


async def add_many(data: VaultData, who: Session) -> list[str]:
    sent = await data.new_file(who, "x")
    added = []
    for start in range(0, MANY, 130):
        files = [replace(sent, path=f"{number:04}.nc") for number in range(start, min(MANY, start + 130))]
        answer = await data.do(adding.add_files, who, data.vault, AddFiles(files=files))
        added += [each.id for each in answer.files]
    return added


async def test_locks_and_deleted_files_come_in_pages(data: VaultData, anna: Session) -> None:
    files = await add_many(data, anna)
    for file in files:
        await data.do(checkout.check_out, anna, file, CheckOut())

    def locks(cursor: str | None) -> Any:
        return lambda c: listing.held_files(c, anna, vault_id=None, mine=False, cursor=cursor)

    first, cursor = await data.store.read(locks(None))
    rest, end = await data.store.read(locks(cursor))
    assert (len(first), len(rest), end) == (PAGE_ITEMS, 20, None)
    assert [each.path for each in (*first, *rest)] == [f"{number:04}.nc" for number in range(MANY)]
    for file in files:
        await data.do(deleting.delete_file, anna, file)

    def deleted(cursor: str | None) -> Any:
        return lambda c: listing.deleted_files(c, anna, data.vault, cursor=cursor)

    page = await data.store.read(deleted(None))
    last = await data.store.read(deleted(page.cursor))
    assert (len(page.files), len(last.files), last.cursor) == (PAGE_ITEMS, 20, None)
    assert [each.path for each in (*page.files, *last.files)] == [f"{number:04}.nc" for number in range(MANY)]


async def test_a_tree_is_true_for_its_seq_though_others_go_on(data: VaultData, anna: Session) -> None:
    await add_many(data, anna)

    def pieces(connection: Any) -> Generator[Any]:
        return tree(connection, anna, data.vault)

    stream = data.store.stream(pieces)
    mark = await anext(stream)
    await data.add(anna, "later.nc")
    lines = b"".join([piece async for piece in stream]).splitlines()
    head = msgspec.json.decode(lines[0])
    assert (mark.seq, head["seq"], head["files"], len(lines) - 1) == (MANY, MANY, MANY, MANY)


@pytest.mark.parametrize("cursor", ["!", "a", base64.urlsafe_b64encode(b"[1]").decode(), "ä"])
async def test_a_foreign_cursor_is_refused(data: VaultData, anna: Session, cursor: str) -> None:
    with pytest.raises(Invalid, match="first page"):
        await data.store.read(lambda c: listing.deleted_files(c, anna, data.vault, cursor=cursor))
