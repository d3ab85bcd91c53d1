"""Commands of a person at a seat, and one run of each in which seat or server ends at one point, and perhaps once more.

    whole = points_of_a_run(check_in, "seat")       # the points of a run in which nothing ends
    crash = Crash(check_in, "seat", 5, whole)
    simulate_team(SEED, crash.day)                  # the fifth of them is the last; then all that has to hold

With `again` whoever has ended goes on, and ends once more at the point of that number on the way; 0 is at none.
"""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
from blake3 import blake3

from pdm_desktop.core import requests
from pdm_desktop.core.requests import FileRequest
from pdm_desktop.core.results import Outcome
from pdm_desktop.sync.journal import open_journal
from server.protocol import calls
from tests.support.points import Points
from tests.support.power import Odds
from tests.support.sim import pass_time
from tests.support.sim_seat import SimSeat
from tests.support.sim_server import Network, client_of
from tests.support.sim_team import Team, simulate_team

SEED = 3
WORK = b"what Anna saved in %d\n"
NEWER = b"what Ben checked in\n" * 9
LONGEST = 60.0
"""Seconds of the simulated world after which a command is over."""

Prepare = Callable[[Team], Awaitable[FileRequest]]


async def check_in(team: Team) -> FileRequest:
    return requests.CheckIn(files=await edited(team, 1))


async def check_in_kept(team: Team) -> FileRequest:
    return requests.CheckIn(files=await edited(team, 1), keep=True)


async def check_in_set(team: Team) -> FileRequest:
    return requests.CheckIn(files=await edited(team, 2), together=True)


async def undo(team: Team) -> FileRequest:
    return requests.UndoCheckOut(files=await edited(team, 1))


async def check_out_clean(team: Team) -> FileRequest:
    return requests.CheckOut(files=(team.files[0],))


async def check_out(team: Team) -> FileRequest:
    """What is here is old, and somebody edited it by force."""
    return requests.CheckOut(files=await outdated(team))


async def get_latest(team: Team) -> FileRequest:
    return requests.GetLatest(files=await outdated(team))


async def get_latest_of_many(team: Team) -> FileRequest:
    """One is not here, and one in another folder is old: they come in one bundle."""
    anna, files = team.seats[0], (team.files[0], team.files[2])
    anna.network.is_cut = True
    async with client_of(team.seats[2].who, Network(team.server, team.world.random)) as client:
        for which, file in enumerate(files):
            content = team.ledger.wrote(b"%d: %s" % (which, NEWER), by="Ben", where="the vault")
            await client.check_in(await client.check_out(file), content)
    anna.network.is_cut = False
    copy = anna.box.journal.copy(files[0])
    assert copy is not None
    anna.box.full(copy.place).unlink()
    team.power.adopt(anna.box.root)
    return requests.GetLatest(files=files)


async def adopt(team: Team) -> FileRequest:
    """Anna's laptop has it, and what she saved there is nowhere else; here is an older revision."""
    anna, laptop, file = team.seats[0], team.seats[1], team.files[0]
    anna.network.is_cut = True
    await laptop.engine.run(requests.CheckOut(files=(file,)), {})
    save(team, file, NEWER, seat=laptop)
    await laptop.engine.run(requests.CheckIn(files=(file,), keep=True), {})
    save(team, file, WORK % 0, seat=laptop)
    anna.network.is_cut = False
    return requests.Adopt(files=(file,))


async def hand_over(team: Team) -> FileRequest:
    """To Ben, with what Anna has saved."""
    (file,) = await edited(team, 1)
    return requests.Transfer(file=file, to="Ben")


async def waiting_check_in(team: Team) -> FileRequest:
    return await queued(team, requests.CheckIn(files=await edited(team, 1)))


async def waiting_check_in_set(team: Team) -> FileRequest:
    return await queued(team, requests.CheckIn(files=await edited(team, 2), together=True))


async def queued(team: Team, request: FileRequest) -> FileRequest:
    """It was asked for while the server was away, and waits for it."""
    anna = team.seats[0]
    anna.network.is_cut = True
    anna.disconnect()
    await pass_time(0.1)
    results = await anna.box.do(request)
    assert {each.outcome for each in results} == {Outcome.WAITS}
    return request


async def edited(team: Team, number: int) -> tuple[str, ...]:
    """Files that Anna has checked out and edited."""
    anna, files = team.seats[0], tuple(team.files[:number])
    await anna.engine.run(requests.CheckOut(files=files), {})
    for which, file in enumerate(files):
        save(team, file, WORK % which)
    return files


async def outdated(team: Team) -> tuple[str, ...]:
    """A file that Anna edited by force, and of which Ben has made a newer revision, which she has not heard of."""
    file = team.files[0]
    team.seats[0].network.is_cut = True
    save(team, file, WORK % 0)
    async with client_of(team.seats[2].who, Network(team.server, team.world.random)) as client:
        content = team.ledger.wrote(NEWER, by="Ben", where="the vault")
        await client.check_in(await client.check_out(file), content)
    team.seats[0].network.is_cut = False
    return (file,)


