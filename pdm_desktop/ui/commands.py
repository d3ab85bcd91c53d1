"""Every QAction of files: its name, icon and key, whether it is possible now and why not, and what it asks for."""

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from pdm_desktop.core import requests, words
from pdm_desktop.core.check_in_rule import check_in_rule
from pdm_desktop.core.commands import Chosen, Command, why_not
from pdm_desktop.core.issues import Conflict, Doubt
from pdm_desktop.core.links import Link
from pdm_desktop.core.requests import Request
from pdm_desktop.state.listing import FileRow
from pdm_desktop.state.store import Store
from pdm_desktop.ui import icons
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.checkin.set_files import SetFiles, SetFinder, are_together
from pdm_desktop.ui.handover.handing import Handing
from pdm_desktop.ui.memory import Memory
from pdm_desktop.ui.messages import ask
from pdm_desktop.ui.theme import Tone
from server.protocol.records import dataclass

NAMED_IN_QUESTION: Final = 3
"""So many files a question names; more are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """How a command shows itself."""

    text: str
    icon: str = ""
    keys: str = ""
    tip: str


_LOOKS: Final[dict[Command, _Look]] = {
    Command.CHECK_OUT: _Look(
        text="Check out…", icon="check_out", keys="Ctrl+O", tip="Take the lock and get a writable copy"
    ),
    Command.CHECK_IN: _Look(
        text="Check in…", icon="check_in", keys="Ctrl+I", tip="Store your copy as the next revision"
    ),
    Command.UNDO_CHECK_OUT: _Look(text="Undo check-out…", icon="undo", tip="Give the lock back without a new revision"),
    Command.GET_LATEST: _Look(
        text="Get latest", icon="get_latest", keys="F5", tip="Bring your copy to the newest revision"
    ),
    Command.OPEN: _Look(text="Open", icon="open", tip="Open with its program; read-only unless you have it"),
    Command.SHOW_IN_FOLDER: _Look(text="Show in folder", icon="folder_open", tip="Show the copy on this computer"),
    Command.ADOPT: _Look(text="Take over here…", icon="computer", tip="Go on here with what you have elsewhere"),
    Command.ASK: _Look(text="Ask for it…", icon="ask", keys="Ctrl+Shift+A", tip="Ask its holder for it"),
    Command.WAIT: _Look(text="Tell me when free", icon="bell", keys="Ctrl+T", tip="Get in line for it"),
    Command.HAND_OVER: _Look(text="Hand over…", icon="people", tip="Give it to somebody, with what is saved here"),
    Command.WATCH: _Look(text="Watch", icon="bell", tip="Hear of everything that happens to it"),
    Command.RENAME: _Look(text="Rename…", keys="F2", tip="Give the file another name"),
    Command.DELETE: _Look(text="Delete…", keys="Del", tip="Take the file out of the vault; it can be restored"),
}
_TAKEN_BACK: Final[dict[Command, _Look]] = {
    Command.ASK: _Look(text="Take request back", icon="ask", keys="Ctrl+Shift+A", tip="Ask for it no longer"),
    Command.WAIT: _Look(text="Stop waiting", icon="bell", keys="Ctrl+T", tip="Leave the line"),
    Command.WATCH: _Look(text="Stop watching", icon="bell", tip="Hear of it no longer than of others"),
}
"""How those show themselves that were done, and can be taken back."""
IN_TOOL_BAR: Final = (
    Command.CHECK_OUT,
    Command.CHECK_IN,
    Command.UNDO_CHECK_OUT,
    Command.GET_LATEST,
    Command.ASK,
    Command.WAIT,
)
DECIDED_FIRST: Final = frozenset({Command.CHECK_OUT, Command.GET_LATEST, Command.ADOPT})
"""What would decide between two versions by the way."""
FOR_FOLDERS: Final = (Command.CHECK_OUT, Command.CHECK_IN, Command.UNDO_CHECK_OUT, Command.GET_LATEST)


class Commands(QObject):
    """The actions for the selected files. What they need a window for is opened over `window`."""

    submitted = Signal(object)
    """A request that was just handed on."""
    decision_asked = Signal(object)
    """An issue has to be decided first."""

    def __init__(
        self, store: Store, bridge: Bridge, submit: Callable[[Request], None], memory: Memory, window: QWidget
    ) -> None:
        super().__init__(window)
        self._store = store
        self._submit = submit
        self._memory = memory
        self._window = window
        self._rows: tuple[FileRow, ...] = ()
        self.sets = SetFinder(store, submit, self)
        self.handing = Handing(store, bridge, self.submit, window)
        self._runs: dict[Command, Callable[[Sequence[FileRow]], None]] = {
            Command.CHECK_OUT: self._ask_check_out,
            Command.CHECK_IN: self._ask_check_in,
            Command.UNDO_CHECK_OUT: self._ask_undo,
            Command.GET_LATEST: lambda rows: self.submit(requests.GetLatest(files=_ids(rows))),
            Command.OPEN: lambda rows: self.submit(requests.OpenFile(file=rows[0].file.id)),
            Command.SHOW_IN_FOLDER: lambda rows: self.submit(requests.ShowInFolder(file=rows[0].file.id)),
            Command.ADOPT: self._ask_adopt,
            Command.ASK: self.handing.ask_or_take_back,
            Command.WAIT: self.handing.wait_or_leave,
            Command.HAND_OVER: self.handing.hand_over,
            Command.WATCH: self.handing.watch_or_stop,
            Command.RENAME: self._ask_name,
            Command.DELETE: self._ask_delete,
        }
        self.actions = {command: self._action(command, look) for command, look in _LOOKS.items()}
        self.quick = self._plain_action("Check out without a window", "Ctrl+Shift+O", self._check_out_at_once)
        self.copy_path = self._plain_action("Copy path", "Ctrl+Shift+C", self._copy_path)
        self.copy_link = self._plain_action("Copy link", "Ctrl+Shift+L", self._copy_links)
        self.select(())

    @property
    def rows(self) -> tuple[FileRow, ...]:
        """The selected rows."""
        return self._rows

    def select(self, rows: Sequence[FileRow]) -> None:
        """These rows are selected now, or are others now: every action says anew whether it is possible."""
        self._rows = tuple(rows)
        for command, action in self.actions.items():
            why = self.why_not(command, self._rows)
            look = _TAKEN_BACK[command] if self.handing.is_done(command, self._rows) else _LOOKS[command]
            action.setEnabled(why is None)
            action.setText(look.text)
            action.setIconText(look.text)
            keys = f" ({look.keys})" if look.keys else ""
            action.setToolTip(why or look.tip + keys)
            action.setStatusTip("")
        self.quick.setEnabled(self.actions[Command.CHECK_OUT].isEnabled())
        self.copy_path.setEnabled(bool(rows))
        self.copy_link.setEnabled(bool(rows))

    def why_not(self, command: Command, rows: Sequence[FileRow]) -> str | None:
        """Why a command cannot be done with rows, in a sentence; None when it can be with one of them at least."""
        chosen = [self._chosen(row) for row in rows]
        return why_not(command, chosen, reader=self._store.reader, known=self._store.connection.known)

    def run(self, command: Command, rows: Sequence[FileRow]) -> None:
        """Do a command with those of the rows for which it is possible; ask first where it says `…`."""
        able = tuple(row for row in rows if self.why_not(command, (row,)) is None)
        undecided = self.undecided(able)
        if undecided is not None and command in DECIDED_FIRST and len(able) == 1:
            self.decision_asked.emit(undecided)
        elif able:
            self._runs[command](able)

    def undecided(self, rows: Sequence[FileRow]) -> Conflict | Doubt | None:
        """What there is to decide about a single row."""
        return self._store.issues.versions_of(rows[0].file.id) if len(rows) == 1 else None

    def menu(self, parent: QWidget) -> QMenu:
        """The context menu of the selected rows. It goes away when it closes."""
        made = QMenu(parent)
        made.setToolTipsVisible(True)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        made.addActions([self.actions[Command.OPEN], self.actions[Command.SHOW_IN_FOLDER]])
        made.addSeparator()
        undecided = self.undecided(self._rows)
        if undecided is not None:
            decide = made.addAction(icons.icon("attention", Tone.WARN), "Decide…")
            decide.triggered.connect(lambda: self.decision_asked.emit(undecided))
            made.addSeparator()
        made.addActions([self.actions[command] for command in (*FOR_FOLDERS, Command.ADOPT)])
        made.addSeparator()
        made.addActions([self.actions[each] for each in (Command.ASK, Command.WAIT, Command.HAND_OVER, Command.WATCH)])
        made.addSeparator()
        made.addActions([self.actions[Command.RENAME], self.actions[Command.DELETE]])
        made.addSeparator()
        made.addActions([self.copy_link, self.copy_path])
        return made

    def submit(self, request: Request) -> None:
        """Hand a request on."""
        self._submit(request)
        self.submitted.emit(request)

    def _action(self, command: Command, look: _Look) -> QAction:
        made = QAction(look.text, self._window)
        made.setIconText(look.text)  # or a tool button would leave the … out
        if look.icon:
            made.setIcon(icons.icon(look.icon))
        if look.keys:
            made.setShortcut(QKeySequence(look.keys))
        made.triggered.connect(lambda: self.run(command, self._rows))
        self._window.addAction(made)
        return made

    def _plain_action(self, text: str, keys: str, run: Callable[[], None]) -> QAction:
        made = QAction(text, self._window)
        made.setShortcut(QKeySequence(keys))
        made.triggered.connect(lambda: run())
        self._window.addAction(made)
        return made

    def _chosen(self, row: FileRow) -> Chosen:
        vault = self._store.vaults.get(row.vault)
        return Chosen(
            name=row.file.filename,
            head=row.file.head,
            lock=row.file.lock,
            local=row.local,
            role="reader" if vault is None else vault.role,
            in_line=self._store.mine.place_in_line(row.file.id) is not None,
            asked=self._store.mine.asked_for(row.file.id) is not None,
        )

    def _ask_check_out(self, rows: Sequence[FileRow]) -> None:
        self.sets.find(rows, self._show_check_out)

    def _show_check_out(self, files: SetFiles) -> None:
        from pdm_desktop.ui.checkin.check_out import CheckOutDialog

        dialog = CheckOutDialog(files, self._memory.reasons, self._window)

        def go() -> None:
            if dialog.message is not None:
                self._memory.keep_reason(dialog.message)
            together = dialog.together
            self.submit(requests.CheckOut(files=dialog.files, message=dialog.message, together=together))

        dialog.accepted.connect(go)
        dialog.open()

    def _check_out_at_once(self) -> None:
        rows = [row for row in self._rows if self.why_not(Command.CHECK_OUT, (row,)) is None]
        undecided = self.undecided(rows)
        if undecided is not None:
            self.decision_asked.emit(undecided)
        elif rows:
            self.submit(requests.CheckOut(files=_ids(rows), together=are_together(rows)))

    def _ask_check_in(self, rows: Sequence[FileRow]) -> None:
        self.sets.find(rows, self._show_check_in)

    def _show_check_in(self, files: SetFiles) -> None:
        from pdm_desktop.ui.checkin.check_in import CheckInDialog

        vaults = {row.vault for row in files.rows}
        rates = [transfer.rate for transfer in self._store.transfers.running() if transfer.up]
        dialog = CheckInDialog(
            files,
            self._window,
            now=self._store.now(),
            rate=max(rates, default=0.0),
            offline=not self._store.connection.known,
            rule=check_in_rule(each for id_, each in self._store.vaults.items() if id_ in vaults),
        )
        dialog.accepted.connect(lambda: self.submit(requests.CheckIn(
            files=dialog.files, comment=dialog.text, major=dialog.major.isChecked(), keep=dialog.keep.isChecked(),
            together=dialog.together,
        )))  # fmt: skip
        dialog.open()

    def _ask_undo(self, rows: Sequence[FileRow]) -> None:
        from pdm_desktop.ui.checkin.check_out import way_of

        edited = [row for row in rows if row.local is not None and row.local.edited]
        kept = f" Your edits of {_names(edited)} go to the recovery store on this computer." if edited else ""
        ask(
            self._window, f"Undo the check-out of {_names(rows)}?",
            f"{way_of(rows)}The lock is given back without a new revision, and the copy here becomes read-only.{kept}",
            yes="Undo check-out",
            then=lambda: self.submit(requests.UndoCheckOut(files=_ids(rows), together=are_together(rows))),
        )  # fmt: skip

    def _ask_adopt(self, rows: Sequence[FileRow]) -> None:
        computers = words.listed(sorted({row.file.lock.computer for row in rows if row.file.lock is not None}))
        ask(
            self._window, f"Take over {_names(rows)} here?",
            f"You have it on {computers}. From now on it is writable here and read-only there. "
            "Work that is saved there and not checked in stays there, and is kept on the server as a parked version as "
            "soon as that computer is online.",
            yes="Take over here",
            then=lambda: self.submit(requests.Adopt(files=_ids(rows))),
        )  # fmt: skip

    def _ask_name(self, rows: Sequence[FileRow]) -> None:
        from pdm_desktop.ui.checkin.rename import RenameDialog

        row = rows[0]
        dialog = RenameDialog(row.file.path, self._window)
        dialog.accepted.connect(lambda: self.submit(requests.Rename(file=row.file.id, path=dialog.path)))
        dialog.open()

    def _ask_delete(self, rows: Sequence[FileRow]) -> None:
        from pdm_desktop.ui.checkin.check_out import way_of

        ask(
            self._window, f"Delete {_names(rows)}?",
            f"{way_of(rows)}It leaves the vault for everybody. Its revisions stay, and it can be restored.",
            yes="Delete",
            then=lambda: self.submit(requests.Delete(files=_ids(rows), together=are_together(rows))),
        )  # fmt: skip

    def copy_link_to(self, vault: str, path: str) -> None:
        """Put the link to a file or folder on the clipboard; the empty path is the whole vault."""
        QGuiApplication.clipboard().setText(self._link_to(vault, path))

    def _copy_links(self) -> None:
        links = [self._link_to(row.vault, row.file.path) for row in self._rows]
        QGuiApplication.clipboard().setText("\n".join(links))

    def _link_to(self, vault: str, path: str) -> str:
        """By the vault's name, which people can read; by its id while that is not known."""
        known = self._store.vaults.get(vault)
        return str(Link(vault=vault if known is None else known.name, path=path))

    def _copy_path(self) -> None:
        paths = [row.local.path if row.local is not None else row.file.path for row in self._rows]
        QGuiApplication.clipboard().setText("\n".join(paths))


def _ids(rows: Sequence[FileRow]) -> tuple[str, ...]:
    return tuple(row.file.id for row in rows)


def _names(rows: Sequence[FileRow]) -> str:
    if len(rows) <= NAMED_IN_QUESTION:
        return words.listed([row.file.filename for row in rows])
    return words.several(len(rows), "file", "files")
