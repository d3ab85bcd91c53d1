"""Whether the server lives, and whether it can serve."""

from fastapi import APIRouter, Response

from server.domain.errors import NotReady
from server.routes.bodies import answer
from server.routes.calls import Here

router = APIRouter(tags=["health"])

RETRY_SECONDS = 5.0
_WORDS = {"database": "its database", "contents": "the place of its contents"}


@router.get("/healthz")
async def alive() -> Response:
    """The process answers."""
    return answer({"status": "alive"})


@router.get("/readyz")
async def ready(parts: Here) -> Response:
    """Database and contents can be reached, and the server is not about to stop."""
    if parts.stopping():
        raise NotReady("The server is about to stop. Please come back in a moment.", retry_after=RETRY_SECONDS)
    reached = await parts.readiness.reached()
    if not reached.is_ready:
        away = " and ".join(_WORDS[each] for each in reached.missing if each in _WORDS)
        raise NotReady(
            f"The server cannot reach {away}. Please tell who looks after it.",
            retry_after=RETRY_SECONDS,
            missing=reached.missing,
        )
    return answer({"status": "degraded" if reached.missing else "ready", "missing": reached.missing})
