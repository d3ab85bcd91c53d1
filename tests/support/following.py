"""What tests of a seat that follows a server share: what it shows, and what it misses."""

import uuid
from datetime import UTC, datetime

from pdm_desktop.net.follow import Follower
from pdm_desktop.state.listing import Kind, View
from server.protocol.events import ServerMessage
from server.protocol.wire import Envelope
from tests.support.client import Client
from tests.support.seat_parts import Following, until


def folder() -> str:
    """A folder of this test's own."""
    return f"Jobs/{uuid.uuid4().hex}"


async def open_folder(seat: Following, vault: str, path: str) -> None:
    """Show a folder, read from the seat's cache."""
    view = View(kind=Kind.FOLDER, vault=vault, folder=path)
    reading = seat.store.begin_listing(view)
    found = await seat.cache.run(lambda cache: cache.files_of(vault, path))
    seat.store.load_listing(reading, found.files, seqs=found.seqs)


async def caught_up(seat: Following, client: Client, vault: str) -> None:
    """Wait until the seat has applied everything that the server has."""
    seq = (await client.tree(vault)).head.seq
    await until(lambda: (seat.store.seq_of(vault) or 0) >= seq)


async def shows_the_truth(seat: Following, client: Client, vault: str) -> None:
    """What the store and the cache have is what a fresh snapshot says."""
    await caught_up(seat, client, vault)
    fresh = await client.tree(vault)
    counts: dict[str, int] = {}
    for file in fresh.files.values():
        counts[file.folder] = counts.get(file.folder, 0) + 1
    locks = {each.id: each.lock for each in fresh.files.values() if each.lock}
    assert dict(seat.store.folders.direct_files(vault)) == counts
    assert {held.file: held.lock for held in seat.store.locks.of_vault(vault)} == locks
    tree = await seat.cache.run(lambda cache: cache.tree(vault))
    assert tree is not None
    assert dict(tree.folders) == counts
    kept = await seat.cache.run(lambda cache: cache.files(list(fresh.files)[:500]))
    assert {file.id: file for _, file in kept.files} == dict(list(fresh.files.items())[:500])
    assert tree.seq == fresh.head.seq


class Deaf(Follower):
    """A follower that misses the events of one file, as when they were lost on the way."""

    misses: str | None = None

    def receive(self, envelope: Envelope[ServerMessage]) -> None:
        """Take what is not missed."""
        if self.misses is None or self.misses not in str(envelope.message):
            super().receive(envelope)


def becomes_deaf(follower: Follower) -> Follower:
    """Put what misses events in its place."""
    follower.__class__ = Deaf
    return follower


def told(message: ServerMessage) -> Envelope[ServerMessage]:
    """A message as it reaches a follower."""
    return Envelope(timestamp=datetime.now(UTC), message=message)
