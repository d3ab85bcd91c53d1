"""Makes the table's rows as things stand at one moment: what is the same for all of them is looked up once."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from pdm_desktop.core.badges import Badge, Facts, Reader, badge_of, words_for
from pdm_desktop.core.copies import LocalCopy
from pdm_desktop.core.waiting import Stand, WaitingCheckIn
from pdm_desktop.state.account import Connection
from pdm_desktop.state.listing import FileRow
from pdm_desktop.state.presence import People
from server.protocol.vault import File


class Rows:
    """Call it with a vault and a file of it. It belongs to one moment: take another one for the next change."""

    def __init__(
        self,
        *,
        reader: Reader,
        connection: Connection,
        local: Callable[[str], LocalCopy | None],
        places: Mapping[str, int],
        queue: Iterable[WaitingCheckIn],
        presence: People,
        now: datetime,
    ) -> None:
        self._reader = reader
        self._connection = connection
        self._local = local
        self._places = places
        self._waits = {one.file for one in queue if one.stand is not Stand.NEEDS_YOU}
        self._presence = presence
        self._now = now
        self._plain: tuple[Badge, str] | None = None

    def all(self, files: Iterable[tuple[str, File]]) -> Iterator[FileRow]:
        """The rows of files, each with its vault; of thousands most are free and not here."""
        local, waits = self._local, self._waits
        for vault, file in files:
            if file.lock is not None or file.id in waits or local(file.id) is not None:
                yield self(vault, file)
            else:
                badge, words = self._told(file, None)
                yield FileRow(
                    file=file, vault=vault, local=None, badge=badge, badge_words=words, online=None, away=None
                )  # fmt: skip

    def __call__(self, vault: str, file: File) -> FileRow:
        """The row of a file."""
        local, lock = self._local(file.id), file.lock
        badge, words = self._told(file, local)
        if lock is None:
            return FileRow(
                file=file, vault=vault, local=local, badge=badge, badge_words=words, online=None, away=None
            )  # fmt: skip
        return FileRow(
            file=file,
            vault=vault,
            local=local,
            badge=badge,
            badge_words=words,
            online=self._presence.is_online(lock.locked_by),
            away=self._presence.away_since(lock.locked_by),
            mine=self._reader.holds(lock),
        )

    def _told(self, file: File, local: LocalCopy | None) -> tuple[Badge, str]:
        if file.lock is not None or local is not None or file.id in self._waits:
            return self._read(file, local)
        if self._plain is None:  # a file that is free and not here says the same as each other one
            self._plain = self._read(file, None)
        return self._plain

    def _read(self, file: File, local: LocalCopy | None) -> tuple[Badge, str]:
        facts = Facts(
            head=file.head,
            lock=file.lock,
            local=local,
            reader=self._reader,
            known=self._connection.known,
            known_at=self._connection.in_step_until,
            place_in_line=self._places.get(file.id),
            waits=file.id in self._waits,
        )
        badge = badge_of(facts)
        return badge, words_for(badge, facts, now=self._now)
