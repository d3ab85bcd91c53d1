"""Who may read what, as the connections know it: read again whenever its version has changed, and told."""

import asyncio
from itertools import islice

from server.hub.connection import Connection
from server.hub.encoded import encode_now
from server.hub.gathered import MOST
from server.hub.roster import Roster
from server.hub.source import Source
from server.hub.streams import Streams
from server.protocol.events import AccessChanged
from server.protocol.vault import Vault


class AccessWatch:
    """Keeps each connection's vaults true for `version`."""

    def __init__(self, source: Source, roster: Roster, streams: Streams) -> None:
        self.version = -1
        """The version of everybody's access for which the vaults of all in the roster are true, or for a newer one."""
        self._source = source
        self._roster = roster
        self._streams = streams
        self._reading = asyncio.Lock()

    async def refresh(self, version: int) -> None:
        """Read everybody's vaults again unless `version` is known, and tell those for whom something is different."""
        async with self._reading:
            if version <= self.version:
                return
            # Some may have come meanwhile, also at a second seat of somebody who was asked about, with older vaults.
            while behind := {each.person_id for each in self._roster if each.access < version}:
                some = set(islice(behind, MOST))
                access = await self._source.access(some)
                version = min(version, access.access)
                for person in some:
                    vaults = {vault.id: vault for vault in access.vaults.get(person, ())}
                    for connection in self._roster.of_person(person):
                        if connection.access < access.access:
                            connection.access = access.access
                            self._grant(connection, vaults)
            self.version = version

    def _grant(self, connection: Connection, vaults: dict[str, Vault]) -> None:
        before = connection.vaults
        connection.vaults = vaults
        for vault in before.keys() - vaults.keys():
            self._streams.get(vault).live.pop(connection, None)
            connection.marks.pop(vault, None)
            connection.write(encode_now(AccessChanged(vault=vault, name=before[vault].name)))
        for vault, now in vaults.items():
            former = before.get(vault)
            if former is None:
                self._open(connection, now)
            if former is None or former.role != now.role:
                connection.write(encode_now(AccessChanged(vault=vault, name=now.name, role=now.role)))

    def _open(self, connection: Connection, vault: Vault) -> None:
        """A vault that the person could not read before: live from its head, since the seat takes a snapshot first."""
        stream = self._streams.open(vault.id, head=vault.seq)
        connection.marks[vault.id] = stream.head
        if connection.started:
            stream.live[connection] = None
