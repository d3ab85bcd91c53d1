"""${message}."""

import sqlalchemy as sa
from alembic import op

import server.storage.types

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """To this version."""
    ${upgrades if upgrades else "pass"}
