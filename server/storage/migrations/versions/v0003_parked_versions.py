"""Parked versions."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "parked",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("vault", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("computer", sa.Text()),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("comment", sa.Text()),
        sa.Column("reason", sa.Text(), nullable=False),
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