def save(team: Team, file: str, content: bytes, *, seat: SimSeat | None = None) -> None:
    """By Anna, where nobody is named."""
    seat = seat or team.seats[0]
    copy = seat.box.journal.copy(file)
    assert copy is not None
    seat.save(copy.place, content)


async def handed_over(team: Team) -> FileRequest:
    """Ben hands a file over to Anna's seat, which is away, with what he has saved. Afterwards she checks it in."""
    anna, file = team.seats[0], team.files[0]
    async with (
        client_of(anna.who, Network(team.server, team.world.random)) as annas,
        client_of(team.seats[2].who, Network(team.server, team.world.random)) as ben,
    ):
        held = await ben.check_out(file)
        assert held.file.lock is not None
        await annas.change("POST", f"/files/{file}/ask", calls.AskForFile())
        (request,) = (await annas.get("/session/mine", calls.MyLists)).requests
        anna.network.is_cut = True
        anna.disconnect()
        await pass_time(0.1)
        sent = await ben.upload(team.ledger.wrote(WORK % 0, by="Ben", where="a parked version"))
        token = held.file.lock.token
        work = calls.ParkWork(upload=sent.id, base="1.0", token=token, size=sent.size, hash=sent.hash)
        raw = await ben.change("POST", f"/files/{file}/park", work)
        parked = msgspec.json.decode(raw, type=calls.ParkedWork).parked
        wish = calls.TransferFile(to="Anna", token=token, parked=parked, request=request.id)
        await ben.change("POST", f"/files/{file}/transfer", wish)
    return requests.CheckIn(files=(file,))


COMMANDS: tuple[Prepare, ...] = (
    check_in,
    check_in_kept,
    check_in_set,
    undo,
    check_out,
    check_out_clean,
    get_latest,
    get_latest_of_many,
    adopt,
    hand_over,
)
WAITING: tuple[Prepare, ...] = (waiting_check_in, waiting_check_in_set)
"""They begin when the server is back."""
TAKING: tuple[Prepare, ...] = (handed_over,)
"""So do these, and nobody asks for anything."""
SERVER_COMMANDS: tuple[Prepare, ...] = (check_in, check_in_set, undo, check_out_clean, adopt, hand_over)
"""Those in which the server stores something."""


def at_every_point(prepare: Prepare, who: str) -> list[str]:
    """Run it once for each point; the points."""
    whole = points_of_a_run(prepare, who)
    assert len(whole) > (0 if who == "server" else 10), whole
    for point in range(1, len(whole) + 1):
        simulate_team(SEED, Crash(prepare, who, point, whole).day)
    return whole


def ends_again(prepare: Prepare, who: str, first: int, whole: list[str], *, each: int = 1) -> list[str]:
    """End at a point, and then at every one of going on, or at each of so many. Returns the points of going on.

    Which of them goes by the first: what one leaves out others have.
    """
    left = Crash(prepare, who, first, whole, again=0)
    simulate_team(SEED, left.day)
    for point in range(1 + first % each, len(left.going_on) + 1, each):
        crash = Crash(prepare, who, first, whole, again=point)
        simulate_team(SEED, crash.day)
        assert crash.going_on == left.going_on[:point], f"point {point} of going on from {first} was not reached"
    return left.going_on


def points_of_a_run(prepare: Prepare, who: str) -> list[str]:
    """The points of a run in which nothing ends."""
    return simulate_team(SEED, lambda team: ran(team, prepare, who))


async def ran(team: Team, prepare: Prepare, who: str) -> list[str]:
    """The points of a run without a crash."""
    request = await prepare(team)
    points = points_of(team, who)
    before = points.reached
    await begin(team, prepare, request)
    await until_over(team, points)
    return points.names[before:]


async def begin(team: Team, prepare: Prepare, request: FileRequest) -> None:
    """The person asks; or the server is back."""
    anna = team.seats[0]
    if prepare in (*WAITING, *TAKING):
        anna.is_calm, anna.network.is_cut = True, False
        await anna.connect()
    else:
        anna.ask(request)


def points_of(team: Team, who: str) -> Points:
    return team.server_points if who == "server" else team.seats[0].points


async def until_over(team: Team, points: Points) -> None:
    """The command has come to its end, or whoever it is has."""
    anna, loop = team.seats[0], asyncio.get_running_loop()
    until = loop.time() + LONGEST
    while (anna.at_work or anna.box.journal.waiting()) and not points.is_over and loop.time() < until:
        await pass_time(0.01)


