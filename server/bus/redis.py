"""The bus of several nodes: hints travel through one channel of a Redis server, which keeps nothing.

A node hears its own hints at once and without Redis. While Redis is away the nodes hear nothing of each other, nobody
waits for it and nothing fails; the bus dials again by itself, and says MissedHint to its node when it hears again.
Only where a URL asks for Redis is this module imported.
"""

import asyncio
import random
import secrets
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from server.bus.base import BusFigures, ChangedHint, Hint, InboxHint, LostHint, MissedHint, Receive, Unsubscribe
from server.bus.frames import Unreadable, frame_of, hint_in
from server.bus.memory import MemoryBus

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 2.0
"""For an answer of Redis. After so long without a word it is asked for one; without that either, it is away."""
LONGEST_PAUSE = 2.0
"""Seconds between two tries to reach it: the nodes come back soon, and not all in the same moment."""
FIRST_PAUSE = 0.1
WAITING_HINTS = 10_000
"""Hints that wait for Redis to take them; beyond that the oldest are dropped, as if they were lost on the way."""
SENT_TOGETHER = 500
SAID_ONCE = (InboxHint, ChangedHint)
"""Who misses one of these would not come to know: every node looks for the others by itself, or they are numbered."""
AWAY = (RedisError, OSError, TimeoutError, RuntimeError)
"""What is raised when Redis is away. uvloop raises RuntimeError for a connection that broke a moment ago."""


class RedisBus:
    """At work only within `at_work`; until then, and afterwards, it is the bus of this node alone."""

    def __init__(self, url: str, *, channel: str) -> None:
        self._here = MemoryBus()
        self._channel = channel
        self._sender = secrets.token_hex(8)
        self._listening = _client(url, retries=0)
        self._sending = _client(url, retries=1)  # the first word after Redis was away finds a connection that is dead
        self._waiting: deque[tuple[Hint, bytes]] = deque(maxlen=WAITING_HINTS)
        self._news = asyncio.Event()
        self._hears = False
        self._is_over = False
        """A cancellation may be lost in the library: until Python 3.12 `asyncio.wait_for` swallows one now and then."""
        self.lost = 0
        """Hints of this node that no other node was told."""
        self._sent = 0
        self._received = 0
        self._found = 0
        """How often Redis was reached."""
        self._owes = False
        """Some of them were of those that are said once: the others are to be told that."""

    @property
    def hears(self) -> bool:
        """Whether Redis is there, and gives us what other nodes publish."""
        return self._hears

    def figures(self) -> BusFigures:
        """What it counts of itself."""
        return BusFigures(
            sent=self._sent,
            received=self._received,
            lost=self.lost,
            found_again=max(0, self._found - 1),
            away=not self._hears,
        )

    async def publish(self, hint: Hint) -> None:
        """Tell every subscriber of this node at once, and those of the others soon, if Redis is there."""
        self._here.deliver(hint)
        if isinstance(hint, MissedHint):
            return
        if not self._hears:
            self._lose([hint])
            return
        if len(self._waiting) == WAITING_HINTS:
            self._lose([self._waiting[0][0]])
        self._waiting.append((hint, frame_of(hint, sender=self._sender)))
        self._news.set()

    def subscribe(self, receive: Receive) -> Unsubscribe:
        """Call `receive` for each hint from now on, until the answer is called (once; more often does nothing)."""
        return self._here.subscribe(receive)

    async def close(self) -> None:
        """Forget every subscriber; `at_work` lets go of the connections."""
        await self._here.close()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Hear the other nodes and be heard by them, until the end of the block."""
        try:
            async with asyncio.TaskGroup() as tasks:
                running = [
                    tasks.create_task(self._hear_on_and_on(), name="bus hears"),
                    tasks.create_task(self._send_on_and_on(), name="bus sends"),
                ]
                try:
                    yield
                finally:
                    self._is_over = True
                    for task in running:
                        task.cancel()
        finally:
            self._hears = False
            await self._listening.aclose()
            await self._sending.aclose()

    async def _hear_on_and_on(self) -> None:
        tries = 0
        while not self._is_over:
            try:
                await self._hear()
            except AWAY as error:
                # What stands in the URL is in no text of the library's errors but its address.
                if self._hears or tries == 0:
                    log.warning("bus_away", why=str(error))
                tries = 0 if self._hears else tries + 1
            finally:
                self._hears = False
            self._lose([hint for hint, _ in self._waiting])
            self._waiting.clear()
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(tries, 10))
            await asyncio.sleep(random.uniform(0, pause))  # noqa: S311 - so that not all come back at once

    async def _hear(self) -> None:
        """Listen, for as long as Redis says something, be it only that it is there. Raises what the library raises."""
        async with self._listening.pubsub() as listening:
            await listening.subscribe(self._channel)
            asked = False
            while not self._is_over:
                message: dict[str, Any] | None = await listening.get_message(timeout=PATIENCE_SECONDS)
                match message:
                    case None if asked:
                        raise TimeoutError("It says nothing any more.")
                    case None:
                        await listening.ping()
                    case {"type": "subscribe"}:
                        self._is_back()
                    case {"type": "message", "data": bytes(frame)}:
                        self._take(frame)
                    case _:
                        pass  # the answer to a ping
                asked = message is None

    def _is_back(self) -> None:
        self._hears = True
        self._found += 1
        log.info("bus_there")
        self._here.deliver(MissedHint())
        self._news.set()  # there may be something that is owed

    def _take(self, frame: bytes) -> None:
        try:
            sender, hint = hint_in(frame)
        except Unreadable as why:
            log.warning("hint_not_read", why=str(why))
            return
        if sender != self._sender:  # our own were heard when they were published
            self._received += 1
            self._here.deliver(hint)

    async def _send_on_and_on(self) -> None:
        while not self._is_over:
            await self._news.wait()
            self._news.clear()
            await self._send_some()
            while self._waiting and not self._is_over:
                await self._send_some()

    async def _send_some(self) -> None:
        some = [self._waiting.popleft() for _ in range(min(SENT_TOGETHER, len(self._waiting)))]
        frames = [frame for _, frame in some]
        owed, self._owes = self._owes, False
        if owed:
            frames.append(frame_of(LostHint(), sender=self._sender))
        if frames and not await self._send(frames):
            self._lose([hint for hint, _ in some])
            self._owes |= owed

    async def _send(self, frames: list[bytes]) -> bool:
        """Whether Redis has taken them."""
        try:
            async with self._sending.pipeline(transaction=False) as pipeline:
                for frame in frames:
                    pipeline.execute_command("PUBLISH", self._channel, frame)
                await pipeline.execute()
        except AWAY as error:
            log.warning("hints_not_sent", hints=len(frames), why=str(error))
            return False
        self._sent += len(frames)
        return True

    def _lose(self, hints: Sequence[Hint]) -> None:
        self.lost += len(hints)
        self._owes |= any(isinstance(hint, SAID_ONCE) for hint in hints)


def _client(url: str, *, retries: int) -> Redis:
    return Redis.from_url(
        url,
        socket_timeout=PATIENCE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), retries),
    )
