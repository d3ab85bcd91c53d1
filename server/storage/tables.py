"""The tables, as SQLAlchemy Core knows them. Migrations make them; a test compares the two."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    false,
    text,
    true,
)

from server.storage.types import Duration, Moment, Ordered

metadata = MetaData()

server = Table(
    "server",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("identity", Ordered, nullable=False, server_default=""),
    Column("epoch", Ordered, nullable=False),
    Column("began", Moment, nullable=False),
    Column("access_version", BigInteger, nullable=False),
    Column("mark", Ordered),
    Column("counted", Moment),
    Column("token_key", Ordered),
    Column("contents_mark", Ordered),
    CheckConstraint("id = 1", name="one_server"),
)
"""One row: which server this is for good, and which life of its data; a number that grows with each change of anybody's
access, the mark of the data folder at the last start, and when the time of parked versions was last counted. Of
several nodes also the key that signs their tokens, in hexadecimal digits, and the mark of the folder of their contents.
"""

lease = Table(
    "lease",
    metadata,
    Column("name", Ordered, primary_key=True),
    Column("holder", Ordered, nullable=False),
    Column("beat", BigInteger, nullable=False),
)
"""What one of several nodes alone works on. `beat` grows while its holder is alive."""

person = Table(
    "person",
    metadata,
    Column("id", Ordered, primary_key=True),
    Column("name", Ordered, nullable=False),
    Column("name_key", Ordered, nullable=False, unique=True),
    Column("password", Ordered),
    Column("administrator", Boolean, nullable=False),
    Column("made", Moment, nullable=False),
    Column("disabled", Moment),
    Column("inbox_number", BigInteger, nullable=False),
    Column("inbox_seen", BigInteger, nullable=False),
    Column("gitlab", Ordered),
    Column("gitlab_name", Ordered),
    Column("token_due", Boolean, nullable=False, server_default=false()),
    Column("code", Ordered),
    Column("code_expires", Moment),
    Column("by_default", Boolean, nullable=False, server_default=true()),
    Column("looked_at", Moment),
    Column("last_seen", Moment),
    Column("hearing", Ordered),
    Index("person_by_gitlab", "gitlab", unique=True),
)
"""Who may sign in; without a password nobody can sign in by that name.

`gitlab` is the number by which GitLab knows the person, `gitlab_name` what GitLab called the person last; `token_due`:
the next sign-in takes a token of GitLab. `code` is what is kept of an administrator's one-time code. `by_default`: the
default roles of vaults count for this person. `looked_at`: since then the person is not new to administrators.
`hearing` is what the person wants to hear of, as JSON.
"""

seat = Table(
    "seat",
    metadata,
    Column("id", Ordered, primary_key=True),
    Column("person", Ordered, ForeignKey("person.id"), nullable=False),
    Column("computer", Ordered, nullable=False),
    Column("system", Ordered, nullable=False),
    Column("version", Ordered, nullable=False),
    Column("last_contact", Moment, nullable=False),
    Column("troubles", Ordered),
    Index("seat_by_person", "person"),
)
"""`troubles` is what needs its person there, as the seat told it last, as JSON."""

session = Table(
    "session",
    metadata,
    Column("id", Ordered, primary_key=True),
    Column("person", Ordered, ForeignKey("person.id"), nullable=False),
    Column("seat", Ordered, ForeignKey("seat.id")),
    Column("began", Moment, nullable=False),
    Column("expires", Moment, nullable=False),
    Column("ended", Moment),
    Column("address", Ordered),
    Index("session_by_person", "person"),
)

vault = Table(
    "vault",
    metadata,
    Column("id", Ordered, primary_key=True),
    Column("name", Ordered, nullable=False),
    Column("name_key", Ordered, nullable=False, unique=True),
    Column("seq", BigInteger, nullable=False),
    Column("default_role", Ordered),
    Column("made", Moment, nullable=False),
    Column("sets", Ordered),
    Column("rules", Ordered),
)
"""`default_role` is the role of everybody whom `access` does not name; without one, nobody else may read it. `sets` is
the vault's own rule for sets, `rules` are those for its files, both as JSON.
"""

access = Table(
    "access",
    metadata,
    Column("vault", Ordered, ForeignKey("vault.id"), nullable=False),
    Column("person", Ordered, ForeignKey("person.id"), nullable=False),
    Column("role", Ordered),
    PrimaryKeyConstraint("vault", "person"),
    sqlite_with_rowid=False,
)
"""What a vault grants one person; a row without a role takes the default away."""

blob = Table(
    "blob",
    metadata,
    Column("hash", Ordered, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("arrived", Moment, nullable=False),
    sqlite_with_rowid=False,
)
"""Content that is stored whole; `arrived` is when it last came."""

going = Table(
    "going",
    metadata,
    Column("hash", Ordered, primary_key=True),
    Column("node", Ordered, nullable=False),
    Column("place", Ordered, nullable=False),
    Column("remaining", Duration, nullable=False),
    sqlite_with_rowid=False,
)
"""Content that one of several nodes is removing: nobody may store it before that is over. `node` is the process that
removes it, `place` where that runs; when no time is `remaining`, as counted, it is taken to have ended.
"""

file = Table(
    "file",
    metadata,
    Column("id", Ordered, primary_key=True),
    Column("vault", Ordered, ForeignKey("vault.id"), nullable=False),
    Column("path", Ordered, nullable=False),
    Column("path_key", Ordered, nullable=False),
    Column("major", Integer, nullable=False),
    Column("minor", Integer, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("deleted", Moment),
    Column("deleted_by", Ordered, ForeignKey("person.id")),
    Column("purge", Moment),
    Index("file_by_key", "vault", "path_key", unique=True, sqlite_where=text("deleted IS NULL"),
          postgresql_where=text("deleted IS NULL")),
    Index("file_by_path", "vault", "path", sqlite_where=text("deleted IS NULL"),
          postgresql_where=text("deleted IS NULL")),
    Index("deleted_file_by_path", "vault", "path", "id", sqlite_where=text("deleted IS NOT NULL"),
          postgresql_where=text("deleted IS NOT NULL")),
)  # fmt: skip
"""A path with its newest revision's number and the last fencing token that was given out for it.

