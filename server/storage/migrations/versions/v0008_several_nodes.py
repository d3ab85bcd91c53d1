"""What the nodes of one server share besides its data: leases, the key of sign-ins, the mark of their contents."""

import sqlalchemy as sa
from alembic import op

from server.storage.migrations.words import TEXT

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """To this version."""
    op.add_column("server", sa.Column("token_key", TEXT))
    op.add_column("server", sa.Column("contents_mark", TEXT))
    op.create_table(
        "lease",
        sa.Column("name", TEXT, primary_key=True),
        sa.Column("holder", TEXT, nullable=False),
        sa.Column("beat", sa.BigInteger(), nullable=False),
    )
