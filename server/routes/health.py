"""Whether the server lives, and whether it can serve."""

import asyncio

import structlog
from fastapi import APIRouter, Response
from sqlalchemy.exc import SQLAlchemyError

from server.domain.errors import NotReady
from server.routes.bodies import answer
from server.routes.calls import Here
from server.services.reading import epoch_of

router = APIRouter(tags=["health"])

_log = structlog.get_logger("server.routes")


@router.get("/healthz")
async def alive() -> Response:
    """The process answers."""
    return answer({"status": "alive"})


@router.get("/readyz")
async def ready(parts: Here) -> Response:
    """Database and contents can be reached, and the server is not about to stop."""
    if parts.stopping():
        raise NotReady("The server is about to stop. Please come back in a moment.", retry_after=5)
    try:
        await parts.store.read(epoch_of)
        await asyncio.to_thread(parts.blobs.reach)
    except (SQLAlchemyError, OSError) as error:
        _log.exception("not ready")
        raise NotReady("The server cannot reach its data. Please tell who looks after it.", retry_after=5) from error
    return answer({"status": "ready"})