`purge`: from then on a deleted file goes for good.
"""

revision = Table(
    "revision",
    metadata,
    Column("file", Ordered, ForeignKey("file.id"), nullable=False),
    Column("major", Integer, nullable=False),
    Column("minor", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("hash", Ordered, ForeignKey("blob.hash"), nullable=False),
    Column("author", Ordered, ForeignKey("person.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("comment", Ordered),
    PrimaryKeyConstraint("file", "major", "minor"),
    Index("revision_by_hash", "hash"),
    sqlite_with_rowid=False,
)

lock = Table(
    "lock",
    metadata,
    Column("file", Ordered, ForeignKey("file.id"), primary_key=True),
    Column("person", Ordered, ForeignKey("person.id"), nullable=False),
    Column("seat", Ordered, ForeignKey("seat.id"), nullable=False),
    Column("since", Moment, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("message", Ordered),
    Index("lock_by_seat", "seat"),
    Index("lock_by_person", "person"),
    sqlite_with_rowid=False,
)

event = Table(
    "event",
    metadata,
    Column("vault", Ordered, ForeignKey("vault.id"), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("type", Ordered, nullable=False),
    Column("at", Moment, nullable=False),
    Column("data", Ordered, nullable=False),
    PrimaryKeyConstraint("vault", "seq"),
    sqlite_with_rowid=False,
)

audit = Table(
    "audit",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("person", Ordered, nullable=False),
    Column("action", Ordered, nullable=False),
    Column("vault", Ordered),
    Column("file", Ordered),
    Column("detail", Ordered, nullable=False),
    Column("previous", Ordered, nullable=False),
    Column("hash", Ordered, nullable=False),
    Index("audit_by_person", "person", "number"),
    Index("audit_by_file", "file", "number"),
    Index("audit_by_time", "at"),
    Index("audit_by_action", "action", "at"),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("hash", Ordered, nullable=False),
    CheckConstraint("id = 1", name="one_audit_head"),
)
"""Where the chain ends. Whoever adds to the chain holds this row, and takes it last."""

answer = Table(
    "answer",
    metadata,
    Column("person", Ordered, ForeignKey("person.id"), nullable=False),
    Column("key", Ordered, nullable=False),
    Column("fingerprint", Ordered, nullable=False),
    Column("body", Ordered, nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("person", "key"),
    Index("answer_by_age", "at"),
    sqlite_with_rowid=False,
)
"""What a call with an Idempotency-Key was answered."""

upload = Table(
    "upload",
    metadata,
    Column("id", Ordered, primary_key=True),
    Column("person", Ordered, ForeignKey("person.id"), nullable=False),
    Column("hash", Ordered, ForeignKey("blob.hash"), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("expires", Moment, nullable=False),
    Index("upload_by_hash", "hash"),
    Index("upload_by_expiry", "expires"),
)

arrival = Table(
    "arrival",
    metadata,
    Column("id", Ordered, primary_key=True),
    Column("person", Ordered, ForeignKey("person.id"), nullable=False),
    Column("hash", Ordered, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("kept", BigInteger, nullable=False),
    Column("checked", Boolean, nullable=False),
    Column("expires", Moment, nullable=False),
    Column("node", Ordered),
    Column("token", BigInteger, nullable=False, server_default=text("0")),
    Index("arrival_by_person", "person"),
    Index("arrival_by_expiry", "expires"),
)
"""An upload in parts that is not finished: what was announced, and how many bytes are durable. `checked`: all of it has
arrived and is what was announced, so that it may lie under its hash by now. Of several nodes `node` is the process that
works on it, or did last; each that goes on after another one gets a higher `token`.
"""

parked = Table(
    "parked",
    metadata,
    Column("id", Ordered, primary_key=True),
    Column("person", Ordered, ForeignKey("person.id"), nullable=False),
    Column("vault", Ordered, ForeignKey("vault.id"), nullable=False),
    Column("file", Ordered, ForeignKey("file.id"), nullable=False),
    Column("path", Ordered, nullable=False),
    Column("computer", Ordered),
    Column("base", Ordered, nullable=False),
    Column("hash", Ordered, ForeignKey("blob.hash"), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("comment", Ordered),
    Column("reason", Ordered, nullable=False),
    Column("at", Moment, nullable=False),
    Column("expires", Moment, nullable=False),
    Column("remaining", Duration, nullable=False, server_default=text("0")),
    Column("given_to", Ordered),
    Index("parked_once", "file", "person", "base", "hash", unique=True),
    Index("parked_by_person", "person", "id"),
    Index("parked_by_hash", "hash"),
    Index("parked_by_receiver", "given_to"),
)
"""Content of a check-in that was refused; `path` is what the file had then. It goes when no time is `remaining`, which
is counted; `expires` is what is told, by the clock of the last count. `given_to` is the person to whom it was handed
over with its file.
"""

inbox = Table(
    "inbox",
    metadata,
    Column("person", Ordered, ForeignKey("person.id"), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("kind", Ordered, nullable=False),
    Column("at", Moment, nullable=False),
    Column("vault", Ordered),
    Column("file", Ordered),
    Column("path", Ordered),
    Column("by", Ordered),
    Column("computer", Ordered),
    Column("text", Ordered),
    Column("request", Ordered),
    Column("message", Ordered),
    Column("acknowledged", Moment),
    PrimaryKeyConstraint("person", "number"),
    Index("inbox_by_message", "message"),
    sqlite_with_rowid=False,
)
"""`request` and `message` are what an entry is about, if so; `acknowledged` is when the person said of this very one
that it is understood.
"""

request = Table(
    "request",
    metadata,
    Column("id", Ordered, primary_key=True),
    Column("file", Ordered, ForeignKey("file.id"), nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("asker", Ordered, ForeignKey("person.id"), nullable=False),
    Column("seat", Ordered, ForeignKey("seat.id"), nullable=False),
    Column("holder", Ordered, ForeignKey("person.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("text", Ordered),
    Column("answer", Ordered),
    Column("answered", Moment),
    Column("reply", Ordered),
    Index("request_by_file", "file", "answered"),
    Index("request_by_holder", "holder", "answered"),
    Index("request_by_asker", "asker", "answered"),
)
"""Somebody asks the holder of a file for it; `token` is that of the check-out that it is about."""

waiting = Table(
    "waiting",
    metadata,
    Column("file", Ordered, ForeignKey("file.id"), nullable=False),
    Column("person", Ordered, ForeignKey("person.id"), nullable=False),
    Column("place", BigInteger, nullable=False),
    Column("since", Moment, nullable=False),
    Column("told", Moment),
    PrimaryKeyConstraint("file", "person"),
    Index("waiting_by_person", "person"),
    sqlite_with_rowid=False,
)
"""Who wants to be told when a file is free, in the order of `place`; `told` is when that was done."""

handover = Table(
    "handover",
    metadata,
    Column("file", Ordered, ForeignKey("file.id"), nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("giver", Ordered, ForeignKey("person.id"), nullable=False),
    Column("receiver", Ordered, ForeignKey("person.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("parked", Ordered),
    PrimaryKeyConstraint("file", "token"),
    sqlite_with_rowid=False,
)
"""A check-out (by its `token`) that went to somebody else; `parked` is the work that came with it, once it is here."""

watch = Table(
    "watch",
    metadata,
    Column("id", Ordered, primary_key=True),
    Column("person", Ordered, ForeignKey("person.id"), nullable=False),
    Column("vault", Ordered, ForeignKey("vault.id"), nullable=False),
    Column("file", Ordered, ForeignKey("file.id")),
    Column("folder", Ordered),
    Column("at", Moment, nullable=False),
    Index("watch_by_person", "person"),
)
"""What somebody wants to hear of: one file, or all below a folder; the empty folder is the whole vault."""

message = Table(
    "message",
    metadata,
    Column("id", Ordered, primary_key=True),
    Column("sender", Ordered, ForeignKey("person.id"), nullable=False),
    Column("everybody", Boolean, nullable=False),
    Column("text", Ordered, nullable=False),
    Column("at", Moment, nullable=False),
    Index("message_by_time", "at"),
)
"""What an administrator has told one person or all; who got it stands in their inboxes."""
