"""Bring a database up to this version's tables."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

_SCRIPTS = Path(__file__).parent / "migrations"


class NewerData(RuntimeError):
    """The data was written by a newer version of the server. The text says what to do."""


def newest() -> str:
    """The number of the last migration that this version knows."""
    known = ScriptDirectory.from_config(_config()).get_current_head()
    if known is None:
        raise LookupError("There are no migrations.")
    return known


def reached(connection: Connection) -> str | None:
    """The number of the last one that the database has had; None: it has no tables of ours."""
    return MigrationContext.configure(connection).get_current_revision()


def migrate(connection: Connection) -> None:
    """Run the migrations that the database lacks, all of them in the connection's transaction. Raises NewerData."""
    config = _config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise NewerData(
            "The data were written by a newer version of the server. Please install that version, or a newer one, and"
            " start again."
        ) from error


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    return config
