"""Two administrators look after the shop: what happened, its backups, and how the server is. Both see the same.

Ada and Olga are signed in at real seats' calls to a real server; what the window reads and asks is read and asked here.
"""

import csv
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pdm_desktop.core.office import topics
from pdm_desktop.core.office.audit import ExportAudit, VerifyAudit, verdict
from pdm_desktop.core.office.backups import BackUpNow, is_due, newest
from pdm_desktop.core.office.requests import OfficeRequest, Query
from pdm_desktop.core.office.topics import Topic
from pdm_desktop.net.http import Http
from pdm_desktop.net.office import changing, reading
from server.protocol.calls import AuditCheck, AuditPage, Backups, ServerState
from server.protocol.events import Changed
from tests.support.client import PASSWORD, Client, signed_in
from tests.support.ear import Ear
from tests.support.server import real_server
from tests.support.waiting import wait_for_async

T = TypeVar("T")
CONTENT = b"G0 X0 Y0\n" * 1_000


@dataclass
class Administrator:
    """One of the two."""

    client: Client
    http: Http
    ear: Ear
    asked: int = 0

    async def trail(self, **query: str) -> AuditPage:
        """The audit trail as the tab shows it."""
        return await self._read(topics.AUDIT, tuple(query.items()))

    async def backups(self) -> Backups:
        """What the tab Backup shows."""
        return await self._read(topics.BACKUPS)

    async def server(self) -> ServerState:
        """What the tab Server shows."""
        return await self._read(topics.SERVER)

    async def wants(self, request: OfficeRequest) -> object:
        """Ask for a change."""
        self.asked += 1
        return await changing.make(self.http, request, f"{self.client.person} {self.asked}")

    async def hears(self, what: str) -> None:
        """Until the server says that this list is another."""
        while (await self.ear.until(Changed)).message.what != what:
            pass

    async def _read(self, topic: Topic[T], query: Query = ()) -> T:
        found = await reading.read(self.http, topic, query)
        assert isinstance(found, topic.kind)
        return found


async def test_two_administrators_look_after_the_shop(tmp_path: Path) -> None:
    async with the_shop(tmp_path) as (ada, olga):
        # Nothing is backed up yet, and the server says so to both.
        assert is_due(await ada.backups(), (await ada.server()).now)
        assert any("no backup yet" in each for each in (await olga.server()).warnings)

        # A file comes in. Each of them finds it in the trail, and what the server counts.
        file = await ada.client.add(await ada.client.vault(), "Jobs/plate.nc", CONTENT)
        for each in (ada, olga):
            [row] = (await each.trail(file="Jobs/plate.nc")).rows
            assert (row.person, row.words, row.file) == ("Ada", "added a file", file.file.id)
        now = await olga.server()
        assert (now.contents, now.content_bytes, now.sockets) == (1, len(CONTENT), 2)
        assert sum(sum(each.minutes) for each in now.rates) == 1

        # Ada begins a backup. Olga hears of it and sees the same.
        await ada.wants(BackUpNow())
        await olga.hears("backups")

        async def is_made() -> bool:
            known = await olga.backups()
            return known.running is None and newest(known) is not None

        await wait_for_async(is_made)
        assert await ada.backups() == await olga.backups()
        assert not any("backup" in each for each in (await ada.server()).warnings)
        begun, made = (await olga.trail(text="backup")).rows[::-1]
        assert (begun.action, made.action, begun.person) == ("backup_begun", "backup_made", "Ada")

        # Olga takes the trail away for an auditor, and that stands in it. The chain is sound.
        target = tmp_path / "trail.csv"
        await olga.wants(ExportAudit(target=str(target), kind="csv"))
        head, *rows = csv.reader(target.read_text(encoding="utf-8-sig").splitlines())
        assert [int(each[0]) for each in rows] == list(range(1, len(rows) + 1))
        assert rows[-1][head.index("words")] == "exported the audit trail"
        assert (await ada.trail()).rows[0].action == "audit_exported"
        check = await ada.wants(VerifyAudit())
        assert isinstance(check, AuditCheck)
        assert verdict(check)[0] == "The chain is sound."
        assert check.rows == len(rows)


@asynccontextmanager
async def the_shop(folder: Path) -> AsyncIterator[tuple[Administrator, Administrator]]:
    """A server with a folder for backups, and the two."""
    (folder / "backups").mkdir()
    async with AsyncExitStack() as until_the_end:
        settings = {"PDM_BACKUP_FOLDER": str(folder / "backups")}
        server = until_the_end.enter_context(real_server(folder / "server", settings=settings))
        both = []
        for name in ("Ada", "Olga"):
            server.add_person(name, PASSWORD, administrator=True)
            client = await until_the_end.enter_async_context(signed_in(server.address, name))
            ear = await until_the_end.enter_async_context(client.listen())
            await ear.greeted()
            http = Http(server.address, token=client.token, seat=client.seat, tls=ssl.create_default_context())
            until_the_end.push_async_callback(http.close)
            both.append(Administrator(client, http, ear))
        yield both[0], both[1]
