"""T8: answers are lost, calls come twice, late or at once, and the server ends in between. Each has one effect (N9).

The first test sends one changing call of every kind with one key and one fate: its effect is counted in events, rows of
the audit trail and parked versions, every answer is the first one, and the key with another body is refused. The second
lets a seat work over a network that does the same to everything.
"""

import asyncio
from dataclasses import dataclass, replace

import httpx
import msgspec
import pytest
from blake3 import blake3

from pdm_desktop.core import requests
from pdm_desktop.core.requests import FileRequest
from pdm_desktop.core.results import Outcome
from server.protocol import calls, wire
from server.protocol.vault import File
from tests.support.points import Call, Ended
from tests.support.sim import World, simulate
from tests.support.sim_server import Network, Weather, client_of
from tests.support.sim_shop import ANNAS, SimShop, sim_shop
from tests.support.tiers import Seeds

FIRST, WORK = b"G0 X0 Y0\n", b"what Anna saved\n"
UNANSWERED = 8
"""So often a seat asks again before somebody looks after it."""


@pytest.mark.never_lost("T8", quick=500, full=10_000, batch=25)
def test_a_call_has_one_effect_whatever_becomes_of_its_answer(seeds: Seeds) -> None:
    for seed in seeds:
        simulate(seed, one_call)


async def one_call(world: World) -> None:
    async with sim_shop(world) as shop:
        kind, fate = KINDS[world.seed % len(KINDS)], world.random.choice(FATES)
        wanted = await kind(shop)
        world.note(kind.__name__, fate.__name__)
        before = await effects(shop)
        answers = await fate(shop, wanted)
        after = await effects(shop)
        assert after - before == wanted.effect, f"{kind.__name__}, {fate.__name__}: {after - before}"
        answers += [await send(shop, wanted) for _ in range(world.random.randint(1, 3))]
        assert len(set(answers)) == 1, f"{kind.__name__}, {fate.__name__}: {answers}"
        if wanted.effect.parked == 0:
            status, _ = await send(shop, replace(wanted, body=wanted.other_body, path=wanted.other_path))
            assert status == 422, f"the key of {kind.__name__} was taken for something else: {status}"
        await others_go_on(shop, wanted)
        go_on = await effects(shop)
        assert await send(shop, wanted) == answers[0]
        assert await effects(shop) == go_on, f"{kind.__name__} came late, and had an effect again"


@dataclass(frozen=True)
class Effect:
    """What has happened in all, as the server tells it to everybody and to auditors."""

    events: int
    audit: int
    parked: int = 0

    def __sub__(self, other: "Effect") -> "Effect":
        return Effect(self.events - other.events, self.audit - other.audit, self.parked - other.parked)


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

    @property
    def other_body(self) -> object:
        return self.other or self.body

    @property
    def other_path(self) -> str:
        return self.path if self.other else f"{self.path}?again"


async def effects(shop: SimShop) -> Effect:
    return Effect(await shop.seq(), await shop.audit_rows(), len(await shop.anna.parked()))


Answer = tuple[int, bytes]


async def send(shop: SimShop, wanted: Wanted, *, over: httpx.AsyncBaseTransport | None = None) -> Answer:
    """Status and body. Raises httpx.TransportError when there is no answer."""
    if over is None:
        return await _sent(shop.anna.http, wanted)
    async with httpx.AsyncClient(base_url="http://server", headers=shop.anna.http.headers, transport=over) as http:
        return await _sent(http, wanted)


async def _sent(http: httpx.AsyncClient, wanted: Wanted) -> Answer:
    headers = {"Idempotency-Key": "the-only-key"}
    content = None
    if wanted.body is not None:
        headers["Content-Type"] = "application/json"
        content = msgspec.json.encode(wire.plain(wanted.body))
    answer = await http.request(wanted.method, f"/api{wanted.path}", headers=headers, content=content)
    assert answer.status_code < 500, answer.text
    return answer.status_code, answer.content


async def others_go_on(shop: SimShop, wanted: Wanted) -> None:
    """The world does not stand still until a late call arrives: the file is free, and Tomas takes it."""
    if not wanted.file:
        return
    state = await shop.anna.file(wanted.file)
    if state.deleted:
        return
    if state.file.lock is not None and state.file.lock.seat == ANNAS:
        state = await shop.anna.undo(state)
    if state.file.lock is None:
        await shop.tomas.check_out(wanted.file)


