"""Parked versions."""

import sqlalchemy as sa
from alembic import op

from server.storage.migrations.words import TEXT

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "parked",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("person", TEXT, nullable=False),
        sa.Column("vault", TEXT, nullable=False),
        sa.Column("file", TEXT, nullable=False),
        sa.Column("path", TEXT, nullable=False),
        sa.Column("computer", TEXT),
        sa.Column("base", TEXT, nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("comment", TEXT),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["vault"],
            ["vault.id"],
        ),
        sa.ForeignKeyConstraint(
            ["file"],
            ["file.id"],
        ),
        sa.ForeignKeyConstraint(
            ["hash"],
            ["blob.hash"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("parked_once", "parked", ["file", "person", "base", "hash"], unique=True)
    op.create_index("parked_by_person", "parked", ["person", "id"])
    op.create_index("parked_by_hash", "parked", ["hash"])
    op.create_index("parked_by_expiry", "parked", ["expires"])
