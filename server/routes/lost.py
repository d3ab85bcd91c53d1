"""Uploads whose content the disk has lost or cut since: they are forgotten, and so have not arrived for anybody."""

import asyncio
from collections.abc import Collection

import structlog

from server.domain.session import Session
from server.protocol.calls import Upload
from server.routes.calls import write
from server.routes.parts import Parts
from server.services import uploads
from server.storage.blobs import Blobs, Content

_log = structlog.get_logger("server.routes")


async def forget_lost(parts: Parts, session: Session, ids: Collection[str]) -> Collection[str]:
    """Forget those of my uploads whose content is not on the disk: which. Whoever names one is to send it again.

    Call it before what makes revisions of them: a seat that is told that its work is stored may let go of it.
    """
    found = await parts.store.read(lambda connection: uploads.uploads_of(connection, session, ids))
    lost = await asyncio.to_thread(_lost, parts.blobs, found.values())
    if lost:
        for each in lost:
            _log.error("content missing", upload=each, hash=found[each].hash)
        await write(parts, session, lambda connection, _: uploads.forget(connection, session, lost))
    return lost


def _lost(blobs: Blobs, found: Collection[Upload]) -> list[str]:
    return [each.id for each in found if not blobs.has(Content(size=each.size, hash=each.hash))]
