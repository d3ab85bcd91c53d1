"""Where the contents of a server are, as its database knows it: no node begins with contents that are elsewhere.

Of a folder that several nodes share the mark in it is known, wherever each of them has it mounted; of a bucket its name
and prefix.
"""

import asyncio
from collections.abc import Callable
from functools import partial

import structlog
from sqlalchemy import Connection, select, update

from server.bucket import Bucket
from server.services.several_nodes import NotShared, OneNode
from server.storage.shared_folder import SharedFolder
from server.storage.store import Store
from server.storage.tables import server

log = structlog.get_logger(__name__)

_IN_BUCKET = "bucket "


async def require_place(
    store: Store, nodes: OneNode, *, bucket: Bucket | None, folder: SharedFolder, holds: Callable[[], bool]
) -> None:
    """The contents of this node are where those of the others are, and where they were; the first node says where.

    Who is alone may have moved them, if the new place `holds` some of what the database names. Raises NotShared.
    """
    known = await store.read(_known_place)
    if bucket is not None:
        await _require_bucket(store, nodes, bucket, known=known, holds=holds)
    elif known is not None and known.startswith(_IN_BUCKET):
        await _require_moved(nodes, known, here=f"the folder {folder.root}", holds=holds)
        await store.write(partial(_move, place=None))
        known = None
    if bucket is None and nodes.place is not None:
        await _require_folder(store, folder, known=known)


async def _require_bucket(
    store: Store, nodes: OneNode, bucket: Bucket, *, known: str | None, holds: Callable[[], bool]
) -> None:
    place = f"{_IN_BUCKET}{bucket.name}/{bucket.prefix}"
    if known is not None and known != place:
        await _require_moved(nodes, known, here=f"the bucket {bucket}, below “{bucket.prefix}”", holds=holds)
        await store.write(partial(_move, place=place))
    agreed = await store.write(partial(_agree, found=place))
    if agreed != place:  # of nodes that begin at once the other one was first
        raise _elsewhere(agreed, here=f"the bucket {bucket}, below “{bucket.prefix}”")


async def _require_moved(nodes: OneNode, known: str, *, here: str, holds: Callable[[], bool]) -> None:
    if await nodes.is_with_others():
        raise _elsewhere(known, here=here)
    if not await asyncio.to_thread(holds):
        raise NotShared(
            f"The contents of this database are {_said(known)}, and this server is set to have them in {here}, where"
            " none of the newest is. Set “blobs_url” as it was; or copy all contents there first, as docs/server.md"
            " says under “Contents on S3”. If they are lost, and the server is to start without: run `epoch` first."
        )
    log.warning("contents_moved", before=_said(known), now=here)


async def _require_folder(store: Store, folder: SharedFolder, *, known: str | None) -> None:
    """The folder is that of the other nodes."""
    if known is None and await asyncio.to_thread(folder.mark) is None:
        await asyncio.to_thread(folder.put_mark)
    found = await asyncio.to_thread(folder.mark)
    if found is None or await store.write(partial(_agree, found=found)) != found:
        raise NotShared(
            f"The contents in {folder.root} are not those of the server's other nodes. All nodes need the same"
            " folder there, of a disk that they share, or one bucket (the setting “blobs_url”)."
        )


def _elsewhere(known: str, *, here: str) -> NotShared:
    return NotShared(
        f"The other nodes of this server have their contents {_said(known)}, and this one is set to have them in"
        f" {here}. Give all nodes the same “blobs_url”, or none of them, and start this one again."
    )


def _said(known: str) -> str:
    if known.startswith(_IN_BUCKET):
        name, _, prefix = known.removeprefix(_IN_BUCKET).partition("/")
        return f"in the bucket “{name}”, below “{prefix}”"
    return "in a folder of a disk"


def _known_place(connection: Connection) -> str | None:
    known: str | None = connection.execute(select(server.c.contents_mark)).scalar_one()
    return known


def _move(connection: Connection, *, place: str | None) -> None:
    connection.execute(update(server).values(contents_mark=place))


def _agree(connection: Connection, *, found: str) -> str:
    """The place of the contents of all nodes: the one that was found where none is known yet."""
    known = _known_place(connection)
    if known is None:
        _move(connection, place=found)
        return found
    return known
