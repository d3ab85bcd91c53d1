"""Keeps window and cache in step with the server: snapshots, events in their order, gaps, presence."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial

from pdm_desktop import log
from pdm_desktop.cache.worker import CacheWorker
from pdm_desktop.core import link
from pdm_desktop.core.errors import NotSignedIn, TooFarBehind
from pdm_desktop.core.fold import Numbered, file_of
from pdm_desktop.core.link import Step
from pdm_desktop.net.needs import EVERYTHING, Need, Needs
from pdm_desktop.net.snapshots import read_snapshot
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.state.account import Connection, Phase
from pdm_desktop.state.loading import Loading
from pdm_desktop.state.store import Store
from server.protocol import events as said
from server.protocol.calls import Change
from server.protocol.vault import Vault
from server.protocol.wire import Envelope, Malformed, from_plain

BEHIND_EVERY = 0.1
"""Seconds between two numbers of changes, or of files, still to come: each is told to all of the window."""


class Follower:
    """Applies what the connection says. `heard` is told each event that was applied, and what it did to my locks."""

    def __init__(
        self,
        store: Store,
        cache: CacheWorker,
        calls: VaultCalls,
        *,
        clock: Callable[[], datetime],
        heard: Callable[[Numbered, bool], None] = lambda _event, _was_mine: None,
        hinted: Callable[[said.ServerMessage], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._cache = cache
        self._calls = calls
        self._clock = clock
        self._heard = heard
        self._hinted = hinted
        self._epoch: str | None = None
        self._needs = Needs()
        self._heads: dict[str, int] = {}
        self._held_back: dict[str, list[Numbered]] = {}
        self._behind_since: dict[str, float] = {}
        self._unkept: set[str] = set()
        self._true_at: datetime | None = None
        """When the server was last heard while all was in step; None: what was applied since is not all that is so."""
        self._told_at = 0.0
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        cache.lost = self._tell_cache_lost

    @property
    def epoch(self) -> str | None:
        """Which epoch the server speaks of; None before it was ever heard."""
        return self._epoch

    async def load_epoch(self) -> None:
        """Read which epoch the cache is of, before the first connection; when that fails, all is read anew."""
        try:
            self._epoch = await self._cache.run(lambda cache: cache.epoch())
        except sqlite3.Error as error:
            log.trouble("epoch not read", error)

    # What the connection tells

    def resume(self, hello: said.Hello) -> said.Resume:
        """The server has greeted."""
        if self._epoch != hello.epoch:
            log.note("epoch", old=self._epoch, new=hello.epoch)
        same = self._epoch == hello.epoch
        self._epoch = hello.epoch
        self._needs.clear()
        self._held_back = {}
        self._behind_since = {}
        self._take_vaults(hello.vaults)
        known: dict[str, int] = {}
        for vault in hello.vaults:
            self._heads[vault.id] = vault.seq
            seq = self._store.seq_of(vault.id)
            if seq is None or not same or seq > vault.seq or vault.id in self._unkept:
                self._need(vault.id, Need.SNAPSHOT)
            else:
                known[vault.id] = seq
        self._tell(Phase.CATCHING_UP)
        return said.Resume(epoch=hello.epoch, vaults=known)

    def receive(self, envelope: Envelope[said.ServerMessage]) -> None:
        """One message of the server."""
        match envelope.message:
            case said.Head(vaults=heads) | said.UpdateRequested(vaults=heads):
                self._look_at_heads(heads)
            case said.Resync(vault=vault):
                self._need(vault, Need.SNAPSHOT)
            case said.Misunderstood(why=why):
                log.note("the server did not understand", why=why)
            case said.AccessChanged() | said.Changed(what="rules"):
                self._need(EVERYTHING, Need.VAULTS)
                self._hinted(envelope.message)
            case said.Changed() | said.InboxHint() as hint:
                self._hinted(hint)
            case said.Presence() | said.UserConnected() | said.UserDisconnected() | said.UserAway() as people:
                self._take_people(people)
            case said.Hello() | said.Pong():
                """It is there."""
            case event:
                if envelope.vault is not None and envelope.seq is not None:
                    self._take(Numbered(vault=envelope.vault, seq=envelope.seq, event=event))
        self._settle()
        if self._is_true():
            self._true_at = self._clock()

    def ack(self) -> said.Ack:
        """How far each vault has been applied."""
        return said.Ack(vaults=self._seqs())

    def lost(self, ending: link.Ending, next_try: datetime | None) -> None:
        """There is no connection."""
        before = self._store.connection
        match ending.next:
            case link.Next.SIGN_IN:
                phase = Phase.SIGNED_OUT
            case link.Next.WAIT:
                phase = Phase.WAITING
            case _:
                phase = Phase.OFFLINE
        since = before.since if before.phase in (Phase.OFFLINE, Phase.WAITING) else self._clock()
        self.rest()
        self._show(Connection(phase=phase, since=since, detail=ending.words, next_try=next_try))

    def rest(self) -> None:
        """Nothing more is heard: the cache says until when it is true."""
        if self._store.connection.known and self._true_at is not None:
            self._cache.mark(self._true_at)

    async def work(self) -> None:
        """Read snapshots and changes as they are needed. Raises NotSignedIn."""
        while True:
            self._wake.clear()
            self._look_behind()
            for vault, need in self._needs.due(self._loop.time()):
                await self._work_on(vault, need)
            self._settle()
            await self._wake_or_due()

    # How it is done

    def _tell_cache_lost(self) -> None:
        """Called on the cache's thread."""
        self._loop.call_soon_threadsafe(self._cache_lost)

    def _cache_lost(self) -> None:
        """What the table is read from is behind the server: badges are unknown until it was read in full."""
        self._unkept = set(self._store.vaults)
        for vault in self._store.vaults:
            self._need(vault, Need.SNAPSHOT)
        if self._store.connection.phase is Phase.IN_STEP:
            self._tell(Phase.CATCHING_UP)

    def _take_vaults(self, vaults: list[Vault]) -> None:
        self._store.load_vaults(vaults)
        self._put_vaults()

    def _put_vaults(self) -> None:
        epoch, vaults = self._epoch or "", list(self._store.vaults.values())
        self._cache.put(lambda cache: cache.put_vaults(epoch, vaults))

    def _take_people(self, message: said.Presence | said.UserConnected | said.UserDisconnected | said.UserAway) -> None:
        match message:
            case said.Presence():
                self._store.people_are(message.users, message.away)
            case said.UserConnected():
                self._store.people_came(message.users)
            case said.UserDisconnected():
                self._store.people_went(message.users)
            case said.UserAway():
                self._store.people_left(message.users, message.back)

    def _take(self, event: Numbered) -> None:
        if event.vault in self._needs:
            self._held_back.setdefault(event.vault, []).append(event)
        elif self._apply(event) is Step.GAP:
            log.note("gap", seq=event.seq, vault=event.vault, known=self._store.seq_of(event.vault))
            self._held_back.setdefault(event.vault, []).append(event)
            self._need(event.vault, Need.CHANGES)

    def _apply(self, event: Numbered) -> Step:
        file = None if isinstance(event.event, said.FolderMoved) else file_of(event.event)
        held = self._store.locks.get(file) if file else None
        was_mine = held is not None and self._store.reader.holds(held.lock)
        step = self._store.apply_event(event.vault, event.seq, event.event)
        if step is Step.APPLY:
            self._heads[event.vault] = max(event.seq, self._heads.get(event.vault, 0))
            self._true_at = self._clock() if self._is_true() else None
            self._cache.keep(event, true_at=self._true_at)
            log.note("applied", seq=event.seq, vault=event.vault, file=file)
            self._heard(event, was_mine)
        return step

    def _need(self, vault: str, need: Need) -> None:
        if need is Need.CHANGES and self._store.seq_of(vault) is None:
            need = Need.SNAPSHOT
        self._needs.add(vault, need, self._loop.time())
        self._wake.set()

    def _look_at_heads(self, heads: dict[str, int]) -> None:
        now = self._loop.time()
        for vault, head in heads.items():
            self._heads[vault] = head
            if (self._store.seq_of(vault) or 0) < head:
                self._behind_since.setdefault(vault, now)
                self._wake.set()

    def _look_behind(self) -> None:
        """A vault that has been behind for too long: its changes are asked for."""
        now = self._loop.time()
        self._behind_since = {vault: t for vault, t in self._behind_since.items() if self._is_behind(vault)}
        for vault, since in self._behind_since.items():
            if now >= since + link.HEAD_PATIENCE and vault not in self._needs:
                self._behind_since[vault] = now
                self._need(vault, Need.CHANGES)

    async def _wake_or_due(self) -> None:
        """Wait for a need, until one is due again, or until a vault has been behind for too long."""
        behind = [since + link.HEAD_PATIENCE for vault, since in self._behind_since.items() if vault not in self._needs]
        due = self._needs.next_due()
        next_look = min([*behind, *([] if due is None else [due])], default=None)
        with suppress(TimeoutError):
            async with asyncio.timeout_at(next_look):
                await self._wake.wait()

    async def _work_on(self, vault: str, need: Need) -> None:
        self._needs.begin(vault)
        late = self._loop.call_later(link.GAP_PATIENCE, self._takes_long, vault)
        try:
            await self._read(vault, need)
        except NotSignedIn:
            raise
        except TooFarBehind as error:
            log.note("too far behind", vault=vault, why=error.text)
            self._not_read(vault, error) if need is Need.SNAPSHOT else self._need(vault, Need.SNAPSHOT)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other vaults are followed, and this one later
            self._not_read(vault, error)
        else:
            self._has_read(vault, need)
        finally:
            late.cancel()

    def _takes_long(self, vault: str) -> None:
        self._needs.takes_long(vault)
        self._settle()

    async def _read(self, vault: str, need: Need) -> None:
        match need:
            case Need.VAULTS:
                await self._read_vaults()
            case Need.CHANGES:
                await self._read_changes(vault)
            case Need.SNAPSHOT:
                await self._keep_snapshot(vault)

    def _not_read(self, vault: str, error: Exception | None = None) -> None:
        log.trouble("not read", error, vault=vault)
        if vault == EVERYTHING or vault in self._store.vaults:
            self._needs.failed(vault, self._loop.time())
        else:
            self._needs.drop(vault)

    def _has_read(self, vault: str, need: Need) -> None:
        if vault in self._unkept:
            self._not_read(vault)
            return
        if self._needs.of(vault) is need:
            self._needs.met(vault)
        for event in self._held_back.pop(vault, []):
            self._take(event)

    async def _read_vaults(self) -> None:
        """My access is another: what I may not read any more is shown no longer, what is new is read."""
        answer = await self._calls.vaults()
        self._take_vaults(answer.vaults)
        readable = {vault.id for vault in answer.vaults}
        self._needs.keep(readable)
        self._heads = {vault: seq for vault, seq in self._heads.items() if vault in readable}
        for vault in readable:
            if self._store.seq_of(vault) is None:
                self._need(vault, Need.SNAPSHOT)

    async def _keep_snapshot(self, vault: str) -> None:
        self._unkept.discard(vault)
        self._put_vaults()
        try:
            snapshot = await read_snapshot(vault, self._calls, self._cache, progress=partial(self._tell_loading, vault))
        except BaseException:
            self._unkept.add(vault)
            raise
        finally:
            self._store.load_goes_on(None)
        if snapshot is not None:
            self._store.load_vault(snapshot)
            self._true_at = None
            log.note("snapshot", vault=vault, seq=snapshot.seq)

    def _tell_loading(self, vault: str, files: int, of: int) -> None:
        if self._loop.time() >= self._told_at + BEHIND_EVERY:
            self._told_at = self._loop.time()
            self._store.load_goes_on(Loading(vault=vault, files=files, of=of))

    async def _read_changes(self, vault: str) -> None:
        while True:
            known = self._store.seq_of(vault)
            if known is None:
                raise TooFarBehind("Nothing is known of this vault yet.")
            answer = await self._calls.changes(vault, known)
            if answer.epoch != self._epoch:
                raise TooFarBehind("The server was restored meanwhile.")
            for change in answer.changes:
                self._apply(Numbered(vault=vault, seq=change.seq, event=_event_of(change)))
            reached = self._store.seq_of(vault) or 0
            if reached >= answer.seq:
                return
            if reached == known:
                raise TooFarBehind("The server's changes have a gap.")

    def _settle(self) -> None:
        """Say how far it is: in step when every vault is at its head."""
        if self._store.connection.phase not in (Phase.CATCHING_UP, Phase.IN_STEP):
            return
        if self._needs or self._behind():
            if self._store.connection.phase is Phase.CATCHING_UP or self._needs.are_late:
                self._tell(Phase.CATCHING_UP)
        elif self._store.connection.phase is Phase.CATCHING_UP or self._true_at is None:
            self._tell(Phase.IN_STEP)
            self._true_at = self._clock()
            self._cache.mark(self._true_at)

    def _is_true(self) -> bool:
        """All that the server has told of is here, and shown."""
        return self._store.connection.known and not self._needs and not self._behind()

    def _behind(self) -> int:
        return sum(max(0, self._heads.get(vault, 0) - (self._store.seq_of(vault) or 0)) for vault in self._store.vaults)

    def _is_behind(self, vault: str) -> bool:
        return (self._store.seq_of(vault) or 0) < self._heads.get(vault, 0)

    def _tell(self, phase: Phase) -> None:
        before = self._store.connection
        since = before.since if before.phase is phase else self._clock()
        behind = self._behind() if phase is Phase.CATCHING_UP else 0
        is_soon = before.phase is phase and self._loop.time() < self._told_at + BEHIND_EVERY
        if (before.phase, before.behind) != (phase, behind) and not is_soon:
            self._told_at = self._loop.time()
            self._show(Connection(phase=phase, since=since, behind=behind))

    def _show(self, connection: Connection) -> None:
        """What is no more known to be true was so when the server was last heard while all was in step."""
        ends = self._store.connection.known and not connection.known
        self._store.connect(replace(connection, in_step_until=self._true_at if ends else None))
        if ends and self._true_at is None:
            self._store.was_true(None)

    def _seqs(self) -> dict[str, int]:
        return {vault: seq for vault in self._store.vaults if (seq := self._store.seq_of(vault)) is not None}


def _event_of(change: Change) -> said.VaultEvent:
    """A change as an event. Raises TooFarBehind for what only a newer seat understands: a snapshot has it too."""
    kind = said.VAULT_EVENTS.get(change.type)
    if kind is None:
        raise TooFarBehind(f"The server tells of {change.type!r}, which this version does not know.")
    try:
        return from_plain(change.data, kind)
    except Malformed as error:
        raise TooFarBehind(f"The server's {change.type!r} is not what this version knows.") from error