class Crash:
    """One run that ends at one point, and goes on."""

    def __init__(
        self,
        prepare: Prepare,
        who: str,
        point: int,
        whole: list[str],
        *,
        again: int | None = None,
        odds: Odds | None = None,
    ) -> None:
        self.going_on: list[str] = []
        """The points of the next life of whoever has ended."""
        self._prepare = prepare
        self._who = who
        self._point = point
        self._whole = whole
        self._again = again
        self._odds = odds

    async def day(self, team: Team) -> None:
        """The run."""
        request = await self._prepare(team)
        await self._end(team, request)
        if not team.server.runs:
            await team.start_server()
        await self._is_all_or_none(team, request)
        await self._go_on(team, request)
        await team.settle()
        await self._has_happened_once(team, request)

    async def _end(self, team: Team, request: FileRequest) -> None:
        points = points_of(team, self._who)
        before = points.reached
        points.end_in(self._point)
        await begin(team, self._prepare, request)
        await until_over(team, points)
        where = self._whole[self._point - 1]
        assert points.is_over, f"point {self._point}, {where}, was not reached"
        assert points.names[before:] == self._whole[: self._point]
        if self._who == "server":
            await team.after_server_crash(None)
        else:
            await team.seats[0].die(self._odds)
        if self._odds is not None:
            self._is_not_ahead(team.seats[0])

    def _is_not_ahead(self, seat: SimSeat) -> None:
        """N3: what the journal says of a new revision is what the disk has."""
        journal = open_journal(seat.box.folder / "journal.sqlite3")
        rows = [copy for copy in journal.copies() if copy.number != "1.0"]
        journal.close()
        for copy in rows:
            path = seat.box.full(copy.place)
            assert path.exists(), f"{copy.place} is in the journal and not on the disk"
            assert blake3(path.read_bytes()).hexdigest() == copy.hash

    async def _go_on(self, team: Team, request: FileRequest) -> None:
        """Where it is wanted whoever has ended goes on, and ends once more on the way; 0: at no point."""
        anna = team.seats[0]
        if self._again is None:
            return
        if self._who == "seat":
            await anna.start()
            anna.box.assert_sound()
        points = points_of(team, self._who)
        before = points.reached
        if self._again:
            points.end_in(self._again)
        anna.is_calm = True  # or it is left to chance whether it hears that it is in step, and goes on
        await anna.connect()
        await until_over(team, points)
        self.going_on = points.names[before:]
        if not points.is_over:
            return
        if self._who == "seat":
            await anna.die(None)
        else:
            await team.after_server_crash(None)
            await team.start_server()
        await self._is_all_or_none(team, request)

    async def _is_all_or_none(self, team: Team, request: FileRequest) -> None:
        """N15, at the very moment."""
        heads = await self._heads(team, request)
        assert len({number != "1.0" for number, _ in heads}) == 1, heads

    async def _has_happened_once(self, team: Team, request: FileRequest) -> None:
        """N9: asked again the command comes to its end, each content is one revision, and none is left over."""
        anna = team.seats[0]
        stays_parked = isinstance(request, requests.Adopt | requests.Transfer) or self._prepare in TAKING
        left = {blake3(WORK % 0).hexdigest()} if stays_parked else set()
        assert await self._parked(team) <= left
        results = await anna.box.do(request)
        assert all(each.outcome in (Outcome.DONE, Outcome.UNCHANGED, Outcome.REFUSED) for each in results), results
        await team.settle()
        heads = await self._heads(team, request)
        stored = list(team.revisions.values())
        assert len(stored) == len(set(stored)), "some content is two revisions"
        if isinstance(request, requests.CheckIn):
            expected = [blake3(WORK % which).hexdigest() for which in range(len(request.files))]
            assert [content_hash for _, content_hash in heads] == expected
        if isinstance(request, requests.Adopt):
            lock = (await team.tree()).files[request.files[0]].lock
            assert lock is not None
            assert lock.seat == anna.who.seat
            assert await self._parked(team) == left, "what the laptop has is kept for this seat"

        if isinstance(request, requests.Transfer):
            await self._is_handed_over(team, request)

    async def _is_handed_over(self, team: Team, request: requests.Transfer) -> None:
        """Ben has it at his seat, with what Anna saved."""
        ben, lock = team.seats[2], (await team.tree()).files[request.file].lock
        assert lock is not None
        assert (lock.locked_by, lock.seat) == ("Ben", ben.who.seat)
        copy = ben.box.journal.copy(request.file)
        assert copy is not None
        assert ben.box.read(copy.place) == WORK % 0
        assert await self._parked(team) == {blake3(WORK % 0).hexdigest()}

    async def _parked(self, team: Team) -> set[str]:
        """The hashes of what the server keeps for Anna."""
        async with client_of(team.seats[0].who, Network(team.server, team.world.random)) as client:
            return {blake3(await client.parked_content(each.id)).hexdigest() for each in await client.parked()}

    async def _heads(self, team: Team, request: FileRequest) -> list[tuple[str, str]]:
        tree = await team.tree()
        if isinstance(request, requests.Transfer):
            return [(tree.files[request.file].head.number, tree.files[request.file].head.hash)]
        assert isinstance(
            request,
            requests.Adopt | requests.CheckIn | requests.CheckOut | requests.GetLatest | requests.UndoCheckOut,
        )
        return [(tree.files[file].head.number, tree.files[file].head.hash) for file in request.files]
