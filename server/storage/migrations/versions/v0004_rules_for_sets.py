"""A vault's own rule for sets."""

import sqlalchemy as sa
from alembic import op

from server.storage.migrations.words import TEXT

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """To this version."""
    op.add_column("vault", sa.Column("sets", TEXT))
