"""A disk without room, said plainly."""

import contextlib
from collections.abc import Generator

from server.domain.errors import Full
from server.storage.store import is_disk_full


@contextlib.contextmanager
def disk_full_said_plainly() -> Generator[None]:
    """Whatever the system says of a full disk is raised as Full."""
    try:
        yield
    except OSError as error:
        if is_disk_full(error):
            raise Full from error
        raise