# What is asked

ONE = Effect(events=1, audit=1)


async def free(shop: SimShop, path: str = "Jobs/plate.nc") -> File:
    return await shop.add(path, FIRST)


async def held(shop: SimShop, path: str = "Jobs/plate.nc") -> calls.FileState:
    return await shop.anna.check_out((await free(shop, path)).id)


def token_of(state: calls.FileState) -> int:
    assert state.file.lock is not None
    return state.file.lock.token


async def check_out(shop: SimShop) -> Wanted:
    file = await free(shop)
    other = calls.CheckOut(message="for something else")
    return Wanted("POST", f"/files/{file.id}/checkout", calls.CheckOut(message="mine"), ONE, file.id, other)


async def check_in(shop: SimShop) -> Wanted:
    state = await held(shop)
    wish = await next_revision(shop, state)
    wish = replace(wish, major=shop.world.chance(0.3), keep=shop.world.chance(0.3))
    other = replace(wish, comment="another comment")
    return Wanted("POST", f"/files/{state.file.id}/checkin", wish, ONE, state.file.id, other)


async def next_revision(shop: SimShop, state: calls.FileState) -> calls.CheckIn:
    upload = await shop.anna.upload(WORK)
    return calls.CheckIn(
        upload=upload.id,
        base=state.file.head.number,
        token=token_of(state),
        size=len(WORK),
        hash=blake3(WORK).hexdigest(),
    )


async def check_in_too_late(shop: SimShop) -> Wanted:
    """Refused, and parked: once."""
    state = await held(shop)
    wish = await next_revision(shop, state)
    await shop.anna.undo(state)
    await shop.tomas.check_out(state.file.id)
    effect = Effect(events=0, audit=1, parked=1)
    return Wanted("POST", f"/files/{state.file.id}/checkin", wish, effect)


async def undo(shop: SimShop) -> Wanted:
    state = await held(shop)
    wish = calls.UndoCheckOut(token=token_of(state))
    other = calls.UndoCheckOut(token=token_of(state) + 1)
    return Wanted("POST", f"/files/{state.file.id}/undo", wish, ONE, state.file.id, other)


async def adopt(shop: SimShop) -> Wanted:
    """Anna has it on her laptop."""
    file = await free(shop)
    laptop = await shop.server.sign_in("Anna", "seat-laptop")
    async with client_of(laptop, Network(shop.server, shop.world.random)) as client:
        await client.check_out(file.id)
    return Wanted("POST", f"/files/{file.id}/adopt", None, ONE, file.id)


async def move(shop: SimShop) -> Wanted:
    file = await free(shop)
    wish, other = calls.MoveFile(path="Jobs/renamed.nc"), calls.MoveFile(path="Jobs/otherwise.nc")
    return Wanted("POST", f"/files/{file.id}/move", wish, ONE, file.id, other)


async def move_folder(shop: SimShop) -> Wanted:
    for name in ("a", "b"):
        await free(shop, f"Jobs/{name}.nc")
    wish = calls.MoveFolder(path="Jobs", to="Old jobs")
    return Wanted("POST", f"/vaults/{shop.server.vault}/folders/move", wish, ONE, other=replace(wish, to="New jobs"))


async def delete(shop: SimShop) -> Wanted:
    return Wanted("DELETE", f"/files/{(await free(shop)).id}", None, ONE)


async def restore(shop: SimShop) -> Wanted:
    file = await free(shop)
    await shop.tomas.delete(file.id)
    other = calls.RestoreFile(path="Jobs/otherwise.nc")
    return Wanted("POST", f"/files/{file.id}/restore", calls.RestoreFile(path=None), ONE, file.id, other)


async def add(shop: SimShop) -> Wanted:
    wish = await new_file(shop, "Jobs/new.nc")
    other = replace(wish, path="Jobs/otherwise.nc")
    return Wanted("POST", f"/vaults/{shop.server.vault}/files", wish, ONE, other=other)


