"""The throw-away PostgreSQL of the tests: databases of one's own, and a server that can be killed and goes on."""

import sys

import pytest

from tests.support.postgres import Postgres, name_in

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Debian's PostgreSQL runs on Linux")


def test_each_database_is_fresh_and_of_an_ordinary_user(postgres: Postgres) -> None:
    first = postgres.database()
    postgres.sql("CREATE TABLE note (words text); INSERT INTO note VALUES ('kept')", database=name_in(first))
    alike, fresh = postgres.database(like=name_in(first)), postgres.database()
    assert postgres.sql("SELECT words FROM note", database=name_in(alike)) == "kept"
    assert postgres.sql("SELECT to_regclass('note') IS NULL", database=name_in(fresh)) == "t"
    assert postgres.sql("SELECT usesuper FROM pg_user WHERE usename = 'pdm'") == "f"
    for url in (first, alike, fresh):
        postgres.drop(url)


def test_text_is_not_in_the_order_of_code_points(postgres: Postgres, postgres_url: str) -> None:
    assert postgres.sql("SELECT 'a' < 'B'", database=name_in(postgres_url)) == "t"


def test_what_was_committed_before_a_kill_is_there_after_it_on_the_same_port(own_postgres: Postgres) -> None:
    database, port = name_in(own_postgres.database()), own_postgres.port
    own_postgres.sql("CREATE TABLE note (words text); INSERT INTO note VALUES ('kept')", database=database)
    own_postgres.kill()
    own_postgres.start()
    assert own_postgres.sql("SELECT words FROM note", database=database) == "kept"
    assert own_postgres.port == port
    own_postgres.restart()
    assert own_postgres.sql("SELECT words FROM note", database=database) == "kept"
