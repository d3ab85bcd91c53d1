"""What the nodes of one server share besides its data: leases, the key of sign-ins, the mark of their contents."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """To this version."""
    op.add_column("server", sa.Column("token_key", sa.Text()))
    op.add_column("server", sa.Column("contents_mark", sa.Text()))
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("beat", sa.BigInteger(), nullable=False),
    )