async def new_file(shop: SimShop, path: str) -> calls.AddFile:
    upload = await shop.anna.upload(WORK)
    return calls.AddFile(path=path, upload=upload.id, size=upload.size, hash=upload.hash)


async def add_set(shop: SimShop) -> Wanted:
    wish = calls.AddFiles(files=[await new_file(shop, f"Jobs/{name}.nc") for name in "abc"])
    other = calls.AddFiles(files=wish.files[:2])
    path = f"/vaults/{shop.server.vault}/files/set"
    return Wanted("POST", path, wish, Effect(events=3, audit=3), other=other)


async def check_out_set(shop: SimShop) -> Wanted:
    files = [(await free(shop, f"Jobs/{name}.nc")).id for name in "ab"]
    wish = calls.CheckOutFiles(files=files)
    return Wanted("POST", "/files/set/checkout", wish, Effect(2, 2), files[0], replace(wish, message="other"))


async def check_in_set(shop: SimShop) -> Wanted:
    nexts = []
    for name in "ab":
        state = await held(shop, f"Jobs/{name}.nc")
        one = await next_revision(shop, state)
        nexts.append(
            calls.NextRevision(
                file=state.file.id, upload=one.upload, base=one.base, token=one.token, size=one.size, hash=one.hash
            )
        )
    wish = calls.CheckInFiles(files=nexts)
    return Wanted("POST", "/files/set/checkin", wish, Effect(2, 2), nexts[0].file, replace(wish, comment="other"))


async def undo_set(shop: SimShop) -> Wanted:
    states = [await held(shop, f"Jobs/{name}.nc") for name in "ab"]
    each = [calls.HeldFile(file=state.file.id, token=token_of(state)) for state in states]
    wish, other = calls.UndoCheckOuts(files=each), calls.UndoCheckOuts(files=each[:1])
    return Wanted("POST", "/files/set/undo", wish, Effect(2, 2), each[0].file, other)


async def delete_set(shop: SimShop) -> Wanted:
    files = [(await free(shop, f"Jobs/{name}.nc")).id for name in "ab"]
    wish, other = calls.DeleteFiles(files=files), calls.DeleteFiles(files=files[:1])
    return Wanted("POST", "/files/set/delete", wish, Effect(2, 2), other=other)


async def check_in_parked(shop: SimShop) -> Wanted:
    late = await check_in_too_late(shop)
    assert (await send(shop, late))[0] == 409
    (parked,) = await shop.anna.parked()
    file = parked.file
    await shop.tomas.undo(await shop.tomas.file(file))
    state = await shop.anna.check_out(file)
    wish = calls.CheckInParked(base=state.file.head.number, token=token_of(state))
    effect = Effect(events=1, audit=1, parked=-1)
    return Wanted("POST", f"/parked/{parked.id}/checkin", wish, effect, file, replace(wish, comment="other"))


KINDS = (
    check_out,
    check_in,
    check_in_too_late,
    undo,
    adopt,
    move,
    move_folder,
    delete,
    restore,
    add,
    add_set,
    check_out_set,
    check_in_set,
    undo_set,
    delete_set,
    check_in_parked,
)


# What becomes of it


async def lost(shop: SimShop, wanted: Wanted) -> list[Answer]:
    """It is done, and the answer does not arrive."""
    with pytest.raises(httpx.ReadError):
        await send(shop, wanted, over=Network(shop.server, shop.world.random, Weather(answer_lost=1.0)))
    return []


async def cut(shop: SimShop, wanted: Wanted) -> list[Answer]:
    """Only the beginning of the answer arrives, or no byte of it."""
    try:
        await send(shop, wanted, over=Network(shop.server, shop.world.random, Weather(cut=1.0)))
    except httpx.ReadError:
        """Nobody takes part of an answer for all of it."""
    else:
        raise AssertionError("an answer that was cut was taken for a whole one")
    return []


async def doubled(shop: SimShop, wanted: Wanted) -> list[Answer]:
    """The network delivers it twice; the second answer is the one that arrives."""
    return [await send(shop, wanted, over=Network(shop.server, shop.world.random, Weather(doubled=1.0)))]


