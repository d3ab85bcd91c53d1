"""A whole seat of a simulated world: engine, follower, cache and the line over which it hears of events.

The parts are the program's own, joined as `pdm_desktop.app.online` joins them. The line takes the place of the
WebSocket: what the hub sends after a commit comes late, twice, in another order, or not at all, until the next `head`.
"""

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any

from pdm_desktop.cache.cache import Cache
from pdm_desktop.cache.worker import CacheWorker
from pdm_desktop.core.fold import Numbered, file_of, is_given_to
from pdm_desktop.core.link import Ending, Next
from pdm_desktop.core.requests import CheckIn, EngineRequest
from pdm_desktop.core.results import Outcome
from pdm_desktop.core.sightings import Sighting
from pdm_desktop.net.follow import Follower
from pdm_desktop.net.snapshots import snapshot_of
from pdm_desktop.state.account import Account, Phase
from pdm_desktop.state.changes import Change, ConnectionChanged
from pdm_desktop.state.store import Store
from pdm_desktop.sync.engine import Engine
from pdm_desktop.sync.events import EngineEvent, LocalChanged, LocalsRead, RequestFinished, StrangersSeen
from pdm_desktop.sync.news import Truth
from pdm_desktop.sync.rounds import TURN
from server.protocol import events as said
from server.protocol.vault import Vault
from server.protocol.wire import Envelope, from_plain
from tests.support.ledger import Ledger
from tests.support.points import Points
from tests.support.power import Odds, Power
from tests.support.seat_box import SeatBox, has_ended
from tests.support.sim import VirtualClock, World
from tests.support.sim_server import VAULT, Network, SignedInSeat, SimServer, vault_calls

MISSED, TWICE, LATEST = 0.05, 0.05, 3.0
"""How often an event does not arrive, or arrives again, and how many seconds it may be on its way."""
FOLLOWER, TURNS = "follower", "turns"
PING = 30.0
SERVER = "simulated"
"""Seconds between two heads."""


