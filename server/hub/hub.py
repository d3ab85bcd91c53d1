"""The hub: greets each connection, keeps it in step with the vaults that its person may read, and tells who is online.

It hears hints from the bus and reads the truth from the store, and looks by itself each second, so that a lost hint
costs a second and no more. It never waits for a socket.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import datetime

import structlog

from server.bus.base import (
    AccessHint,
    AliveHint,
    AskHint,
    Bus,
    ChangedHint,
    Hint,
    InboxHint,
    LostHint,
    MissedHint,
    ReportsHint,
    SeatsHint,
    SessionHint,
    VaultHint,
)
from server.config import Config
from server.domain.errors import ProblemError
from server.domain.session import Session
from server.hub.access import AccessWatch
from server.hub.announcing import Announcing
from server.hub.catching_up import CatchingUp
from server.hub.connection import Connection
from server.hub.encoded import encode_now
from server.hub.figures import Figures, Tally
from server.hub.gathered import Gathered
from server.hub.greeting import Greeting
from server.hub.hearing import understand
from server.hub.neighbours import Neighbours
from server.hub.outbox import Outbox
from server.hub.pace import Pace
from server.hub.replay import plan
from server.hub.roster import Connected, Roster
from server.hub.source import Arrival, Source
from server.hub.starts import Starts
from server.hub.steps import Step, Steps
from server.hub.streams import READ_EVENTS, Streams
from server.hub.told import Told
from server.protocol import events
from server.protocol.closing import CloseCode
from server.protocol.events import Report
from server.storage.releases import Releases

log = structlog.get_logger(__name__)

READS_A_SECOND = 100
"""How often the store is asked for news in the long run: more events than that are read several at a time."""
READS_AFTER_A_REST = 50
Receive = Callable[[], Awaitable[str | bytes | None]]
LOCK_EVENTS = {"file_locked", "file_unlocked"}
"""Events after which a file has another holder, or none."""


class Hub:
    """Everybody who is connected, to this node or to another one. Used from the server's event loop only."""

    def __init__(
        self, source: Source, bus: Bus, config: Config, releases: Releases, clock: Callable[[], datetime]
    ) -> None:
        self.roster = Roster()
        self._clock = clock
        self.running = False
        """It has begun and not been stopped: connections are welcome."""
        self._source = source
        self._bus = bus
        self._config = config
        self._tally = Tally()
        self._streams = Streams(source, self._tally)
        self._arrivals = Gathered(source.arrivals)
        self._starts = Starts(self._start, patience=config.resume_wait)
        self._access = AccessWatch(source, self.roster, self._streams)
        self._greeting = Greeting(
            self.roster, self._streams, self._access, releases, ping_interval=config.ping_interval
        )
        self._reading = asyncio.Lock()
        self._behind: set[str] = set()
        self._news = asyncio.Event()
        self._pace = Pace(per_second=READS_A_SECOND, spare=READS_AFTER_A_REST)
        self._look_now = asyncio.Event()
        self._told = Told(self.roster, bus, clock)
        self._announcing = Announcing(self.roster, window=config.presence_window)
        self._neighbours = Neighbours(self.roster, bus, moved=self._announcing.news.set)
        self._catching_up = CatchingUp(self.roster, source, bus)
        steps = {
            "events": Step(self._send_news, self._news),
            "watch": Step(self._watch, self._look_now),
            "presence": Step(self._announcing.tell, self._announcing.news),
            "reports": Step(self._told.tell, self._told.news),
            "heads": Step(self._tell_heads),
            "seats": Step(self._neighbours.tell, self._neighbours.news),
            "neighbours": Step(self._neighbours.beat),
            "missed": Step(self._catching_up.step),
        }
        self._steps = Steps(steps, recovered=self._look_again)

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """The hub at work, until the end of the block; then every socket is told to come back (1012)."""
        self._greeting.server = await self._source.identity()
        self._greeting.epoch = await self._source.epoch()
        self._access.version = (await self._source.look(())).access
        unsubscribe = self._bus.subscribe(self._hear)
        async with self._arrivals.run(), self._starts.run(), self._steps.run():
            self.running = True
            try:
                yield
            finally:
                self.stop()
                unsubscribe()

    def refuse_newcomers(self) -> None:
        """Welcome nobody any more; who is here stays."""
        self.running = False

    def stop(self) -> None:
        """Welcome nobody any more, and send everybody away to come back."""
        self.refuse_newcomers()
        self._neighbours.leave()
        for connection in tuple(self.roster):
            connection.end(CloseCode.RESTART, "the server restarts")

    def online(self, seat: str) -> bool:
        """That seat is connected now, to whichever node."""
        return self.roster.has_seat(seat)

    def people_online(self) -> set[str]:
        """The ids of the people who are connected now."""
        return {each.person_id for each in self.roster.everywhere()}

    def sessions_online(self) -> set[str]:
        """The ids of the sessions that are connected now."""
        return {each.session for each in self.roster.everywhere()}

    def away(self, seat: str) -> datetime | None:
        """Since when nobody has touched that seat; None: somebody is at it, that is not known, or it is offline."""
        return self.roster.away_at(seat)

    def people_away(self) -> dict[str, datetime]:
        """The ids of those who are connected and at none of their seats, and since when."""
        return self.roster.away()

    def reported(self, file: str) -> Report | None:
        """What the holder of a file last told of it; None when it told nothing."""
        return self._told.reports.of(file)

    def connected(self) -> list[Connected]:
        """Who is connected, each with every seat."""
        return [
            Connected(person=each.person, seat=each.seat, since=each.since, away=each.away)
            for each in self.roster.everywhere()
        ]

    def figures(self) -> Figures:
        """How it stands and what it has done, for whoever watches the server."""
        waiting = [connection.waiting() for connection in self.roster]
        return Figures(
            **asdict(self._tally),
            step_failures=dict(self._steps.failures),
            seats=len(self.roster),
            people=len(self.roster.people),
            vaults_behind=len(self._behind),
            waiting_bytes=sum(waiting),
            most_waiting_bytes=max(waiting, default=0),
        )

    async def arrival(self, session: Session) -> Arrival:
        """What a connection of this session begins with. Asked before the connection is accepted, for it may fail."""
        return await self._arrivals.ask(session.person_id)

    async def serve(self, session: Session, seat: str, *, arrival: Arrival, receive: Receive, outbox: Outbox) -> None:
        """One accepted socket, from greeting to end. `receive` gives each message, and None at the end."""
        connection = Connection(
            session=session.id,
            person_id=session.person_id,
            person=session.person,
            seat=seat,
            since=self.roster.since(seat, self._clock()),
            outbox=outbox,
            bound=self._config.waiting_bytes,
        )
        try:
            await self._access.refresh(arrival.access)
            while not await self._greeting.greet(connection, arrival):
                arrival = await self.arrival(session)
            self._note_arrival(connection, arrival)
            await self._listen(connection, receive)
        except Exception:  # whatever it was, it ends this socket, and no other
            log.exception("connection_broke", person=connection.person, seat=connection.seat)
            connection.end(CloseCode.INTERNAL, "the server made a mistake")
        finally:
            self._say_goodbye(connection)

    # One connection

    def _note_arrival(self, connection: Connection, arrival: Arrival) -> None:
        self._starts.expect(connection)
        self._stir(connection)
        self._tally.arrivals += 1
        for vault in arrival.vaults:
            self._note_news(vault.id, vault.seq)

    def _say_goodbye(self, connection: Connection) -> None:
        connection.ended = True
        self._starts.forget(connection)
        self._tally.too_slow += connection.ended_with is CloseCode.TOO_SLOW
        for vault in connection.vaults:
            self._streams.get(vault).live.pop(connection, None)
        self.roster.leave(connection)
        self._stir(connection)
        log.info(
            "seat_disconnected",
            person=connection.person,
            seat=connection.seat,
            seats=len(self.roster),
            bad=connection.bad,
            unknown=connection.unknown,
        )

    def _stir(self, connection: Connection) -> None:
        """It came, went, or its person is away or back: people and other nodes are told."""
        self._announcing.news.set()
        self._neighbours.stirred(connection.seat)

    async def _start(self, connection: Connection, resume: events.Resume | None) -> None:
        """Bring each vault to its head and let it be live."""
        if resume is not None:
            await self._read_on(vault for vault, seq in resume.vaults.items() if self._streams.behind(vault, seq))
        heads = {vault: self._streams.get(vault).head for vault in connection.vaults}
        decided = plan(resume, epoch=self._greeting.epoch, told=connection.marks, heads=heads)
        connection.marks = decided.start
        connection.started = True
        for vault in sorted(decided.resync):
            connection.write(encode_now(events.Resync(vault=vault)))
        for vault, seq in dict(decided.start).items():
            await self._streams.replay(connection, vault, after=seq)

    async def _listen(self, connection: Connection, receive: Receive) -> None:
        while not connection.ended and (raw := await receive()) is not None:
            await self._answer(connection, raw)

    async def _answer(self, connection: Connection, raw: str | bytes) -> None:
        message = understand(connection, raw)
        match message:
            case None:
                pass
            case events.Resume() if connection.resumed:
                connection.write(encode_now(events.Misunderstood(why="Only one resume, as the first message.")))
            case events.Resume():
                self._starts.begin(connection, message)
            case events.Ping():
                connection.write(encode_now(events.Pong()))
            case events.RequestUpdate():
                connection.write(encode_now(events.UpdateRequested(vaults=dict(connection.marks))))
            case events.Report() | events.Troubles() | events.Away():
                await self._hear_of_seat(connection, message)
            case events.Ack():
                for vault in message.vaults.keys() & connection.marks.keys():
                    connection.marks[vault] = max(connection.marks[vault], message.vaults[vault])

    async def _hear_of_seat(self, connection: Connection, told: events.Report | events.Troubles | events.Away) -> None:
        """A seat tells how it stands there."""
        if isinstance(told, events.Away):
            self._take_away(connection, told.since)
        elif await self._keep(connection, told):
            self._told.concerns(connection.vaults)

    def _take_away(self, connection: Connection, since: datetime | None) -> None:
        """A seat is left alone, or not any more. A clock there that is ahead does not make it be left in the future."""
        away = None if since is None else min(since, self._clock())
        if away != connection.away:
            connection.away = away
            self._stir(connection)

    async def _keep(self, connection: Connection, told: events.Report | events.Troubles) -> bool:
        """Keep what a seat tells of itself; whether that is news to others."""
        if isinstance(told, events.Report):
            held = await self._source.held(connection.person_id, connection.seat)
            return told.file in held and self._told.keep(told)
        try:
            return await self._source.keep_troubles(connection.seat, told)
        except ProblemError as problem:  # as of a full disk: the seat tells it again, and its connection goes on
            log.info("troubles_not_kept", seat=connection.seat, why=problem.detail)
            return False

    # Hints

    def _hear(self, hint: Hint) -> None:
        try:
            self._take(hint)
        except Exception:
            self._look_again()
            raise

    def _look_again(self) -> None:
        """Whatever hints may have told is read again, or told again: something went wrong here."""
        self._look_at_all()
        self._neighbours.tell_all()
        self._announcing.news.set()

    def _look_at_all(self) -> None:
        """Hints of what the store has, and of what seats have reported, may have been missed."""
        self._behind |= self._streams.vaults
        self._news.set()
        self._look_now.set()
        self._catching_up.missed()
        self._told.tell_all()

    def _take(self, hint: Hint) -> None:
        match hint:
            case VaultHint(vault, seq):
                self._note_news(vault, seq)
            case AccessHint() | SessionHint():
                self._look_now.set()
            case InboxHint(person, number):
                for connection in self.roster.of_person(person):
                    connection.write(encode_now(events.InboxHint(number=number)))
            case ChangedHint(what, None):
                self.roster.tell(encode_now(events.Changed(what=what)))
            case ChangedHint(what, frozenset() as people):
                self.roster.tell(encode_now(events.Changed(what=what)), whom=lambda each: each.person_id in people)
                # What concerns only them is all the same a row of the audit trail for who may read that.
                trail = encode_now(events.Changed(what="audit"))
                self.roster.tell(trail, whom=lambda each: each.administers and each.person_id not in people)
            case _:
                self._hear_of_nodes(hint)

    def _hear_of_nodes(self, hint: Hint) -> None:
        match hint:
            case SeatsHint() | AliveHint() | AskHint():
                self._neighbours.hear(hint)
                if hint == AskHint():
                    self._told.tell_all()
            case ReportsHint():
                self._told.hear(hint)
            case MissedHint():
                self._neighbours.missed()
                self._look_at_all()
            case LostHint():
                self._look_at_all()

    def _note_news(self, vault: str, seq: int) -> None:
        if self._streams.behind(vault, seq):
            self._behind.add(vault)
            self._news.set()

    # What goes on all the time

    async def _send_news(self) -> None:
        await self._news.wait()
        await self._pace.turn()
        self._news.clear()
        await self._read_on(self._behind.copy())

    async def _read_on(self, vaults: Iterable[str]) -> None:
        """Read what is new in these vaults and send it, to those only who may read it at that moment."""
        async with self._reading:
            pending = set(vaults)
            while pending:
                self._behind -= pending
                news = await self._streams.read_on(pending)
                await self._access.refresh(news.access)
                for event in await self._streams.send(news):
                    if event.type in LOCK_EVENTS:
                        self._told.reports.forget(event.data["file"])
                pending = {vault for vault in pending if len(news.events.get(vault, ())) == READ_EVENTS}

    async def _watch(self) -> None:
        """End what has ended, notice changed access, and look for news of which no hint came."""
        try:
            async with asyncio.timeout(self._config.watch_interval):
                await self._look_now.wait()
        except TimeoutError:
            self._behind |= self._streams.vaults
        self._look_now.clear()
        if not self.roster:
            return
        self._news.set()
        look = await self._source.look(self.roster.sessions)
        for connection in tuple(self.roster):
            if connection.session in look.ended:
                connection.end(CloseCode.SIGNED_OUT, "signed out")
        await self._access.refresh(look.access)

    async def _tell_heads(self) -> None:
        await asyncio.sleep(self._config.ping_interval)
        self._streams.tell_heads(self.roster)
