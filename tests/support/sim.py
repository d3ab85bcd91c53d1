"""A simulated world in one thread: the same seed gives the same run, to the last step.

    simulate(seed, main)    # runs `main(world)` and returns what it returns

How it is made deterministic:

- the loop's time is virtual: when nothing is ready it jumps to the next timer, and when there is none, everything waits
  for ever, which is a fault of what is tested and raises Stuck;
- nothing runs on another thread: what is given to an executor (`asyncio.to_thread`, thread pools, anyio's threads) is
  done at once, in its place;
- ids (`uuid.uuid4`, `secrets`) come from the seed. What a seat or server does may not depend on the order of a set.

`World.note` writes the trace; two runs of one seed must have the same.
"""

import asyncio
import atexit
import contextlib
import gc
import logging
import random
import secrets
import shutil
import tempfile
import uuid
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

import anyio.to_thread
import structlog

T = TypeVar("T")

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""Monday morning."""
MEMORY = Path("/dev/shm")
"""Where a system has files in memory, a simulation is several times as fast."""


class Stuck(AssertionError):
    """Everything waits, and for nothing that could come."""


class VirtualClock:
    """A clock of the simulated world. One may be wrong by `off`, and jump; it is an engine's Clock, and a server's."""

    def __init__(self, *, off: timedelta = timedelta()) -> None:
        self.off = off

    def now(self) -> datetime:
        """Local time with its zone."""
        return START + timedelta(seconds=asyncio.get_running_loop().time()) + self.off

    def __call__(self) -> datetime:
        return self.now()


@dataclass
class World:
    """What a simulated run has: its chance, its folder, and its trace."""

    seed: int
    random: random.Random
    folder: Path
    trace: list[str] = field(default_factory=list)

    def note(self, *words: object) -> None:
        """One more line of the trace."""
        self.trace.append(" ".join(map(str, words)))

    def chance(self, of: float) -> bool:
        """Whether something of that likelihood happens."""
        return self.random.random() < of


async def pass_time(seconds: float) -> None:
    """So much virtual time passes, and what is due in it is done."""
    await asyncio.sleep(seconds)


def simulate(seed: int, main: Callable[[World], Awaitable[T]], *, keep: bool = False) -> T:
    """Run one simulated world to its end. Raises what it raises; the seed is noted with it.

    With `keep` its folder stays until the end of this process.
    """
    folder = Path(tempfile.mkdtemp(prefix="pdm-sim-", dir=MEMORY if MEMORY.is_dir() else None))
    try:
        with in_one_thread(seed), asyncio.Runner(loop_factory=InstantLoop) as runner:
            world = World(seed=seed, random=random.Random(seed), folder=folder)
            try:
                return runner.run(_awaited(main(world)))
            except BaseException as error:
                error.add_note(f"seed {seed}; the last steps:\n" + "\n".join(world.trace[-30:]))
                raise
    finally:
        if keep:
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)


async def _awaited(awaitable: Awaitable[T]) -> T:
    return await awaitable


class InstantLoop(asyncio.SelectorEventLoop):
    """A loop that never waits: its time jumps. Executors work in its own thread."""

    def __init__(self) -> None:
        super().__init__()
        self._virtual = 0.0
        selector: Any = self._selector  # type: ignore[attr-defined]  # the loop's own, wrapped here for its waits
        self._look = selector.select
        selector.select = self._jump

    def time(self) -> float:
        return self._virtual

    def run_in_executor(self, executor: Executor | None, func: Callable[..., T], *args: Any) -> "asyncio.Future[T]":  # type: ignore[override]  # as the base says it, without its type variables of tuples
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to who asked
            done.set_exception(error)
        return done

    def _jump(self, timeout: float | None = None) -> Any:
        if timeout is None:
            raise Stuck("everything waits for ever")
        found = self._look(0)
        if not found:
            self._virtual += max(0.0, timeout)
        return found


@contextlib.contextmanager
def in_one_thread(seed: int) -> Iterator[None]:
    """No threads, and no chance but the seed's, until the end of the block."""
    ids = random.Random(f"ids of {seed}")
    thresholds = gc.get_threshold()
    gc.set_threshold(20_000, 20, 20)  # a run makes little garbage, and looking for it often takes a tenth of its time
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    with (
        patch.object(ThreadPoolExecutor, "submit", _submitted),
        patch.object(anyio.to_thread, "run_sync", _run_sync),
        patch.object(uuid, "uuid4", lambda: uuid.UUID(int=ids.getrandbits(128), version=4)),
        patch.object(secrets, "token_hex", lambda size=32: ids.randbytes(size).hex()),
        structlog.testing.capture_logs(),
    ):
        try:
            yield
        finally:
            logging.disable(level)
            gc.set_threshold(*thresholds)


def _submitted(_pool: Executor, work: Callable[..., T], /, *args: Any, **named: Any) -> "Future[T]":
    done: Future[T] = Future()
    try:
        done.set_result(work(*args, **named))
    except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to who asked
        done.set_exception(error)
    return done


async def _run_sync(work: Callable[..., T], *args: Any, **_named: Any) -> T:
    return work(*args)
