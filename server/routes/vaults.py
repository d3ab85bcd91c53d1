"""Vaults: the list, a snapshot of all files, changes since a seq, and new vaults."""

import zlib
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import closing
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy import Connection

from server.domain.errors import TooFarBehind
from server.domain.permissions import Action
from server.domain.session import Session
from server.protocol.calls import AddVault, Change, Changes, DeletedFiles, FolderMove, MoveFolder, RuleSets, Vaults
from server.protocol.limits import REPLAY_EVENTS
from server.protocol.vault import Vault
from server.routes.bodies import answer, body, gives, takes
from server.routes.calls import Here, PathId, Who, settle
from server.routes.entitled import EntitledResponse
from server.services import listing, moving, vaults
from server.services.reading import events_after
from server.services.rights import vault_and_epoch_for, vault_for
from server.services.tree import TreeMark
from server.services.tree import tree as tree_of

router = APIRouter(tags=["vaults"])

_GZIP = 16 + zlib.MAX_WBITS


@router.get("/vaults", responses=gives(Vaults))
async def list_vaults(parts: Here, session: Who) -> Response:
    """The vaults that I may read."""
    return answer(await parts.store.read(lambda connection: vaults.list_vaults(connection, session)))


@router.post("/vaults", status_code=201, openapi_extra=takes(AddVault), responses=gives(Vault, 201))
async def add_vault(request: Request, session: Who, wish: Annotated[AddVault, Depends(body(AddVault))]) -> Response:
    """A new vault; for administrators of the server."""
    return await settle(
        request,
        session,
        wish,
        lambda connection, now: vaults.add_vault(connection, session, wish, at=now),
        status=201,
    )


@router.put("/vaults/{vault}/sets", openapi_extra=takes(RuleSets), responses=gives(Vault))
async def rule_sets(
    vault: PathId, request: Request, session: Who, wish: Annotated[RuleSets, Depends(body(RuleSets))]
) -> Response:
    """Which files of the vault belong together, by their names; for those who administer it."""
    return await settle(
        request, session, wish, lambda connection, now: vaults.rule_sets(connection, session, vault, wish, at=now)
    )


@router.get("/vaults/{vault}/tree", responses={200: {"content": {"application/x-ndjson": {}}}, 304: {}})
async def tree(vault: PathId, request: Request, parts: Here, session: Who) -> Response:
    """The whole vault, consistent with the seq in the first line: TreeHead, then one File a line, by path."""
    zipped = "gzip" in request.headers.get("accept-encoding", "")
    pieces = parts.store.stream(_tree_reader(session, vault, zipped=zipped), whose=session.person_id)
    mark = await anext(pieces)
    if not isinstance(mark, TreeMark):
        raise TypeError("A tree begins with its mark.")
    tag = f'"{mark.epoch}.{mark.vault}.{mark.seq}"'
    headers = {"ETag": tag, "Vary": "Accept-Encoding, Authorization, Cookie", "Cache-Control": "private, no-cache"}
    if tag in [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]:
        await pieces.aclose()
        return Response(status_code=304, headers=headers)
    if zipped:
        headers["Content-Encoding"] = "gzip"

    def may_read(connection: Connection, known: Session) -> object:
        return vault_for(connection, known, vault, Action.READ)

    lines = _bytes_of(pieces)
    return EntitledResponse(parts, session, may_read, lines, headers=headers, media_type="application/x-ndjson")


@router.get("/vaults/{vault}/changes", responses=gives(Changes))
async def changes(vault: PathId, parts: Here, session: Who, since: Annotated[int, Query(ge=0, le=2**53)]) -> Response:
    """Events after a seq, at most 1,000 at once."""
    return answer(await parts.store.read(lambda connection: _changes(connection, session, vault, since=since)))


@router.get("/vaults/{vault}/deleted", responses=gives(DeletedFiles))
async def deleted(vault: PathId, parts: Here, session: Who, cursor: str | None = None) -> Response:
    """Files that can be restored."""
    return answer(
        await parts.store.read(lambda connection: listing.deleted_files(connection, session, vault, cursor=cursor))
    )


@router.post("/vaults/{vault}/folders/move", openapi_extra=takes(MoveFolder), responses=gives(FolderMove))
async def move_folder(
    vault: PathId, request: Request, session: Who, wish: Annotated[MoveFolder, Depends(body(MoveFolder))]
) -> Response:
    """Another path for everything below a folder."""
    return await settle(
        request, session, wish, lambda connection, now: moving.move_folder(connection, session, vault, wish, at=now)
    )


def _changes(connection: Connection, session: Session, vault_id: str, *, since: int) -> Changes:
    view, epoch = vault_and_epoch_for(connection, session, vault_id)
    if since > view.seq:
        raise TooFarBehind(
            f"The vault “{view.name}” has not come to change {since}; its newest is {view.seq}. Take a fresh snapshot."
        )
    return Changes(
        epoch=epoch,
        vault=vault_id,
        seq=view.seq,
        changes=[
            Change(type=each.type, seq=each.seq, timestamp=each.at, data=each.data)
            for each in events_after(connection, vault_id, since, limit=REPLAY_EVENTS)
        ],
    )


def _tree_reader(
    session: Session, vault_id: str, *, zipped: bool
) -> Callable[[Connection], Generator[TreeMark | bytes]]:
    def read(connection: Connection) -> Generator[TreeMark | bytes]:
        pieces = tree_of(connection, session, vault_id)
        return _zipped(pieces) if zipped else pieces

    return read


def _zipped(pieces: Generator[TreeMark | bytes]) -> Generator[TreeMark | bytes]:
    # The fastest level: on a LAN anything slower costs more time than it saves.
    packer = zlib.compressobj(level=1, wbits=_GZIP)
    with closing(pieces):
        for piece in pieces:
            yield packer.compress(piece) if isinstance(piece, bytes) else piece
    yield packer.flush()


async def _bytes_of(pieces: AsyncIterator[TreeMark | bytes]) -> AsyncIterator[bytes]:
    async for piece in pieces:
        if isinstance(piece, bytes) and piece:
            yield piece
