"""What becomes of a file in a call: stored already, not yet recorded; and the answers of calls that change files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from server.bus.base import Hint, VaultHint
from server.domain.audit import Entry
from server.protocol.calls import FileState, FileStates
from server.protocol.events import VaultEvent
from server.protocol.vault import File
from server.services.outcome import Outcome
from server.services.reading import epoch_of
from server.services.record import record
from server.services.stored import StoredFile
from server.storage.tables import vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One file as it is now, what the readers of its vault are told, and its row of the audit trail.

    `hints` are what else changes with it.
    """

    file: File
    events: tuple[VaultEvent, ...]
    entry: Entry
    hints: tuple[Hint, ...] = ()


def changed_file(connection: Connection, vault_id: str, change: Change, *, at: datetime) -> Outcome[FileState]:
    """Record the change of one file, as the last thing in its transaction: the outcome of the call."""
    now = record(connection, vault_id, change.events, entries=[change.entry], at=at)
    state = FileState(epoch=now.epoch, vault=vault_id, seq=now.seq, file=change.file)
    return Outcome(state, (VaultHint(vault_id, now.seq), *change.hints))


def unchanged_file(connection: Connection, found: StoredFile) -> Outcome[FileState]:
    """The outcome of a call that asked for what is already so."""
    seq = _seq_of(connection, found.vault)
    return Outcome(FileState(epoch=epoch_of(connection), vault=found.vault, seq=seq, file=found.file))


def changed_files(
    connection: Connection, vault_id: str, changes: Sequence[Change], *, now: Sequence[File], at: datetime
) -> Outcome[FileStates]:
    """Record the changes of several files of a vault as one; `now` is all that the call was about."""
    files = list(now)
    if not changes:
        seq = _seq_of(connection, vault_id)
        return Outcome(FileStates(epoch=epoch_of(connection), vault=vault_id, seq=seq, files=files))
    events = [event for change in changes for event in change.events]
    place = record(connection, vault_id, events, entries=[change.entry for change in changes], at=at)
    hints = dict.fromkeys(hint for change in changes for hint in change.hints)
    states = FileStates(epoch=place.epoch, vault=vault_id, seq=place.seq, files=files)
    return Outcome(states, (VaultHint(vault_id, place.seq), *hints))


def _seq_of(connection: Connection, vault_id: str) -> int:
    seq: int = connection.execute(select(vault.c.seq).where(vault.c.id == vault_id)).scalar_one()
    return seq
