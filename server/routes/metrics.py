"""The figures of this server for Prometheus, and who may read them."""

import asyncio
from hmac import compare_digest

from fastapi import APIRouter, Request, Response

from server.config import is_loopback
from server.domain.errors import NotFound, NotSignedIn
from server.routes.calls import Here
from server.routes.exposition import MEDIA_TYPE

router = APIRouter(tags=["health"])

FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-proto", "x-real-ip", "via")
"""What a proxy says of a call that it passes on: such a call is not of this computer, wherever the proxy runs."""


@router.get("/metrics", responses={200: {"content": {"text/plain": {}}}})
async def metrics(request: Request, parts: Here) -> Response:
    """The figures of this server as Prometheus reads them; for its own computer, elsewhere with `metrics_token`."""
    settings = parts.settings
    require_reader(request, settings.metrics_token, behind_proxy=bool(settings.trusted_proxies))
    found = await parts.surroundings.found()
    parts.exposition.take(found)
    # Some thousand lines take milliseconds to write, in which no socket should wait.
    return Response(await asyncio.to_thread(parts.exposition.text), media_type=MEDIA_TYPE)


def require_reader(request: Request, token: str, *, behind_proxy: bool) -> None:
    """Raises NotSignedIn for a token that is wrong or lacking, and NotFound where none would help.

    Behind a proxy everybody may seem to call from here: some let a caller take away what they say of the call.
    """
    here = not behind_proxy and request.client is not None and is_loopback(request.client.host)
    if here and not any(each in request.headers for each in FORWARDED):
        return
    if not token:
        raise NotFound(
            "The figures of this server are for its own computer. To read them from elsewhere, or where trusted_proxies"
            " is set, set metrics_token there."
        )
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not compare_digest(given.strip().encode(), token.encode()):
        raise NotSignedIn
