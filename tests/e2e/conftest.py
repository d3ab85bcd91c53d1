"""One server with the sample vault for each test, and seats of two people on it."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.client import PASSWORD
from tests.support.offscreen import OFFSCREEN
from tests.support.seat import PROGRAM, RealSeat
from tests.support.server import RealServer, real_server

SAMPLE_VAULT = Path(__file__).resolve().parents[2] / "resources" / "sample_vault"
ANNA, SAM = "Anna Novak", "Sam Becker"
COMPUTERS = {ANNA: "CAD-04", SAM: "CAM-02"}
QUIET = OFFSCREEN | {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}

MakeSeat = Callable[..., RealSeat]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RealServer]:
    folder = tmp_path / "server"
    folder.mkdir()
    with real_server(folder) as running:
        for person in (ANNA, SAM):
            running.add_person(person, PASSWORD)
        running.run("import", "Production", str(SAMPLE_VAULT))
        yield running


@pytest.fixture
def seat(server: RealServer, tmp_path: Path) -> Iterator[MakeSeat]:
    """Make the seat of a person, started, and signed in unless `password` is None."""
    with ExitStack() as stack:

        def make(
            person: str,
            *,
            password: str | None = PASSWORD,
            environment: Mapping[str, str] | None = None,
            folder: str | None = None,
            stay: bool = False,
            program: str = PROGRAM,
        ) -> RealSeat:
            base = os.environ | QUIET if environment is None else dict(environment)
            home = tmp_path / (folder or person.split()[0].lower())
            made = RealSeat(
                home, server=server.address, person=person, computer=COMPUTERS[person], environment=base,
                program=program,
            )  # fmt: skip
            stack.callback(made.stop)
            made.start()
            if password is not None:
                made.sign_in(password, stay=stay)
            return made

        yield make
