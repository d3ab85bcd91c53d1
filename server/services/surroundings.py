"""What a server looks at beside its own counts when somebody asks for its figures: disks, backups, open uploads."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from server.domain.errors import ProblemError
from server.services.backing_up import BackingUp
from server.services.numbers import open_uploads
from server.services.readiness import PATIENCE, Look, Reached, Readiness
from server.storage.premises import Premises, Room, room_at
from server.storage.store import Store

log = structlog.get_logger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """What the disks say."""

    rooms: Mapping[str, Room]
    """Of the disks that can be reached, by what lies there: `data`, `backups`."""
    database_bytes: int
    certificate_ends: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """All that was found; None is what did not answer, or is not there."""

    reached: Reached
    places: Places | None
    last_backup: datetime | None
    open_uploads: int | None


class Surroundings:
    """Looks, and waits for nothing long."""

    def __init__(
        self,
        readiness: Readiness,
        store: Store,
        premises: Premises,
        backing_up: BackingUp,
        *,
        patience: float = PATIENCE,
    ) -> None:
        self._readiness = readiness
        self._store = store
        self._premises = premises
        self._backing_up = backing_up
        self._places = Look(self._look_at_places, name="look at the disks", patience=patience)
        self._backup = Look(self._look_for_backup, name="look for backups", patience=patience)
        self._uploads = Look(self._count_uploads, name="count uploads", patience=patience)

    async def found(self) -> Found:
        """What there is now."""
        reached, places, last_backup, uploads = await asyncio.gather(
            self._readiness.reached(), _or_none(self._places), _or_none(self._backup), _or_none(self._uploads)
        )
        return Found(reached=reached, places=places, last_backup=last_backup, open_uploads=uploads)

    async def close(self) -> None:
        """Wait for nothing any more."""
        for look in (self._places, self._backup, self._uploads):
            await look.close()

    async def _look_at_places(self) -> Places:
        return await asyncio.to_thread(_places_of, self._premises)

    async def _look_for_backup(self) -> datetime | None:
        told = await self._backing_up.told()
        return max((each.at for each in told.backups if each.at is not None), default=None)

    async def _count_uploads(self) -> int:
        return await self._store.read(open_uploads)


def _places_of(premises: Premises) -> Places:
    folders = {"data": premises.data, "backups": premises.backups}
    rooms = {what: None if folder is None else room_at(folder) for what, folder in folders.items()}
    return Places(
        rooms={what: room for what, room in rooms.items() if room is not None},
        database_bytes=premises.database_bytes(),
        certificate_ends=premises.certificate_ends(),
    )


async def _or_none(look: Look[T | None]) -> T | None:
    try:
        return await look.now()
    except (SQLAlchemyError, OSError, ProblemError) as error:  # a TimeoutError is one of them
        log.warning("figure_not_found", what=str(error) or type(error).__name__)
        return None
