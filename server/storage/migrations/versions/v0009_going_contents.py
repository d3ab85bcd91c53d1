"""Contents that one of several nodes is removing."""

import sqlalchemy as sa
from alembic import op

from server.storage.migrations.words import TEXT

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "going",
        sa.Column("hash", TEXT, primary_key=True),
        sa.Column("node", TEXT, nullable=False),
        sa.Column("place", TEXT, nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
