"""The seat's installer on the server. Needs no sign-in."""

from collections.abc import AsyncGenerator

from pdm_desktop.core.errors import Missing, Spoiled
from pdm_desktop.net.http import Http
from pdm_desktop.net.ranges import answer_from
from server.protocol.calls import Installer


async def find_installer(http: Http) -> Installer | None:
    """What the server has for a seat to install; None: nothing. Raises core.errors."""
    try:
        return await http.get("/api/installer", Installer)
    except Missing:
        return None


async def content_of(http: Http, installer: Installer, *, start: int) -> AsyncGenerator[bytes]:
    """Its bytes from `start` on, in blocks. Raises core.errors: Spoiled when the server has another one by now."""
    tag = f'"{installer.sha256}"'
    async with http.stream("/api/installer/content", start=start, tag=tag) as answer:
        if answer.headers.get("ETag") != tag:
            raise Spoiled("The server has another installer by now.", advice="Try again.")
        async for block in answer_from(answer, start):
            yield block
