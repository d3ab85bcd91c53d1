"""An id by which seats know the server, wherever it stands."""

import uuid

import sqlalchemy as sa
from alembic import op

from server.storage.migrations.words import TEXT

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """To this version. A server that has not begun yet makes its id when it does."""
    op.add_column("server", sa.Column("identity", TEXT, nullable=False, server_default=""))
    if op.get_bind().execute(sa.text("SELECT id FROM server")).first() is not None:
        op.execute(sa.text("UPDATE server SET identity = :new").bindparams(new=str(uuid.uuid4())))
