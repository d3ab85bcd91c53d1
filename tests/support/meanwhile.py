"""What happens in the vault while a seat is at something, and how an engine without a connection hears of it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from pdm_desktop.core.errors import Told
from pdm_desktop.core.fold import Numbered
from pdm_desktop.core.sightings import Sighting
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.news import Truth
from server.protocol.events import VAULT_EVENTS
from server.protocol.wire import from_plain
from tests.support.client import Client
from tests.support.seat_parts import Workplace


class Meanwhile(VaultCalls):
    """`act` is done once, when the first content has come or has been sent.

    `before` has what happens once right before a call, `errors` what a call raises, by its name.
    """

    def __init__(self, inner: VaultCalls) -> None:
        self._http = inner._http
        self.act: Callable[[], Awaitable[object]] | None = None
        self.before: dict[str, Callable[[], Awaitable[object]]] = {}
        self.errors: dict[str, Told] = {}

    def goes_on_as(self, client: Client) -> None:
        """In the client's session of now. The program would begin another engine; this one is to go on."""
        self._http._client.headers["Authorization"] = f"Bearer {client.token}"

    async def check_out(self, file: str, message: str | None, key: str) -> Any:
        await self._happens("check_out")
        return await super().check_out(file, message, key)

    async def check_out_set(self, taken: Any, key: str) -> Any:
        await self._happens("check_out_set")
        return await super().check_out_set(taken, key)

    async def adopt(self, file: str, key: str) -> Any:
        await self._happens("adopt")
        return await super().adopt(file, key)

    @asynccontextmanager
    async def content(self, file: str, revision: str, *, start: int = 0) -> AsyncIterator[AsyncIterator[bytes]]:
        async with super().content(file, revision, start=start) as blocks:
            yield self._ended(blocks)

    @asynccontextmanager
    async def contents(self, wanted: Any) -> AsyncIterator[AsyncIterator[bytes]]:
        async with super().contents(wanted) as blocks:
            yield self._ended(blocks)

    async def upload(self, content: Any, **said: Any) -> Any:
        done = await super().upload(content, **said)
        await self._once()
        return done

    async def states(self, files: Any) -> Any:
        self._refuse("states")
        return await super().states(files)

    async def undo(self, file: str, token: int, key: str) -> Any:
        self._refuse("undo")
        return await super().undo(file, token, key)

    async def finish_upload(self, upload: str, *, size: int, digest: str) -> Any:
        self._refuse("finish_upload")
        return await super().finish_upload(upload, size=size, digest=digest)

    async def _ended(self, blocks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for block in blocks:
            yield block
        await self._once()

    async def _once(self) -> None:
        act, self.act = self.act, None
        if act is not None:
            await act()

    async def _happens(self, call: str) -> None:
        act = self.before.pop(call, None)
        if act is not None:
            await act()

    def _refuse(self, call: str) -> None:
        if call in self.errors:
            raise self.errors[call]


class Meanwhiles(list[Meanwhile]):
    """Makes them, for `workplace(around=...)`, and keeps them."""

    def __call__(self, calls: VaultCalls) -> Meanwhile:
        self.append(Meanwhile(calls))
        return self[-1]


async def seq(client: Client) -> int:
    """The vault's newest change."""
    return (await client.tree(await client.vault())).head.seq


async def tell(place: Workplace, client: Client, since: int) -> None:
    """The engine is told each event after a seq, as the connection does."""
    vault = await client.vault()
    for change in (await client.changes(vault, since=since)).changes:
        event = from_plain(change.data, VAULT_EVENTS[change.type])
        await place.engine.happened(Numbered(vault=vault, seq=change.seq, event=event))


async def in_step(place: Workplace, client: Client) -> None:
    """The seat has caught up, and its engine compares."""
    vault = await client.vault()
    tree = await client.tree(vault)
    sightings = {each: Sighting(vault=vault, seq=tree.head.seq, file=found) for each, found in tree.files.items()}
    await place.engine.compare(Truth(epoch=tree.head.epoch, vaults=frozenset({vault}), sightings=sightings))


async def turns(place: Workplace, count: int = 3) -> None:
    """What the engine does every few seconds, some times."""
    for _ in range(count):
        await place.engine.look_at_mine()
        await place.engine.try_again()
        await place.engine.scan()


async def nothing_cached(client: Client) -> Truth:
    """A seat in step whose cache says nothing: the server is asked."""
    head = (await client.tree(await client.vault())).head
    return Truth(epoch=head.epoch, vaults=frozenset({await client.vault()}), sightings={})
