"""A backup is begun by its call, once for each wish."""

import ssl

import httpx
import msgspec

from pdm_desktop.core.office.backups import BackUpNow
from pdm_desktop.net.http import Http
from pdm_desktop.net.office.changing import make
from server.protocol.calls import BackupRun
from server.protocol.wire import plain
from tests.support.sample import NOW


async def test_a_backup_is_begun() -> None:
    asked: list[httpx.Request] = []
    run = BackupRun(begun=NOW, by="Olga Lind")

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(202, content=msgspec.json.encode(plain(run)))

    http = Http("http://server", tls=ssl.create_default_context(), transport=httpx.MockTransport(answer))
    assert await make(http, BackUpNow(), "the key") == run
    await http.close()
    assert (asked[0].method, asked[0].url.path) == ("POST", "/api/backups")
    assert asked[0].headers["Idempotency-Key"] == "the key"