async def at_once(shop: SimShop, wanted: Wanted) -> list[Answer]:
    """Three of it overtake each other."""
    slow = Network(shop.server, shop.world.random, Weather(slow=3.0))
    return list(await asyncio.gather(*(send(shop, wanted, over=slow) for _ in range(3))))


async def before_the_commit(shop: SimShop, wanted: Wanted) -> list[Answer]:
    """The server ends before it is done: it is asked again."""
    return await ended(shop, wanted, after=False)


async def after_the_commit(shop: SimShop, wanted: Wanted) -> list[Answer]:
    """The server ends when it is done, and before it answers."""
    return await ended(shop, wanted, after=True)


async def ended(shop: SimShop, wanted: Wanted, *, after: bool) -> list[Answer]:
    await shop.server.stop()
    await shop.server.start(EndsAtCommit(after=after))
    with pytest.raises(httpx.ReadError):
        await send(shop, wanted)
    await shop.server.start()
    return [await send(shop, wanted)]


async def restarted(shop: SimShop, wanted: Wanted) -> list[Answer]:
    """It is answered, and asked again after a restart."""
    first = await send(shop, wanted)
    await shop.server.stop()
    await shop.server.start()
    return [first]


class EndsAtCommit:
    """Ends a server at its next commit, but for that with which it begins."""

    def __init__(self, *, after: bool) -> None:
        self._after = after
        self._commits = 0

    def before(self, call: Call) -> None:
        if call.method == "commit":
            self._commits += 1
            if self._commits == 2 and not self._after:
                raise Ended

    def after(self, call: Call) -> None:
        if call.method == "commit" and self._commits == 2:
            raise Ended


FATES = (lost, cut, doubled, at_once, before_the_commit, after_the_commit, restarted)


# A seat whose network does all this to it

FOUL = Weather(lost=0.1, answer_lost=0.3, doubled=0.2, doubled_late=0.3, slow=2.0, cut=0.2)


@pytest.mark.never_lost("T8", quick=60, full=1_000, batch=10)
def test_a_seat_over_a_foul_network_does_each_thing_once(seeds: Seeds) -> None:
    for seed in seeds:
        simulate(seed, a_round_trip)


async def a_round_trip(world: World) -> None:
    """Out, edited, in, out again, undone: five events, two revisions, whatever arrives how often and when."""
    async with sim_shop(world, weather=FOUL) as shop:
        file = await free(shop)
        place = f"Production/{file.path}"
        start = await effects(shop)
        await shop.box.start()
        await until_done(shop, requests.CheckOut(files=(file.id,)))
        shop.box.save(place, WORK)
        await until_done(shop, requests.CheckIn(files=(file.id,)))
        await shop.network.deliver_late()
        await until_done(shop, requests.CheckOut(files=(file.id,)))
        await shop.network.deliver_late()
        assert shop.box.journal.hold(file.id) is not None
        shop.box.save(place, b"an idea")
        await until_done(shop, requests.UndoCheckOut(files=(file.id,)))
        await shop.network.deliver_late()
        shop.network.weather = Weather()
        await shop.box.place.engine.go_on()
        done = await effects(shop) - start
        assert done == Effect(events=4, audit=4), f"{done}\n" + "\n".join(world.trace)
        state = await shop.anna.file(file.id)
        assert (state.file.head.number, state.file.lock) == ("1.1", None)
        assert shop.box.read(place) == WORK
        await shop.assert_nothing_lost()


async def until_done(shop: SimShop, request: FileRequest) -> None:
    """As a person does: ask again, until it is said to be done. What waits in the queue goes on by itself."""
    for _ in range(UNANSWERED):
        result = await shop.box.one(request)
        shop.world.note(type(request).__name__, result.outcome.value, result.text)
        if result.outcome is not Outcome.UNFINISHED:
            break
    else:
        shop.network.weather = Weather()
        result = await shop.box.one(request)
        shop.network.weather = FOUL
    assert result.outcome is not Outcome.UNFINISHED, result
    for attempt in range(2 * UNANSWERED):
        if not shop.box.journal.waiting():
            return
        shop.network.weather = FOUL if attempt < UNANSWERED else Weather()
        await shop.box.place.engine.go_on()
    raise AssertionError(f"it still waits: {shop.box.journal.waiting()}")
