"""What the engine knows of the workspace, and what it has begun: facts, never ahead of the disk."""

import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePath
from typing import Any

import msgspec

from pdm_desktop import log
from pdm_desktop.core.paths import is_text
from pdm_desktop.core.strangers import SizeAndTime
from pdm_desktop.core.waiting import WaitingCheckIn, left_behind, left_unread
from pdm_desktop.sync.aside import Aside, put_aside, unreadable
from pdm_desktop.sync.facts import Copy, Finding, Hold, Lack, Lost, Move, Verdict
from pdm_desktop.sync.intent import Intent
from pdm_desktop.sync.journal_file import beside, open_file
from pdm_desktop.sync.rows import FINDINGS, KNOWN, check_in_of, copy_of, hold_of, intent_of, known_of, lost_of, move_of
from pdm_desktop.sync.scan import Known


class Journal:
    """One SQLite file, written through to the disk. Use it on one thread. Raises DiskFull and sqlite3.Error."""

    def __init__(self, path: Path) -> None:
        self._connection = open_file(path)
        self._is_together = False
        try:
            self.aside = self._put_aside()
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is recorded inside is recorded all or not at all; within another one, as a part of that."""
        if self._is_together:
            yield
            return
        self._connection.execute("BEGIN IMMEDIATE")
        self._is_together = True
        try:
            yield
            self._connection.execute("COMMIT")  # a full disk may refuse it, and leave the transaction open
        except BaseException:
            self._connection.roll_back()
            raise
        finally:
            self._is_together = False

    def epoch(self) -> str | None:
        """The server's epoch that all this is from; None before the server was heard."""
        found = self._rows("SELECT epoch FROM epoch")
        return str(found[0][0]) if found else None

    def enter_epoch(self, epoch: str) -> None:
        """The server speaks of this epoch. After another one nothing counts as stored until it is confirmed (N19)."""
        before = self.epoch()
        if before == epoch:
            return
        with self.together():
            self._connection.execute("INSERT OR REPLACE INTO epoch VALUES (1, ?)", (epoch,))
            self._connection.execute("DELETE FROM left_epochs WHERE epoch = ?", (epoch,))
            if before is not None:
                self._connection.execute("INSERT OR IGNORE INTO left_epochs VALUES (?)", (before,))
                self._connection.execute(
                    "INSERT OR IGNORE INTO unconfirmed SELECT file FROM copies UNION SELECT file FROM holds"
                )

    def left_epochs(self) -> list[str]:
        """The server's epochs from before it was restored: an answer of then may be told again."""
        return [str(epoch) for (epoch,) in self._rows("SELECT epoch FROM left_epochs ORDER BY epoch")]

    def is_confirmed(self, file: str) -> bool:
        """What is known of a file is so in this epoch of the server as well."""
        return not self._rows("SELECT 1 FROM unconfirmed WHERE file = ?", file)

    def confirm(self, file: str, *, epoch: str | None) -> None:
        """The server of this epoch has what is known of a file. If it speaks of another by now it has to say so again.

        A server may be restored while content comes that it lacks then (N19).
        """
        if self.epoch() in (None, epoch):
            self._connection.execute("DELETE FROM unconfirmed WHERE file = ?", (file,))
        else:
            self._connection.execute("INSERT OR IGNORE INTO unconfirmed VALUES (?)", (file,))

    def unconfirmed(self) -> list[str]:
        """The files of which the server has to say what it has."""
        return [str(file) for (file,) in self._rows("SELECT file FROM unconfirmed ORDER BY file")]

    def findings(self) -> list[Finding]:
        """What a restored server lacks, and nobody was told. Of a file that is yet to be confirmed it may not be so."""
        rows = self._rows(FINDINGS)
        return [Finding(file=file, kind=Lack(kind), path=path) for file, kind, path in rows]

    def put_finding(self, finding: Finding) -> None:
        """A person has to hear of it, as soon as the file is confirmed."""
        row = (finding.file, finding.kind.value, finding.path)
        self._connection.execute("INSERT OR REPLACE INTO findings VALUES (?, ?, ?)", row)

    def drop_finding(self, finding: Finding) -> None:
        """A person has heard of it, or it is not so."""
        row = (finding.file, finding.kind.value)
        self._connection.execute("DELETE FROM findings WHERE file = ? AND kind = ?", row)

    def copy(self, file: str) -> Copy | None:
        """What is known of a file's copy."""
        found = self._rows("SELECT * FROM copies WHERE file = ?", file)
        return copy_of(found[0]) if found else None

    def copies(self) -> list[Copy]:
        """Every copy in the workspace."""
        return [copy_of(row) for row in self._rows("SELECT * FROM copies ORDER BY vault, path")]

    def count_copies(self) -> int:
        """How many copies the workspace has."""
        return int(self._rows("SELECT count(*) FROM copies")[0][0])

    def places(self) -> dict[str, str]:
        """The file at each place of the workspace that has a copy."""
        return dict(self._rows("SELECT place, file FROM copies"))

    def known(self) -> dict[str, Known]:
        """What is to be at each place of the workspace that has a copy."""
        return known_of(self._rows(KNOWN))

    def known_below(self, place: str) -> dict[str, Known]:
        """The same, of one place and of what lies below it."""
        if not is_text(place):
            return {}
        sql = f"{KNOWN} WHERE place = ? UNION ALL {KNOWN} WHERE place > ? AND place < ?"
        return known_of(self._rows(sql, place, f"{place}/", f"{place}0"))  # 0 comes after / and nothing between them

    def copy_at(self, place: PurePath) -> Copy | None:
        """Which file's copy is at a place."""
        if not is_text(place.as_posix()):
            return None
        found = self._rows("SELECT * FROM copies WHERE place = ?", place.as_posix())
        return copy_of(found[0]) if found else None

    def put_copy(self, copy: Copy) -> None:
        """The workspace has this now; what was known of another file at its place is known no longer."""
        self._connection.execute("INSERT OR REPLACE INTO copies VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", astuple(copy))

    def drop_copy(self, file: str) -> None:
        """The workspace has nothing of a file."""
        self._connection.execute("DELETE FROM copies WHERE file = ?", (file,))
        self.drop_verdict(file)
        self.drop_deletion(file)
        self.drop_move(file)
        self.drop_lost(file)

    def verdict(self, file: str) -> Verdict | None:
        """What is known of content of a file that was, or is, suspicious."""
        found = self._rows("SELECT hash, meant FROM verdicts WHERE file = ?", file)
        return Verdict(hash=found[0][0], meant=bool(found[0][1])) if found else None

    def put_verdict(self, file: str, verdict: Verdict) -> None:
        """This is known of it now."""
        row = (file, verdict.hash, verdict.meant)
        self._connection.execute("INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?)", row)

    def drop_verdict(self, file: str) -> None:
        """It has other content now."""
        self._connection.execute("DELETE FROM verdicts WHERE file = ?", (file,))

    def move(self, file: str) -> Move | None:
        """A move of a file's copy that was begun: whether it happened, the disk tells."""
        found = self._rows("SELECT * FROM moves WHERE file = ?", file)
        return move_of(found[0]) if found else None

    def moving(self) -> list[str]:
        """The files whose copies are on their way to another place."""
        return [str(file) for (file,) in self._rows("SELECT file FROM moves ORDER BY file")]

    def put_move(self, move: Move) -> None:
        """A copy is about to be moved."""
        self._connection.execute("INSERT OR REPLACE INTO moves VALUES (?, ?, ?, ?, ?, ?, ?)", astuple(move))

    def drop_move(self, file: str) -> None:
        """It has happened, or it never will."""
        self._connection.execute("DELETE FROM moves WHERE file = ?", (file,))

    def replacements(self) -> dict[str, PurePath]:
        """By place: where in the recovery store what lies there may be by now, as new content was about to come."""
        return {place: PurePath(kept) for place, kept in self._rows("SELECT place, kept FROM replacements")}

    def put_replacement(self, place: PurePath, kept: PurePath) -> None:
        """New content is about to come to a place, and what is there to leave it."""
        row = (place.as_posix(), kept.as_posix())
        self._connection.execute("INSERT OR REPLACE INTO replacements VALUES (?, ?)", row)

    def drop_replacement(self, place: PurePath) -> None:
        """It has come, or it never will."""
        self._connection.execute("DELETE FROM replacements WHERE place = ?", (place.as_posix(),))

    def parts(self) -> list[Path]:
        """What may lie unfinished beside places that a person has chosen."""
        return [Path(path) for (path,) in self._rows("SELECT path FROM parts ORDER BY path")]

    def put_part(self, path: Path) -> None:
        """Content is about to grow there, under a name that is no other file's."""
        self._connection.execute("INSERT OR REPLACE INTO parts VALUES (?)", (str(path),))

    def drop_part(self, path: Path) -> None:
        """It is not there any more."""
        self._connection.execute("DELETE FROM parts WHERE path = ?", (str(path),))

    def opened(self) -> dict[str, SizeAndTime]:
        """By place: how old revisions that were opened looked when they were put there."""
        return {place: (size, mtime_ns) for place, size, mtime_ns in self._rows("SELECT * FROM opened")}

    def put_opened(self, place: PurePath, look: SizeAndTime) -> None:
        """An old revision lies there, to be read."""
        self._connection.execute("INSERT OR REPLACE INTO opened VALUES (?, ?, ?)", (place.as_posix(), *look))

    def deletions(self) -> list[tuple[Copy, str | None]]:
        """Copies of files that were deleted in the vault with very many others, and by whom: they wait for a person."""
        rows = self._rows("SELECT copies.*, deletions.by FROM deletions JOIN copies ON copies.file = deletions.file")
        return [(copy_of(row[:-1]), row[-1]) for row in rows]

    def put_deletion(self, file: str, by: str | None) -> None:
        """The copy of a deleted file waits for a person."""
        self._connection.execute("INSERT OR REPLACE INTO deletions VALUES (?, ?)", (file, by))

    def drop_deletion(self, file: str) -> None:
        """It waits no longer."""
        self._connection.execute("DELETE FROM deletions WHERE file = ?", (file,))

    def followed(self) -> list[datetime]:
        """When copies followed a deletion in the vault without a question, as far as it was put down."""
        return [datetime.fromtimestamp(at, UTC) for (at,) in self._rows("SELECT at FROM followed ORDER BY number")]

    def put_followed(self, at: datetime, *, within: timedelta) -> None:
        """One has just done so; what was not within so long of it is forgotten."""
        now, most = at.timestamp(), within.total_seconds()
        with self.together():
            self._connection.execute("DELETE FROM followed WHERE abs(at - ?) > ?", (now, most))
            self._connection.execute("INSERT INTO followed (at) VALUES (?)", (now,))

    def hold(self, file: str) -> Hold | None:
        """The lock of a file, when this seat has it."""
        found = self._rows("SELECT * FROM holds WHERE file = ?", file)
        return hold_of(found[0]) if found else None

    def holds(self) -> list[Hold]:
        """Every lock of this seat."""
        return [hold_of(row) for row in self._rows("SELECT * FROM holds ORDER BY vault, path")]

    def put_hold(self, hold: Hold, *, epoch: str) -> None:
        """This seat has a lock, as the server of this epoch has said. One that was to be given back is wanted again."""
        with self.together():
            if self.epoch() not in (None, epoch):
                self._connection.execute("INSERT OR IGNORE INTO unconfirmed VALUES (?)", (hold.file,))
            self.drop_lost(hold.file)  # what an earlier one has left here goes on as the work of this one
            self._connection.execute("INSERT OR REPLACE INTO holds VALUES (?, ?, ?, ?)", astuple(hold))
            for left in self.unfinished():
                if left.gives_back and left.file == hold.file:
                    self.end(left.key)

    def drop_hold(self, file: str) -> None:
        """This seat has a lock no longer."""
        self._connection.execute("DELETE FROM holds WHERE file = ?", (file,))

    def lost(self, file: str) -> Lost | None:
        """A check-out of a file that was lost, while what it has left here is neither parked nor gone."""
        found = self._rows("SELECT fields FROM lost WHERE file = ?", file)
        return lost_of(found[0][0]) if found else None

    def losses(self) -> set[str]:
        """The files with such a check-out."""
        return {str(file) for (file,) in self._rows("SELECT file FROM lost")}

    def put_lost(self, lost: Lost) -> None:
        """A check-out of this seat ended without its doing."""
        row = (lost.file, msgspec.json.encode(lost).decode())
        self._connection.execute("INSERT OR REPLACE INTO lost VALUES (?, ?)", row)

    def drop_lost(self, file: str) -> None:
        """What it has left is parked, or nothing is left, or it goes on here."""
        self._connection.execute("DELETE FROM lost WHERE file = ?", (file,))

    def awaited(self) -> dict[str, int]:
        """Files that were handed to this seat before the work of them was on the server, with the token of the lock."""
        return dict(self._rows("SELECT file, token FROM awaited ORDER BY file"))

    def put_awaited(self, file: str, token: int) -> None:
        """The work of such a file is placed when it comes."""
        self._connection.execute("INSERT OR REPLACE INTO awaited VALUES (?, ?)", (file, token))

    def drop_awaited(self, file: str) -> None:
        """It has come, or nobody waits for it any more."""
        self._connection.execute("DELETE FROM awaited WHERE file = ?", (file,))

    def upload(self, content_hash: str) -> str | None:
        """The upload of some content that was begun and not finished."""
        found = self._rows("SELECT upload FROM uploads WHERE hash = ?", content_hash)
        return str(found[0][0]) if found else None

    def put_upload(self, content_hash: str, upload: str) -> None:
        """This upload of some content has begun."""
        self._connection.execute("INSERT OR REPLACE INTO uploads VALUES (?, ?)", (content_hash, upload))

    def drop_upload(self, content_hash: str) -> None:
        """The upload of some content is over."""
        self._connection.execute("DELETE FROM uploads WHERE hash = ?", (content_hash,))

    def begin(self, intent: Intent) -> None:
        """Something is about to be asked of the server, or is asked with more fields now."""
        fields = msgspec.json.encode(intent.fields).decode()
        self._connection.execute(
            "INSERT INTO intents (key, kind, file, path, fields) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (key) DO UPDATE SET fields = excluded.fields",
            (intent.key, intent.kind, intent.file, intent.path, fields),
        )

    def end(self, key: str) -> None:
        """It has happened, or it never will."""
        self._connection.execute("DELETE FROM intents WHERE key = ?", (key,))

    def unfinished(self) -> list[Intent]:
        """What was begun and not ended, in the order in which it was begun."""
        rows = self._rows("SELECT key, kind, file, path, fields FROM intents ORDER BY number")
        return [intent_of(*row) for row in rows]

    def waiting(self) -> list[WaitingCheckIn]:
        """Check-ins in the queue, in the order in which they were asked for."""
        return [check_in_of(*row) for row in self._rows("SELECT fields FROM waiting ORDER BY number")]

    def put_waiting(self, *check_ins: WaitingCheckIn) -> None:
        """These wait, or stand otherwise now; each keeps its place. The others of a set they leave need a person."""
        sets = {one.file: one.of_set for one in check_ins}
        with self.together():
            self._leave({one.file for one in self.waiting() if one.of_set != sets.get(one.file, one.of_set)})
            for one in check_ins:
                self._put_waiting(one)

    def drop_waiting(self, *files: str) -> None:
        """No check-in of these waits any more. The others of a set they leave need a person."""
        with self.together():
            self._leave(files)
            for file in files:
                self.drop_stored(file)

    def drop_stored(self, file: str) -> None:
        """What was asked for of a file is in the vault, so it waits no longer: its set is no less for that."""
        self._connection.execute("DELETE FROM waiting WHERE file = ?", (file,))

    def _put_aside(self) -> list[Aside]:
        """What cannot be read is put aside, once, so that it ends nothing else; it stays in the journal."""
        found = unreadable(self._connection)
        if found:
            with self.together():
                for each in found:
                    put_aside(self._connection, each)
                for one in left_unread(self.waiting(), [each.fields for each in found if each.table == "waiting"]):
                    self._put_waiting(one)
        return found

    def _leave(self, files: Collection[str]) -> None:
        """No set goes as less than it was asked for (N15), whichever way some of it have left."""
        for one in left_behind(self.waiting(), files):
            self._put_waiting(one)

    def _put_waiting(self, check_in: WaitingCheckIn) -> None:
        self._connection.execute(
            "INSERT INTO waiting (file, fields) VALUES (?, ?)"
            " ON CONFLICT (file) DO UPDATE SET fields = excluded.fields",
            (check_in.file, msgspec.json.encode(check_in).decode()),
        )

    def _rows(self, sql: str, *values: Any) -> list[Any]:
        return self._connection.execute(sql, values).fetchall()


def open_journal(path: Path, *, damaged: Callable[[Path], None] = lambda _: None) -> Journal:
    """The journal in a file; one that is damaged, wherever it is, is put aside, and everything is looked at again.

    Nothing of the workspace is touched for that: what is not known is compared, or kept. `damaged` is told where the
    damaged one lies, before there is a new one: whatever ends the program then, a person has heard of it.
    Raises DiskFull, sqlite3.Error, OSError.
    """
    try:
        return Journal(path)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        log.note("journal damaged", why=str(error))
        for each in beside(path):
            each.unlink(missing_ok=True)
        path.replace(place_of_damaged(path))
        damaged(place_of_damaged(path))
        return Journal(path)


def place_of_damaged(path: Path) -> Path:
    """Where a journal is put that was damaged."""
    return path.with_name(f"{path.name}.damaged")
