"""The whole of a vault as lines of JSON, in flat memory and at the database's pace: there may be a million files."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Connection, and_, bindparam, func, select, type_coerce

from server.domain.session import Session
from server.protocol.calls import TreeHead
from server.protocol.wire import plain
from server.services.rights import vault_and_epoch_for
from server.services.stored import all_locks
from server.storage.tables import file, person, revision

AT_ONCE = 1_000
"""Files in one piece: some 300 KB."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_encoder = msgspec.json.Encoder()
_of_this_vault = (file.c.vault == bindparam("of_vault")) & file.c.deleted.is_(None)

# Built once: building such statements takes longer than running them.
_COUNT = select(func.count()).select_from(file).where(_of_this_vault)
_PEOPLE = select(person.c.id, person.c.name)
# Two tables and no more, and times as they are stored: what is looked up for each of a million files is felt.
_FILES = (
    select(
        file.c.id,
        file.c.path,
        revision.c.major,
        revision.c.minor,
        revision.c.size,
        revision.c.hash,
        revision.c.author,
        type_coerce(revision.c.at, BigInteger),
        revision.c.comment,
    )
    .select_from(
        file.join(
            revision,
            and_(revision.c.file == file.c.id, revision.c.major == file.c.major, revision.c.minor == file.c.minor),
        )
    )
    .where(_of_this_vault)
    .order_by(file.c.path)
    .execution_options(yield_per=AT_ONCE)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeMark:
    """What a tree snapshot is true for."""

    epoch: str
    vault: str
    seq: int


class _Head(msgspec.Struct, omit_defaults=True, gc=False):
    """A `Revision` as it travels: the fields of the contract, made and written at a fifth of a dataclass's cost."""

    major: int
    minor: int
    size: int
    hash: str
    author: str
    at: datetime
    comment: str | None = None


class _Line(msgspec.Struct, omit_defaults=True, gc=False):
    """A `File` as it travels."""

    id: str
    path: str
    head: _Head
    lock: Any = None


def tree(connection: Connection, session: Session, vault_id: str) -> Generator[TreeMark | bytes]:
    """The vault as it is now: first its mark, then lines of JSON, the head first and the files by path.

    The mark costs one statement; all of it five, however many files there are. Raises NotFound before the mark.
    """
    view, epoch = vault_and_epoch_for(connection, session, vault_id)
    yield TreeMark(epoch=epoch, vault=vault_id, seq=view.seq)
    here = {"of_vault": vault_id}
    count: int = connection.execute(_COUNT, here).scalar_one()
    head = TreeHead(epoch=epoch, vault=vault_id, seq=view.seq, files=count)
    yield _encoder.encode(plain(head)) + b"\n"
    people: dict[str, str] = dict(connection.execute(_PEOPLE).tuples().all())
    locks = {file_id: plain(each) for file_id, each in all_locks(connection).items()}
    with connection.execute(_FILES, here) as found:
        for rows in found.partitions(AT_ONCE):
            yield _encoder.encode_lines([_line(*row, people=people, locks=locks) for row in rows])


def _line(
    file_id: str,
    path: str,
    major: int,
    minor: int,
    size: int,
    content_hash: str,
    author: str,
    at: int,
    comment: str | None,
    *,
    people: Mapping[str, str],
    locks: Mapping[str, Any],
) -> _Line:
    head = _Head(major, minor, size, content_hash, people[author], _EPOCH + timedelta(microseconds=at), comment)
    return _Line(file_id, path, head, locks.get(file_id))
