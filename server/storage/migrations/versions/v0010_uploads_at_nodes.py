"""Which of several nodes went on last with an upload, and with which token."""

import sqlalchemy as sa
from alembic import op

from server.storage.migrations.words import TEXT

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """To this version."""
    op.add_column("arrival", sa.Column("node", TEXT))
    op.add_column("arrival", sa.Column("token", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
