"""The time of parked versions is counted, and no clock is believed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """To this version. What is parked by now has its whole time before it: longer is no harm."""
    op.add_column("server", sa.Column("counted", sa.BigInteger()))
    op.add_column("parked", sa.Column("remaining", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
    op.execute("UPDATE parked SET remaining = expires - at")
    op.drop_index("parked_by_expiry", "parked")
