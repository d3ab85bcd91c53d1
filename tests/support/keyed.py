"""One changing call of Anna's with its key: what it says, what has to come of it, and what the world does meanwhile."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields

import httpx
import msgspec
from sqlalchemy import Connection, Table, func, select

from server.protocol import wire
from server.storage.tables import arrival, audit, inbox, parked, person, request, session, vault, waiting
from tests.support.sim_shop import ANNAS, SimShop

KEY = "the-only-key"


@dataclass(frozen=True)
class Effect:
    """What has happened in all, as the server tells it to everybody and to auditors, and what its store has."""

    events: int = 0
    audit: int = 0
    parked: int = 0
    uploads: int = 0
    """Those in parts that have begun."""
    vaults: int = 0
    people: int = 0
    ended: int = 0
    """Sessions."""
    seen: int = 0
    """Messages."""
    asked: int = 0
    """Requests for files that wait for an answer."""
    in_line: int = 0
    """People who wait for files."""
    told: int = 0
    """Messages of administrators, in inboxes."""

    def __sub__(self, other: "Effect") -> "Effect":
        return Effect(*(getattr(self, each.name) - getattr(other, each.name) for each in fields(self)))


NONE, ONE, TWO = Effect(), Effect(events=1, audit=1), Effect(events=2, audit=2)


@dataclass(frozen=True)
class Wanted:
    """One changing call."""

    method: str
    path: str
    body: object
    effect: Effect
    file: str = ""
    other: object = None
    """What is said instead with the same key, when it is not another path."""
    refused: bool = False
    """It is; what it leaves behind is its effect."""
    then: Callable[[SimShop], Awaitable[None]] | None = None
    """Afterwards others change it: a late copy would do it again."""

    @property
    def other_body(self) -> object:
        """What is said instead with the same key."""
        return self.other or self.body

    @property
    def other_path(self) -> str:
        """Where it is said."""
        return self.path if self.other else f"{self.path}?again"


async def effects(shop: SimShop) -> Effect:
    """Everything so far."""
    seq = await shop.seq()
    return await shop.server.read(
        lambda connection: Effect(
            events=seq,
            audit=_count(connection, audit),
            parked=_count(connection, parked),
            uploads=_count(connection, arrival),
            vaults=_count(connection, vault),
            people=_count(connection, person),
            ended=connection.execute(select(func.count(session.c.ended))).scalar_one(),
            seen=connection.execute(select(func.sum(person.c.inbox_seen))).scalar_one(),
            asked=_count(connection, request) - connection.execute(select(func.count(request.c.answered))).scalar_one(),
            in_line=_count(connection, waiting),
            told=connection.execute(select(func.count(inbox.c.message))).scalar_one(),
        )
    )


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


Answer = tuple[int, bytes]
"""Status and body."""


async def send(shop: SimShop, wanted: Wanted, *, over: httpx.AsyncBaseTransport | None = None) -> Answer:
    """Make the call. Raises httpx.TransportError when there is no answer."""
    if over is None:
        return await _sent(shop.anna.http, wanted)
    async with httpx.AsyncClient(base_url="http://server", headers=shop.anna.http.headers, transport=over) as http:
        return await _sent(http, wanted)


async def _sent(http: httpx.AsyncClient, wanted: Wanted) -> Answer:
    headers = {"Idempotency-Key": KEY}
    content = None
    if wanted.body is not None:
        headers["Content-Type"] = "application/json"
        content = msgspec.json.encode(wire.plain(wanted.body))
    answer = await http.request(wanted.method, f"/api{wanted.path}", headers=headers, content=content)
    assert answer.status_code < 500, answer.text
    return answer.status_code, answer.content


async def others_go_on(shop: SimShop, wanted: Wanted) -> None:
    """The world does not stand still until a late call arrives: it is changed back, it is free, Tomas takes it."""
    if wanted.then is not None:
        await wanted.then(shop)
    if not wanted.file:
        return
    state = await shop.anna.file(wanted.file)
    if state.deleted:
        return
    if state.file.lock is not None and state.file.lock.seat == ANNAS:
        state = await shop.anna.undo(state)
    if state.file.lock is None and shop.world.chance(0.5):  # what nobody has a late call could take
        await shop.tomas.check_out(wanted.file)
