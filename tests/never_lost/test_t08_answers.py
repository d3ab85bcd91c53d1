"""T8: answers are lost, calls come twice, late or at once, and the server ends in between. Each has one effect (N9).

The first test sends one changing call of every kind with one key and one fate: its effect is counted in events, rows of
the audit trail, parked versions and whatever else it changes, every answer is the first one, and the key with another
body is refused. A refusal is not kept: what comes of a late copy of such a call is in the second. The third lets a seat
work over a network that does the same to everything.
"""

import asyncio
from dataclasses import replace

import httpx
import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.requests import FileRequest
from pdm_desktop.core.results import Outcome
from tests.support.keyed import NONE, Answer, Effect, Wanted, effects, others_go_on, send
from tests.support.keyed_calls import CALLS, WITHOUT_A_KEY, described, routes, takes_a_key
from tests.support.keyed_files import WORK, free
from tests.support.keyed_refused import REFUSED
from tests.support.points import Call, Ended
from tests.support.sim import World, simulate
from tests.support.sim_server import Network, Weather
from tests.support.sim_shop import SimShop, sim_shop
from tests.support.tiers import Seeds

UNANSWERED = 8
"""So often a seat asks again before somebody looks after it."""


@pytest.mark.never_lost("T8")
def test_every_call_that_takes_a_key_is_asked_for() -> None:
    """A new call fails here until it has a kind below, or takes no key and it is written down why."""
    assert set(routes()) == described()
    asked = {call for call, _ in CALLS}
    assert asked == {call for call, route in routes().items() if takes_a_key(route)}
    assert set(WITHOUT_A_KEY) == set(routes()) - asked


@pytest.mark.never_lost("T8", quick=500, full=10_000, batch=25)
def test_a_call_has_one_effect_whatever_becomes_of_its_answer(seeds: Seeds) -> None:
    for seed in seeds:
        simulate(seed, one_call)


async def one_call(world: World) -> None:
    async with sim_shop(world) as shop:
        (call, kind), fate = CALLS[world.seed % len(CALLS)], world.random.choice(FATES)
        wanted = await kind(shop)
        said = f"{kind.__name__}, {fate.__name__}"
        world.note(said)
        assert routes()[call].path_regex.match(wanted.path), f"{kind.__name__} asks for {wanted.path}"
        before = await effects(shop)
        answers = await fate(shop, wanted)
        after = await effects(shop)
        assert after - before == wanted.effect, f"{said}: {after - before}"
        answers += [await send(shop, wanted) for _ in range(world.random.randint(1, 3))]
        assert len(set(answers)) == 1, f"{said}: {answers}"
        assert (answers[0][0] >= 400) == wanted.refused, f"{said}: {answers}"
        status, _ = await send(shop, replace(wanted, body=wanted.other_body, path=wanted.other_path))
        if wanted.refused:  # nothing is kept under its key: what else is said is judged for itself
            assert status == answers[0][0], f"{said}: the key of what was refused answers {status}"
        else:
            assert status == 422, f"the key of {kind.__name__} was taken for something else: {status}"
        assert await effects(shop) == after, f"{said}: what was refused had an effect"
        await others_go_on(shop, wanted)
        go_on = await effects(shop)
        assert await send(shop, wanted) == answers[0]
        assert await effects(shop) == go_on, f"{kind.__name__} came late, and had an effect again"


@pytest.mark.never_lost("T8", quick=33, full=1_000, batch=11)
def test_a_late_copy_of_a_refused_call_is_carried_out_once_at_most(seeds: Seeds) -> None:
    for seed in seeds:
        simulate(seed, refused_at_first)


async def refused_at_first(world: World) -> None:
    """The network keeps copies of a call that is refused. They come when it is possible, all of them, and again."""
    async with sim_shop(world) as shop:
        kind = REFUSED[world.seed % len(REFUSED)]
        wanted = await kind(shop)
        world.note(kind.__name__)
        late = Network(shop.server, world.random, Weather(doubled_late=1.0, refused_late=1.0))
        before = await effects(shop)
        copies = world.random.randint(1, 3)
        answers = [await send(shop, wanted, over=late) for _ in range(copies)]
        assert all(status >= 400 for status, _ in answers), f"{kind.__name__}: {answers}"
        assert await effects(shop) == before, f"{kind.__name__} was refused, and had an effect"
        assert wanted.then is not None
        await wanted.then(shop)
        if world.chance(0.3):
            await shop.server.stop()
            await shop.server.start()
        possible = await effects(shop)
        assert await late.deliver_late() == copies
        assert await effects(shop) - possible == wanted.effect, f"{kind.__name__}: {await effects(shop) - possible}"
        status, _ = await send(shop, wanted, over=late)
        assert (status >= 400) == (wanted.effect == NONE), f"{kind.__name__}: {status}"
        assert await effects(shop) - possible == wanted.effect, f"{kind.__name__} was carried out twice"
        await others_go_on(shop, replace(wanted, then=None))
        go_on = await effects(shop)
        assert await late.deliver_late() == 1
        assert await effects(shop) == go_on, f"{kind.__name__} came late, and had an effect again"


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
