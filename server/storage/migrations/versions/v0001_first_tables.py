"""The first tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from server.storage.migrations.words import TEXT

revision = "0001"
down_revision = None

LIVE: dict[str, Any] = {"sqlite_where": sa.text("deleted IS NULL"), "postgresql_where": sa.text("deleted IS NULL")}
DELETED: dict[str, Any] = {
    "sqlite_where": sa.text("deleted IS NOT NULL"),
    "postgresql_where": sa.text("deleted IS NOT NULL"),
}


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "audit",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("person", TEXT, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("vault", TEXT),
        sa.Column("file", TEXT),
        sa.Column("detail", TEXT, nullable=False),
        sa.Column("previous", TEXT, nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.CheckConstraint("id = 1", name="one_audit_head"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "blob",
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("arrived", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "person",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("name_key", TEXT, nullable=False),
        sa.Column("password", TEXT),
        sa.Column("administrator", sa.Boolean(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("disabled", sa.BigInteger()),
        sa.Column("inbox_number", sa.BigInteger(), nullable=False),
        sa.Column("inbox_seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name_key"),
    )
    op.create_table(
        "server",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", TEXT, nullable=False),
        sa.Column("began", sa.BigInteger(), nullable=False),
        sa.Column("access_version", sa.BigInteger(), nullable=False),
        sa.Column("mark", TEXT),
        sa.CheckConstraint("id = 1", name="one_server"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "vault",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("name_key", TEXT, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("default_role", TEXT),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name_key"),
    )
    op.create_table(
        "access",
        sa.Column("vault", TEXT, nullable=False),
        sa.Column("person", TEXT, nullable=False),
        sa.Column("role", TEXT),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["vault"],
            ["vault.id"],
        ),
        sa.PrimaryKeyConstraint("vault", "person"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "answer",
        sa.Column("person", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("fingerprint", TEXT, nullable=False),
        sa.Column("body", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("person", "key"),
        sqlite_with_rowid=False,
    )
    op.create_index("answer_by_age", "answer", ["at"])
    op.create_table(
        "event",
        sa.Column("vault", TEXT, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("data", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["vault"],
            ["vault.id"],
        ),
        sa.PrimaryKeyConstraint("vault", "seq"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "file",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("vault", TEXT, nullable=False),
        sa.Column("path", TEXT, nullable=False),
        sa.Column("path_key", TEXT, nullable=False),
        sa.Column("major", sa.Integer(), nullable=False),
        sa.Column("minor", sa.Integer(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.BigInteger()),
        sa.Column("deleted_by", TEXT),
        sa.ForeignKeyConstraint(
            ["deleted_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["vault"],
            ["vault.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("deleted_file_by_path", "file", ["vault", "path", "id"], **DELETED)
    op.create_index("file_by_key", "file", ["vault", "path_key"], unique=True, **LIVE)
    op.create_index("file_by_path", "file", ["vault", "path"], **LIVE)
    op.create_table(
        "inbox",
        sa.Column("person", TEXT, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("vault", TEXT),
        sa.Column("file", TEXT),
        sa.Column("path", TEXT),
        sa.Column("by", TEXT),
        sa.Column("computer", TEXT),
        sa.Column("text", TEXT),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("person", "number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "seat",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("person", TEXT, nullable=False),
        sa.Column("computer", TEXT, nullable=False),
        sa.Column("system", TEXT, nullable=False),
        sa.Column("version", TEXT, nullable=False),
        sa.Column("last_contact", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("seat_by_person", "seat", ["person"])
    op.create_table(
        "upload",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("person", TEXT, nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["hash"],
            ["blob.hash"],
        ),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("upload_by_expiry", "upload", ["expires"])
    op.create_index("upload_by_hash", "upload", ["hash"])
    op.create_table(
        "lock",
        sa.Column("file", TEXT, nullable=False),
        sa.Column("person", TEXT, nullable=False),
        sa.Column("seat", TEXT, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("message", TEXT),
        sa.ForeignKeyConstraint(
            ["file"],
            ["file.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["seat"],
            ["seat.id"],
        ),
        sa.PrimaryKeyConstraint("file"),
        sqlite_with_rowid=False,
    )
    op.create_index("lock_by_person", "lock", ["person"])
    op.create_index("lock_by_seat", "lock", ["seat"])
    op.create_table(
        "revision",
        sa.Column("file", TEXT, nullable=False),
        sa.Column("major", sa.Integer(), nullable=False),
        sa.Column("minor", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("author", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("comment", TEXT),
        sa.ForeignKeyConstraint(
            ["author"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["file"],
            ["file.id"],
        ),
        sa.ForeignKeyConstraint(
            ["hash"],
            ["blob.hash"],
        ),
        sa.PrimaryKeyConstraint("file", "major", "minor"),
        sqlite_with_rowid=False,
    )
    op.create_index("revision_by_hash", "revision", ["hash"])
    op.create_table(
        "session",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("person", TEXT, nullable=False),
        sa.Column("seat", TEXT),
        sa.Column("began", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["seat"],
            ["seat.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("session_by_person", "session", ["person"])
