"""Commands about a file that somebody else has, or that goes to somebody else, and about watching."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from pdm_desktop.core import requests
from pdm_desktop.core.commands import Command
from pdm_desktop.core.office import topics
from pdm_desktop.core.office.handover import StopWaiting, WaitForFile, Withdraw
from pdm_desktop.core.office.requests import Look, LookAway
from pdm_desktop.core.office.watches import StopWatching, Watch
from pdm_desktop.core.requests import Request
from pdm_desktop.state.listing import FileRow
from pdm_desktop.state.store import Store
from pdm_desktop.ui.bridge import Bridge


class Handing(QObject):
    """What is done with rows. Each can be taken back by the same command."""

    def __init__(self, store: Store, bridge: Bridge, submit: Callable[[Request], None], window: QWidget) -> None:
        super().__init__(window)
        self._store = store
        self._bridge = bridge
        self._submit = submit
        self._window = window

    def is_done(self, command: Command, rows: Sequence[FileRow]) -> bool:
        """It was done with all of these, and can be taken back."""
        mine = self._store.mine
        match command:
            case Command.ASK:
                return bool(rows) and all(mine.asked_for(each.file.id) is not None for each in rows)
            case Command.WAIT:
                return bool(rows) and all(mine.place_in_line(each.file.id) is not None for each in rows)
            case Command.WATCH:
                return bool(rows) and all(mine.watch_of_file(each.file.id) is not None for each in rows)
            case _:
                return False

    def ask_or_take_back(self, rows: Sequence[FileRow]) -> None:
        """Ask for one file, or ask no longer."""
        from pdm_desktop.ui.handover.ask import AskDialog

        row = rows[0]
        asked = self._store.mine.asked_for(row.file.id)
        if asked is not None:
            self._submit(Withdraw(request=asked.id))
            return
        in_line = self._store.mine.place_in_line(row.file.id) is not None
        dialog = AskDialog(row, self._window, in_line=in_line)
        dialog.accepted.connect(lambda: self._submit(dialog.request))
        dialog.open()

    def wait_or_leave(self, rows: Sequence[FileRow]) -> None:
        """Get in line for files; when I wait for all of them, leave the lines."""
        leaves = self.is_done(Command.WAIT, rows)
        for each in rows:
            if leaves:
                self._submit(StopWaiting(file=each.file.id))
            elif self._store.mine.place_in_line(each.file.id) is None:
                self._submit(WaitForFile(file=each.file.id))

    def hand_over(self, rows: Sequence[FileRow]) -> None:
        """Ask to whom a file of mine goes, of those who may edit its vault: that is read while I am asked."""
        from pdm_desktop.ui.handover.hand_over import HandOverDialog

        row = rows[0]
        dialog = HandOverDialog(row, self._likely(row.file.id), self._window)
        query = (("vault", row.vault),)

        def offer(name: str = topics.VAULT_EDITORS.name) -> None:
            known = self._store.office.known(topics.VAULT_EDITORS)
            if name == topics.VAULT_EDITORS.name and known is not None and known.query == query and known.value:
                dialog.offer(self._here_first(known.value.people))

        told = self._bridge.topic.connect(offer)
        dialog.finished.connect(lambda _: self._bridge.topic.disconnect(told))
        dialog.finished.connect(lambda _: self._submit(LookAway(topic=topics.VAULT_EDITORS)))
        offer()
        self._submit(Look(topic=topics.VAULT_EDITORS, query=query))
        dialog.accepted.connect(lambda: self._submit(requests.Transfer(file=row.file.id, to=dialog.to)))
        dialog.open()

    def watch_or_stop(self, rows: Sequence[FileRow]) -> None:
        """Watch files; when I watch all of them, watch them no longer."""
        stops = self.is_done(Command.WATCH, rows)
        for each in rows:
            watch = self._store.mine.watch_of_file(each.file.id)
            if stops and watch is not None:
                self._submit(StopWatching(watch=watch.id))
            elif watch is None:
                self._submit(Watch(vault=each.vault, file=each.file.id))

    def _likely(self, file: str) -> list[str]:
        """Who is meant most likely: those who ask for the file, then those who wait for it."""
        asking = [each.asker for each in self._store.mine.to_answer if each.file == file]
        line = self._store.office.known(topics.LINE)
        waiting = (
            [each.person for each in line.value.waiters] if line and line.value and line.value.file == file else []
        )
        return [each for each in dict.fromkeys([*asking, *waiting]) if each != self._store.reader.person]

    def _here_first(self, editors: Sequence[str]) -> list[str]:
        """The others of them, first those who are here."""
        others = [each for each in editors if each != self._store.reader.person]
        return sorted(others, key=lambda each: not self._store.presence.is_online(each))
