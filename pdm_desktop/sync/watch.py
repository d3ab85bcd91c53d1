"""What happens in the workspace, told by the operating system soon after it happens.

A hint and not the truth: every system may lose changes without a word, and network drives tell nothing of what other
computers do. Whoever listens walks through the workspace when watching begins, when it ends, and from time to time.
"""

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError  # its own way in without another loop

from pdm_desktop.core.paths import OWN_FOLDER

T = TypeVar("T")

STEP_MS = 150
"""Changes are told when nothing more has come for so long; also how often the waiting thread wakes up."""
GATHER_MS = 600
"""In a storm they are told after so long at the latest."""
SURE_EVERY_MS = 30_000
"""Without changes: so often it is seen whether the workspace is still the folder that is watched."""


class NotWatched(Exception):
    """Watching is not possible, or has ended: why."""


class Watch(Protocol):
    """Tells of changes in a folder."""

    def changes(self, root: Path) -> AsyncGenerator[frozenset[str], None]:
        """First an empty set: from now on it watches. Then what changed, files and folders alike, gathered.

        Places are relative to `root`, with `/` between. Raises NotWatched, and is over then.
        """
        ...


class SystemWatch:
    """The operating system's own notifications, for all folders below one."""

    async def changes(self, root: Path) -> AsyncGenerator[frozenset[str], None]:
        """What changes below a folder; nothing of what this program keeps there for itself."""
        loop = asyncio.get_running_loop()
        stop = threading.Event()
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="watch") as thread:
            try:
                system = await loop.run_in_executor(thread, _told, partial(_begun, root))
                same = _identity(root)
                yield frozenset()
                while True:
                    watch = partial(system.watch, GATHER_MS, STEP_MS, SURE_EVERY_MS, stop)
                    raw = await loop.run_in_executor(thread, _told, watch)
                    places = frozenset() if isinstance(raw, str) else places_of(raw, root)
                    if "" in places or _identity(root) != same:
                        raise NotWatched("the workspace folder is another one")
                    if places:
                        yield places
            finally:
                stop.set()


def places_of(changes: set[tuple[int, str]], root: Path) -> frozenset[str]:
    """Where something changed, relative to the workspace; the empty place is the workspace itself."""
    top = os.fspath(root).rstrip(os.sep)  # of a whole drive it ends with one: `D:\\`
    found = {path[len(top) :].replace(os.sep, "/") for _, path in changes if path.startswith(top)}
    places = (place[1:] for place in found if not place or place[0] == "/")
    return frozenset(place for place in places if OWN_FOLDER not in place.split("/"))


def _told(call: Callable[[], T]) -> T:
    """A call of the library, on the watching thread. Raises NotWatched for whatever goes wrong in it."""
    try:
        return call()
    except (OSError, WatchfilesRustInternalError) as error:
        raise NotWatched(str(error)) from error
    except BaseException as error:  # a panic in Rust is no Exception, and would end the engine
        raise NotWatched(f"{type(error).__name__}: {error}") from error


def _begun(root: Path) -> RustNotify:
    """Begin to watch; on Linux that takes a while for thousands of folders. Raises OSError when it cannot be done."""
    force_polling = False  # it would read the whole tree again and again: the walks do that better
    past_what_is_closed = False  # with it, no word comes of a limit of watches either
    return RustNotify([os.fspath(root)], False, force_polling, 0, True, past_what_is_closed)


def _identity(root: Path) -> tuple[int, int] | None:
    try:
        found = root.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
