"""One at a time, across processes, by a lock on a file: both sides of the platform."""

import contextlib
import errno
import sys
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Hold the file's lock, so that two commands never make one environment at once; the second waits."""
    with path.open("a+b") as file:
        if sys.platform == "win32":
            import msvcrt

            while True:
                file.seek(0)
                try:
                    msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # tries for 10 s, then raises
                except OSError as refused:
                    if refused.errno not in {errno.EDEADLK, errno.EACCES}:
                        raise
                else:
                    break
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield
