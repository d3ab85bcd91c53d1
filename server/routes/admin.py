"""How the server is, for its administrators."""

import asyncio
from dataclasses import replace
from datetime import datetime

from fastapi import APIRouter, Response

from server.domain.warnings import warnings_of
from server.protocol.calls import Collection, Disk, ServerState
from server.routes.bodies import answer, gives
from server.routes.calls import Here, Who
from server.routes.parts import Parts
from server.services.numbers import Numbers, numbers
from server.services.upkeep import Upkeep
from server.storage.premises import Premises, room_at
from server.version import VERSION

router = APIRouter(tags=["administration"])


@router.get("/admin/server", responses=gives(ServerState))
async def server_state(parts: Here, session: Who) -> Response:
    """How the server is: sizes, disks, seats, what happens, and what needs somebody; for its administrators."""
    now = parts.clock()
    counted = await parts.store.read(
        lambda connection: numbers(
            connection, session, newest=parts.releases.newest, online=parts.presence.online, now=now
        )
    )
    return answer(await _state(parts, counted, now))


async def _state(parts: Parts, counted: Numbers, now: datetime) -> ServerState:
    told = await parts.backing_up.told()
    installer = parts.releases.offered
    state = ServerState(
        name=parts.settings.name,
        version=VERSION,
        epoch=counted.epoch,
        now=now,
        started=parts.upkeep.started,
        warnings=[],
        database_bytes=await _database_bytes(parts, counted),
        contents=counted.contents,
        content_bytes=counted.content_bytes,
        disks=await asyncio.to_thread(_disks, parts.premises),
        rates=counted.rates,
        seats=counted.seats,
        sockets=counted.sockets,
        open_uploads=counted.open_uploads,
        parked=counted.parked,
        parked_bytes=counted.parked_bytes,
        installer=None if installer is None else installer.version,
        newest_client=parts.releases.newest,
        oldest_client=parts.releases.oldest,
        collection=_collection(parts.upkeep),
        last_backup=max((each.at for each in told.backups if each.at is not None and each.at <= now), default=None),
        certificate_ends=await asyncio.to_thread(parts.premises.certificate_ends),
    )
    gitlab = parts.gitlab
    found = warnings_of(
        state,
        makes_backups=parts.premises.backups is not None,
        has_file=counted.database_bytes is None,
        open_gitlab=gitlab.host if gitlab is not None and gitlab.admits_everybody else "",
    )
    return replace(state, warnings=found)


async def _database_bytes(parts: Parts, counted: Numbers) -> int:
    if counted.database_bytes is not None:
        return counted.database_bytes
    return await asyncio.to_thread(parts.premises.database_bytes)


def _disks(premises: Premises) -> list[Disk]:
    folders = {"data folder": premises.data, "folder for backups": premises.backups}
    found = []
    for what, folder in folders.items():
        if folder is not None:
            room = room_at(folder)
            free, total = (None, None) if room is None else (room.free, room.total)
            found.append(Disk(what=what, folder=str(folder), free=free, total=total))
    return found


def _collection(upkeep: Upkeep) -> Collection | None:
    if upkeep.collected is None or upkeep.collected_at is None:
        return None
    gone = upkeep.collected
    return Collection(at=upkeep.collected_at, contents=gone.contents, uploads=gone.uploads, parked=gone.parked)
