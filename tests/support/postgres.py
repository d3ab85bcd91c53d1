"""Throw-away PostgreSQL servers from Debian's packages, each in a folder of its own on a free port. A pytest plugin.

    def test_something(postgres: Postgres) -> None:
        url = postgres.database()          # a fresh and empty one

    def test_a_fault(own_postgres: Postgres) -> None:
        own_postgres.kill()                # ends at once, as by a power cut of the process
        own_postgres.start()

`postgres` is one server for all tests of a worker, quick and not durable: nobody stops it. `own_postgres` is the test's
own, durable, to be stopped, killed and started. `postgres_url` is a fresh database of the first.
Text has the order of American English there, so that whoever relies on the order of code points has to say so.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from tests.support.daemon import PATIENCE, Daemon
from tests.support.waiting import wait_for

TIMES_SENT_AWAY = 5
USER = "pdm"
"""Who owns the databases; an ordinary user of PostgreSQL, as for a real server."""
ADMINISTRATOR = "postgres"
"""PostgreSQL's own first user, and the system's user as whom it runs where the tests run as root."""
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
SMALL = (
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=200",
    "shared_buffers=32MB",
    "log_min_messages=warning",
)


class Postgres(Daemon):
    """One server; to stop it sends away who is connected."""

    NAME = "PostgreSQL"
    PORTS = range(20_000, 30_000)
    STOPPING = "SIGINT"
    CLOSING = "SIGQUIT"

    def __init__(self, folder: Path, *, durable: bool = True, settings: Sequence[str] = ()) -> None:
        super().__init__(folder)
        self._settings = (*SMALL, *(() if durable else QUICK), *settings)

    def kill(self) -> None:
        """End it at once with all its processes, without any goodbye; what it has not made durable is gone for it."""
        pids = [self._running.pid, *self._children()]
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        self._running.wait(PATIENCE)
        self._process = None
        wait_for(lambda: not any(_runs(pid) for pid in pids))

    def database(self, *, like: str = "template1") -> str:
        """The URL of a fresh database, made like that one, to which nobody may be connected."""
        name = f"test_{uuid.uuid4().hex}"
        self.sql(f'CREATE DATABASE {name} TEMPLATE "{like}" OWNER {USER}')
        return self.url(name)

    def drop(self, url: str) -> None:
        """The database is gone, whoever is connected."""
        self.sql(f'DROP DATABASE "{name_in(url)}" WITH (FORCE)')

    def dump(self, url: str, file: Path) -> None:
        """What is in a database, as its administrator saves it."""
        self._tool("pg_dump", "--format=custom", f"--file={file}", "-d", name_in(url))

    def bring_back(self, file: Path) -> str:
        """The URL of a new database with what was saved."""
        url = self.database(like="template0")
        self._tool("pg_restore", "--no-owner", f"--role={USER}", "-d", name_in(url), str(file))
        return url

    def read_into(self, url: str, file: Path) -> None:
        """What was saved takes the place of what is in that database, whoever is connected: all of it or nothing.

        Whoever is at work there may hold one table and want another; of two such PostgreSQL sends one away, and an
        operator whose tool is told so starts it again.
        """
        words = ("--clean", "--if-exists", "--no-owner", "--single-transaction", f"--role={USER}")
        for _ in range(TIMES_SENT_AWAY):
            done = self._run("pg_restore", *words, "-d", name_in(url), str(file))
            if "deadlock detected" not in done.stderr:
                break
        assert done.returncode == 0, done.stderr

    def url(self, name: str) -> str:
        """How the server of the program is told of the database of that name."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{name}"

    def sql(self, statement: str, *, database: str = "postgres") -> str:
        """What PostgreSQL's administrator is answered: a line for each row, its values side by side with | between."""
        return self._tool("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", statement)

    def _tool(self, name: str, *words: str) -> str:
        done = self._run(name, *words)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def _run(self, name: str, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [_program(name), "-h", "127.0.0.1", "-p", str(self.port), "-U", ADMINISTRATOR, *words],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def _command(self) -> Sequence[str]:
        settings = [word for setting in self._settings for word in ("-c", setting)]
        return [_program("postgres"), "-D", str(self._folder / "data"), "-p", str(self.port), *settings]

    def _user(self) -> str | None:
        return _system_user()

    def _is_ready(self) -> bool:
        """By the file in which it says so to its own tools."""
        try:
            lines = (self._folder / "data" / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[0] == str(self._running.pid) and lines[7].strip() == "ready"

    def _children(self) -> list[int]:
        pid = self._running.pid
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def name_in(url: str) -> str:
    """The name of the database at the end of its URL."""
    return url.rpartition("/")[2]


@contextmanager
def postgres_server(*, durable: bool = True, settings: Sequence[str] = ()) -> Iterator[Postgres]:
    """A running server with no database of ours in it, gone at the end of the block with all its files."""
    with _folder_of_its_own() as folder:
        shutil.copytree(_new_cluster(), folder / "data", copy_function=shutil.copy)
        _give_away(folder)
        server = Postgres(folder, durable=durable, settings=settings)
        try:
            server.start()
            yield server
        finally:
            server.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all tests of a worker. What is committed there survives no crash: for tests of other things."""
    with postgres_server(durable=False) as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """A fresh and empty database."""
    url = postgres.database()
    yield url
    postgres.drop(url)


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """A server of the test's own, which keeps what it has committed, for tests that stop it."""
    with postgres_server() as server:
        yield server


@cache
def _new_cluster() -> Path:
    """The files of a server that has never run, made once for each worker; copied for each server."""
    folder = _stays_until_the_end()
    made = subprocess.run(
        [
            _program("initdb"), "-D", str(folder / "data"), "-U", ADMINISTRATOR, "--auth=trust", "--no-sync",
            "--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US",
        ],
        capture_output=True, text=True, timeout=PATIENCE, check=False, user=_system_user(), cwd="/",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    server = Postgres(folder, durable=False)
    server.start()
    try:
        server.sql(f"CREATE ROLE {USER} LOGIN")
    finally:
        server.stop()
    return folder / "data"


_kept: list[tempfile.TemporaryDirectory[str]] = []


def _stays_until_the_end() -> Path:
    """A folder that goes with the process."""
    made = tempfile.TemporaryDirectory(prefix="pdm-postgres-")
    _kept.append(made)
    folder = Path(made.name)
    _give_away(folder)
    return folder


@contextmanager
def _folder_of_its_own() -> Iterator[Path]:
    """Not in pytest's folder: PostgreSQL's user could not go into that."""
    with tempfile.TemporaryDirectory(prefix="pdm-postgres-") as name:
        yield Path(name)


def _give_away(folder: Path) -> None:
    """PostgreSQL refuses to run as root, and keeps its data where only itself can read it."""
    user = _system_user()
    if user is not None:
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, user)
    if (folder / "data").is_dir():
        (folder / "data").chmod(0o700)


def _system_user() -> str | None:
    """As whom PostgreSQL runs, if not as whoever runs the tests."""
    return ADMINISTRATOR if sys.platform != "win32" and os.geteuid() == 0 else None


@cache
def _program(name: str) -> str:
    """A program of the newest PostgreSQL that is installed."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not versions:
        pytest.fail("PostgreSQL is not installed here. Install Debian's package “postgresql”: see README.md.")
    return str(versions[-1] / name)


def _runs(pid: int) -> bool:
    """Whether that process has not ended; one that nobody has collected yet has."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return False
