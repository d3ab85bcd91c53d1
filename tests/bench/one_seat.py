"""The one seat that a benchmark watches: Sam's, a program with an eye on itself, before a server of its own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.lock_to_badge import ENVIRONMENT
from tests.support.client import PASSWORD
from tests.support.seat import RealSeat
from tests.support.server import RealServer, real_server

PERSON, VAULT = "Sam Becker", "Production"
LONGEST_IMPORT = 600.0
"""Seconds."""


def seat_of(folder: Path, server: RealServer, *, program: str) -> RealSeat:
    """Sam's seat in that folder, which is not started yet."""
    return RealSeat(
        folder,
        server=server.address,
        person=PERSON,
        computer="CAM-02",
        environment=os.environ | ENVIRONMENT,
        program=program,
    )


@contextmanager
def seat_before(files: Path, folder: Path, *, program: str) -> Iterator[RealSeat]:
    """Sam's seat, signed in, before a server whose vault has those files; both gone at the end of the block."""
    with real_server(folder) as server:
        server.add_person(PERSON, PASSWORD)
        server.run("import", VAULT, str(files), patience=LONGEST_IMPORT)
        with seat_of(folder / "seat", server, program=program) as seat:
            seat.start()
            seat.sign_in(PASSWORD, stay=False)
            yield seat
