"""Several real nodes of one server over a real PostgreSQL, a real Redis and one folder of contents. A pytest plugin."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.support.client import PASSWORD
from tests.support.passwords import cheaply_hashed
from tests.support.postgres import Postgres, name_in, postgres_server
from tests.support.redis import Redis, redis_server
from tests.support.server import RealServer

NODES = 3
_numbers = itertools.count(1)


class Cluster:
    """The nodes, and what they share."""

    def __init__(
        self, postgres: Postgres, redis: Redis, nodes: list[RealServer], *, settings: dict[str, str], database: str
    ) -> None:
        self.postgres = postgres
        self.redis = redis
        self.nodes = nodes
        self.settings = settings
        """Of each node."""
        self._database = name_in(database)

    @property
    def addresses(self) -> list[str]:
        """Of each node."""
        return [node.address for node in self.nodes]

    def sql(self, statement: str) -> str:
        """What the database of all answers."""
        return self.postgres.sql(statement, database=self._database)

    def people(self, count: int, *, administrator: bool = False) -> list[str]:
        """So many new people, by names that nobody has had."""
        names = [f"Person {next(_numbers)}" for _ in range(count)]
        for name in names:
            self.nodes[0].add_person(name, None, administrator=administrator)
        if names:
            listed = ", ".join(f"'{name}'" for name in names)
            kept = cheaply_hashed(PASSWORD)
            self.sql(f"UPDATE person SET password = '{kept}' WHERE name IN ({listed})")  # noqa: S608 - our own words
        return names


@contextmanager
def running_cluster(
    folder: Path, postgres: Postgres, redis: Redis, *, nodes: int = NODES, settings: dict[str, str] | None = None
) -> Iterator[Cluster]:
    """So many nodes at work, gone at the end of the block."""
    shared = folder / "shared"
    shared.mkdir(parents=True)
    url = postgres.database()
    of_all = {"PDM_DATABASE_URL": url, "PDM_REDIS_URL": redis.url} | (settings or {})
    with ExitStack() as until_the_end:
        servers = [new_node(folder / f"node-{number}", shared, of_all) for number in range(nodes)]
        for server in servers:
            until_the_end.callback(server.close)
        servers[0].start()  # makes the tables
        with ThreadPoolExecutor() as threads:
            for started in [threads.submit(server.start) for server in servers[1:]]:
                started.result()
        yield Cluster(postgres, redis, servers, settings=of_all, database=url)


def new_node(folder: Path, shared: Path, settings: dict[str, str]) -> RealServer:
    """A node that does not run yet, with a data folder of its own and the contents of all."""
    node = RealServer(folder, settings=settings)
    node.data.mkdir(mode=0o700)
    (node.data / "blobs").symlink_to(shared, target_is_directory=True)
    return node


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three nodes for all tests of a worker, with a durable PostgreSQL and a Redis of their own.

    Who stops something starts it again.
    """
    with (
        postgres_server() as postgres,
        redis_server() as redis,
        running_cluster(tmp_path_factory.mktemp("cluster"), postgres, redis) as cluster,
    ):
        yield cluster


@pytest.fixture
def own_cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Three nodes, a durable PostgreSQL and a Redis of the test's own, for tests that break them."""
    with (
        postgres_server() as postgres,
        redis_server() as redis,
        running_cluster(tmp_path, postgres, redis) as cluster,
    ):
        yield cluster