class SimSeat:
    """One seat; its folder outlives its programs."""

    def __init__(
        self, world: World, server: SimServer, who: SignedInSeat, *, ledger: Ledger, clock: VirtualClock, power: Power
    ) -> None:
        self.world = world
        self.who = who
        self.network = Network(server, world.random)
        self.is_calm = False
        """Nothing goes wrong on the line any more."""
        self.faults: list[BaseException] = []
        """What broke in the program, other than its end."""
        self.box = SeatBox(
            world.folder / who.seat,
            make_vault=lambda: vault_calls(who, self.network),
            seat=who.seat,
            person=who.person,
            ledger=ledger,
            clock=clock,
            hear=self._take_event,
        )
        self.points = Points()
        self._server = server
        self._clock = clock
        self._power = power
        self._tasks: set[asyncio.Task[None]] = set()
        self._was_known = False
        self._line = 0
        """Grows with each connection: what belongs to an older one does not arrive."""
        self._sent = 0
        self._pumped = -1
        """The server's commits when news were last read."""

    # Starting and ending

    @property
    def runs(self) -> bool:
        """The program is there; it may have come to the moment at which it ends."""
        return self.box.is_started

    @property
    def engine(self) -> Engine:
        """The engine at work."""
        return self.box.place.engine

    async def start(self) -> None:
        """Start the program. It works until `end`, `die`, or the end that its points have set."""
        self.points = Points()
        await self.box.start(self.points, look=False)
        self.calls = vault_calls(self.who, self.network)
        self.store = Store(clock=self._clock)
        self.store.sign_in(_account(self.who))
        self.store.subscribe(self._take)
        self.cache = CacheWorker(self.box.folder / "cache.sqlite3")
        self._was_known = False
        vaults = self.cache.read_now(Cache.vaults)
        self.store.load_vaults(vaults)
        for each in vaults:
            tree = self.cache.read_now(partial(Cache.tree, vault=each.id))
            if tree is not None:
                self.store.load_vault(snapshot_of(tree))
        self.follower = Follower(self.store, self.cache, self.calls, clock=self._clock, heard=self._hear)
        await self.follower.load_epoch()
        self.begin(self._begin_work(), "start")
        self.begin(self.follower.work(), FOLLOWER)
        self.begin(self._turns(), TURNS)

    async def end(self) -> None:
        """End it in order."""
        await self._drop_all()
        await self.box.stop()

    async def die(self, odds: Odds | None) -> None:
        """It is gone in the middle; with odds the power is gone as well, and what was not synced."""
        self.points.is_over = True
        await self._drop_all()
        await self.box.throw_away()
        if odds is not None:
            self._power.fail(self.box.root, odds)

    async def _drop_all(self) -> None:
        self._line += 1
        for each in list(self._tasks):
            each.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.cache.close()
        await self.calls.close()

    async def _begin_work(self) -> None:
        await self.engine.look_at_all()
        await self.engine.clear_parts()
        await self.engine.scan()

    @property
    def at_work(self) -> list[str]:
        """What it is doing, by name."""
        return [each.get_name() for each in self._tasks if each.get_name() not in (FOLLOWER, TURNS)]

    @property
    def is_idle(self) -> bool:
        """It does nothing but wait for news."""
        return not self.at_work

    async def _turns(self) -> None:
        """What an engine does every few seconds; the rest of its rounds is among the steps of a run."""
        while True:
            await asyncio.sleep(TURN)
            self.begin(self.engine.try_again(), TURNS)

    def begin(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Something that the program does beside everything else."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not has_ended(error):
            self.faults.append(error)

    # The person

    def ask(self, request: EngineRequest) -> None:
        """Give a command; the answer is among the events of the box."""
        self.begin(self.engine.run(request, {}), type(request).__name__)

    def save(self, place: str, content: bytes, *, replace: bool = False) -> None:
        """Save with a program; the system has written it to the disk by the time that anything fails."""
        moment = round(self._clock.now().timestamp() * 1e9) + len(self.box.ledger.wanted)
        self.box.save(place, content, mtime_ns=moment, replace=replace)
        self._power.sync(self.box.full(place))

    # The line

    @property
    def is_connected(self) -> bool:
        """It hears of events."""
        return self.store.connection.phase in (Phase.CATCHING_UP, Phase.IN_STEP)

    async def connect(self) -> None:
        """The server greets, and sends what happened since."""
        if not self._server.runs or self.network.is_cut:
            return
        self._line += 1
        epoch, head = await self._server.epoch(), await self._server.head()
        vault = Vault(id=self._server.vault, name=VAULT, role="editor", seq=head)
        hello = said.Hello(
            user=self.who.person, seat=self.who.seat, server=SERVER, epoch=epoch, vaults=[vault], ping_interval=PING,
            server_version="0", oldest_client="0",
        )  # fmt: skip
        self._pumped = -1
        self._sent = self.follower.resume(hello).vaults.get(vault.id, head)
        self.follower.receive(self._envelope(said.Presence(users=[])))
        await self.pump()

    def disconnect(self) -> None:
        """The line is dead."""
        self._line += 1
        self.follower.lost(Ending(next=Next.COME_BACK, words="The line is dead."), None)

    async def pump(self) -> None:
        """What has been committed since the last time is sent, and the head."""
        if not (self.runs and self.is_connected and self._server.runs and not self.network.is_cut):
            return
        news = await self._server.news(after=self._sent) if self._server.commits != self._pumped else []
        self._pumped = self._server.commits
        for event in news:
            self._sent = event.seq
            message = from_plain(event.data, said.VAULT_EVENTS[event.type])
            self._send(self._envelope(message, seq=event.seq))
        if self.is_calm or self.world.chance(0.1):
            self._send(self._envelope(said.Head(vaults={self._server.vault: self._sent})))

    def _send(self, envelope: Envelope[said.ServerMessage]) -> None:
        if self.is_calm:
            self._arrive(envelope, self._line)
            return
        if self.world.chance(MISSED):
            return
        for _ in range(2 if self.world.chance(TWICE) else 1):
            delay = self.world.random.random() * LATEST
            asyncio.get_running_loop().call_later(delay, self._arrive, envelope, self._line)

    def _arrive(self, envelope: Envelope[said.ServerMessage], line: int) -> None:
        if line == self._line and self.runs and not self.points.is_over:
            self.follower.receive(envelope)

    def _envelope(self, message: said.ServerMessage, *, seq: int | None = None) -> Envelope[said.ServerMessage]:
        vault = None if seq is None else self._server.vault
        return Envelope(message=message, timestamp=self._clock.now(), vault=vault, seq=seq)

    # What pdm_desktop.app.online does

    def _take(self, change: Change) -> None:
        if isinstance(change, ConnectionChanged):
            known = self.store.connection.known
            if known and not self._was_known:
                self.begin(self.engine.go_on(), "go on")
                self.begin(self._compare(), "compare")
            elif not known and self.store.connection.phase in (Phase.OFFLINE, Phase.WAITING):
                self.begin(self.engine.away(), "away")
            self._was_known = known

    def _hear(self, event: Numbered, _was_mine: bool) -> None:
        is_here = isinstance(event.event, said.FolderMoved) or file_of(event.event) in self.store.local
        if is_here or is_given_to(self.who.seat, event.event):
            self.begin(self.engine.happened(event), "happened")

    async def _compare(self) -> None:
        epoch = self.follower.epoch
        assert epoch is not None
        mine = {held.file for held in self.store.locks.mine(self.store.reader)}
        found = await self.cache.run(partial(Cache.files, ids=sorted(self.store.local.keys() | mine)))
        sightings = {file.id: Sighting(vault=vault, seq=found.seqs[vault], file=file) for vault, file in found.files}
        await self.engine.compare(Truth(epoch=epoch, vaults=frozenset(self.store.vaults), sightings=sightings))
        await self._recognise()

    async def _recognise(self) -> None:
        lie = {(each.vault, each.path) for each in self.store.strangers.all}
        sightings: dict[str, Sighting] = {}
        for vault, folder in sorted({(vault, path.rpartition("/")[0]) for vault, path in lie}):
            found = await self.cache.run(partial(Cache.files_of, vault=vault, folder=folder))
            for _, file in found.files:
                if (vault, file.path) in lie:
                    sightings[file.id] = Sighting(vault=vault, seq=found.seqs[vault], file=file)
        if sightings:
            await self.engine.recognise(sightings)

    def _take_event(self, event: EngineEvent) -> None:
        match event:
            case LocalsRead():
                self.store.load_local(event.copies)
            case LocalChanged():
                self.store.put_local(event.file, event.copy)
            case StrangersSeen():
                self.store.load_strangers(event.files)
                if self._was_known:
                    self.begin(self._recognise(), "recognise")
            case RequestFinished():
                self._note(event)

    def _note(self, event: RequestFinished) -> None:
        request = event.finished.request
        for each in event.finished.results:
            text = each.text.replace(str(self.world.folder), "")
            self.world.note(self._clock.now(), self.who.seat, type(request).__name__, each.outcome.value, text)
            copy = self.box.journal.copy(each.file) if isinstance(request, CheckIn) else None
            if copy is not None and each.outcome is Outcome.DONE:
                self.box.ledger.in_care_hash(copy.hash)


def _account(who: SignedInSeat) -> Account:
    return Account(
        person=who.person, administrator=False, server=SERVER, address="http://server", server_name="Simulated",
        seat=who.seat, computer=f"CAM-{who.seat}",
    )  # fmt: skip
