"""People known to GitLab and their one-time codes, rules of vaults, hand-over, watches, messages, and the purge."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from server.storage.migrations.words import TEXT

revision = "0007"
down_revision = "0006"

_INDEXES: tuple[tuple[str, str, list[str], bool], ...] = (
    ("person_by_gitlab", "person", ["gitlab"], True),
    ("audit_by_person", "audit", ["person", "number"], False),
    ("audit_by_file", "audit", ["file", "number"], False),
    ("audit_by_time", "audit", ["at"], False),
    ("audit_by_action", "audit", ["action", "at"], False),
    ("parked_by_receiver", "parked", ["given_to"], False),
    ("inbox_by_message", "inbox", ["message"], False),
)


def upgrade() -> None:
    """To this version. Who is here already is not new to anybody."""
    for table, columns in _columns().items():
        for column in columns:
            op.add_column(table, column)
    for name, table, of, unique in _INDEXES:
        op.create_index(name, table, of, unique=unique)
    op.execute(sa.text("UPDATE person SET looked_at = made"))
    _make_requests()
    _make_waiting()
    _make_watches()
    _make_messages()


def _columns() -> dict[str, tuple[sa.Column[Any], ...]]:
    return {
        "person": (
            sa.Column("gitlab", TEXT),
            sa.Column("gitlab_name", TEXT),
            sa.Column("token_due", sa.Boolean(), nullable=False, server_default=sa.false()),
            sa.Column("code", TEXT),
            sa.Column("code_expires", sa.BigInteger()),
            sa.Column("by_default", sa.Boolean(), nullable=False, server_default=sa.true()),
            sa.Column("looked_at", sa.BigInteger()),
            sa.Column("last_seen", sa.BigInteger()),
            sa.Column("hearing", TEXT),
        ),
        "seat": (sa.Column("troubles", TEXT),),
        "session": (sa.Column("address", TEXT),),
        "vault": (sa.Column("rules", TEXT),),
        "file": (sa.Column("purge", sa.BigInteger()),),
        "parked": (sa.Column("given_to", TEXT),),
        "inbox": (
            sa.Column("request", TEXT),
            sa.Column("message", TEXT),
            sa.Column("acknowledged", sa.BigInteger()),
        ),
    }


def _make_requests() -> None:
    op.create_table(
        "request",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("file", TEXT, nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("asker", TEXT, nullable=False),
        sa.Column("seat", TEXT, nullable=False),
        sa.Column("holder", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("text", TEXT),
        sa.Column("answer", TEXT),
        sa.Column("answered", sa.BigInteger()),
        sa.Column("reply", TEXT),
        sa.ForeignKeyConstraint(["file"], ["file.id"]),
        sa.ForeignKeyConstraint(["asker"], ["person.id"]),
        sa.ForeignKeyConstraint(["seat"], ["seat.id"]),
        sa.ForeignKeyConstraint(["holder"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for whose in ("file", "holder", "asker"):
        op.create_index(f"request_by_{whose}", "request", [whose, "answered"])


def _make_waiting() -> None:
    op.create_table(
        "waiting",
        sa.Column("file", TEXT, nullable=False),
        sa.Column("person", TEXT, nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.BigInteger()),
        sa.ForeignKeyConstraint(["file"], ["file.id"]),
        sa.ForeignKeyConstraint(["person"], ["person.id"]),
        sa.PrimaryKeyConstraint("file", "person"),
        sqlite_with_rowid=False,
    )
    op.create_index("waiting_by_person", "waiting", ["person"])
    op.create_table(
        "handover",
        sa.Column("file", TEXT, nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("giver", TEXT, nullable=False),
        sa.Column("receiver", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("parked", TEXT),
        sa.ForeignKeyConstraint(["file"], ["file.id"]),
        sa.ForeignKeyConstraint(["giver"], ["person.id"]),
        sa.ForeignKeyConstraint(["receiver"], ["person.id"]),
        sa.PrimaryKeyConstraint("file", "token"),
        sqlite_with_rowid=False,
    )


def _make_watches() -> None:
    op.create_table(
        "watch",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("person", TEXT, nullable=False),
        sa.Column("vault", TEXT, nullable=False),
        sa.Column("file", TEXT),
        sa.Column("folder", TEXT),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"]),
        sa.ForeignKeyConstraint(["vault"], ["vault.id"]),
        sa.ForeignKeyConstraint(["file"], ["file.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("watch_by_person", "watch", ["person"])


def _make_messages() -> None:
    op.create_table(
        "message",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("sender", TEXT, nullable=False),
        sa.Column("everybody", sa.Boolean(), nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["sender"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("message_by_time", "message", ["at"])
