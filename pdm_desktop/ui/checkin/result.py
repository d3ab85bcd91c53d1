"""How a request about files ended: a plain line for each file, and what to do next."""

from typing import Final

from PySide6.QtWidgets import QHeaderView, QWidget

from pdm_desktop.core import requests, words
from pdm_desktop.core.results import FileResult, Finished, Outcome
from pdm_desktop.ui import icons, theme
from pdm_desktop.ui.checkin.check_out import LIST_HEIGHT
from pdm_desktop.ui.delegates import BadgeDelegate
from pdm_desktop.ui.dialog import Dialog
from pdm_desktop.ui.rows import Cell, Column, RowsModel
from pdm_desktop.ui.table import Table
from pdm_desktop.ui.theme import Tone
from pdm_desktop.ui.widgets import card

MANY: Final = 10
"""More results than this are shown even when all went well."""
ROWS_SHOWN: Final = 9
MEASURED: Final = 100
"""So many rows are as high as their text needs; of more, each is as high as its length lets expect."""
WIDTH: Final = 640
LINE_LENGTH: Final = 56
"""A result of more characters takes a second line, so many rows high."""
LINE_ROWS: Final = 1.7

_DONE: Final[dict[type, tuple[str, str]]] = {
    requests.CheckOut: ("Check out", "checked out"),
    requests.CheckIn: ("Check in", "checked in"),
    requests.TakeOut: ("Take out", "taken out of the queue"),
    requests.UndoCheckOut: ("Undo check-out", "given back"),
    requests.GetLatest: ("Get latest", "at the newest revision"),
    requests.OpenFile: ("Open", "opened"),
    requests.ShowInFolder: ("Show in folder", "shown in its folder"),
    requests.OpenRevision: ("Open", "opened"),
    requests.Adopt: ("Take over here", "taken over"),
    requests.Transfer: ("Hand over", "handed over"),
    requests.Rename: ("Rename", "renamed"),
    requests.Delete: ("Delete", "deleted"),
    requests.RestoreFile: ("Restore", "restored"),
    requests.MoveFolder: ("Rename folder", "moved"),
    requests.AddFiles: ("Add files", "added"),
    requests.PutBack: ("Put back", "put back"),
    requests.CheckInParked: ("Check in", "checked in"),
    requests.SaveParked: ("Save a copy", "saved"),
    requests.DropParked: ("Drop", "dropped"),
    requests.PutNamesBack: ("Put the name back", "has its name again"),
    requests.ShowKept: ("Show in folder", "shown in its folder"),
    requests.DecideVersions: ("Two versions", "decided"),
    requests.DecideDoubt: ("Suspicious content", "decided"),
    requests.DecideDeletion: ("Deleted in the vault", "decided"),
}
_ICONS: Final = {
    Outcome.DONE: ("linked", Tone.GOOD, "Done"),
    Outcome.UNCHANGED: ("linked", Tone.SECOND, "Nothing to do"),
    Outcome.WAITS: ("bell", Tone.ACCENT, "Waits"),
    Outcome.GOES_ON: ("linked", Tone.ACCENT, "Done on the server"),
    Outcome.CANCELLED: ("close", Tone.SECOND, "Cancelled by you"),
    Outcome.REFUSED: ("attention", Tone.WARN, "Not done"),
    Outcome.UNFINISHED: ("attention", Tone.BAD, "Not finished"),
}


_KEEPS: Final = (
    requests.UndoCheckOut,
    requests.Transfer,
    requests.DecideVersions,
    requests.DecideDoubt,
    requests.DecideDeletion,
)
"""Who asks for one of these has been told before that what is here goes to the recovery store."""


def wants_window(finished: Finished) -> bool:
    """Whether a person should read the lines."""
    is_surprise = any(each.kept for each in finished.results) and not isinstance(finished.request, _KEEPS)
    return not finished.is_of_queue and (not finished.all_well or is_surprise or len(finished.results) > MANY)


def summary(finished: Finished) -> str:
    """`2210-block.nc checked out`, `2 of 3 files checked out`, `2 check-ins wait`."""
    if finished.is_news:
        return " ".join(each.text for each in finished.results)
    waits = sum(each.outcome is Outcome.WAITS for each in finished.results)
    if waits == len(finished.results) and waits:
        return _waiting(finished, waits)
    left = sum(each.outcome is Outcome.GOES_ON for each in finished.results)
    done = left + sum(each.outcome in (Outcome.DONE, Outcome.UNCHANGED) for each in finished.results)
    ends = "; its end on this computer is done by itself" if left else ""
    whole = len(finished.results)
    _, verb = _DONE[type(finished.request)]
    if whole == 1:
        name = _name(finished.results[0])
        if finished.results[0].outcome is Outcome.CANCELLED:
            text = finished.results[0].text
            return f"{name}: {text[:1].lower()}{text[1:]}"
        more = "; what was here before is kept" if finished.results[0].kept else ""
        return f"{name} {verb}{more}{ends}" if done else f"{name} not {verb}"
    if done == whole:
        return f"{words.several(whole, 'file', 'files')} {verb}{ends}"
    rest = f", {waits:,} {'waits' if waits == 1 else 'wait'}" if waits else ""
    return f"{done:,} of {whole:,} files {verb}{rest}{ends}"


def _waiting(finished: Finished, waits: int) -> str:
    is_check_in = isinstance(finished.request, requests.CheckIn)
    if waits == 1:
        # Another command waits for a program that has the file: its words say which.
        return f"The check-in of {_name(finished.results[0])} waits" if is_check_in else finished.results[0].text
    return f"{waits:,} {'check-ins' if is_check_in else 'files'} wait"


def _name(result: FileResult) -> str:
    return result.path.replace("\\", "/").rpartition("/")[2]


class ResultDialog(Dialog):
    """The lines of a request that did not go well for every file, or that had many."""

    def __init__(self, finished: Finished, parent: QWidget | None = None) -> None:
        window, _ = _DONE[type(finished.request)]
        note = _note(finished)
        super().__init__(parent, window=window, title=summary(finished), note=note, verb="Close")
        model = RowsModel(_COLUMNS, lambda: finished.results, lambda each: each.file, self)
        self.table = Table(model, _COLUMNS, name="Results", rest=2)
        self.table.setItemDelegateForColumn(0, BadgeDelegate(self.table))
        self.table.setSelectionMode(self.table.SelectionMode.NoSelection)
        self.table.leave_enter()
        self.table.setWordWrap(True)
        self.table.verticalHeader().setMinimumSectionSize(theme.ROW)
        self._fit_rows(finished)
        rows = sum(LINE_ROWS if _is_long(each) else 1 for each in finished.results[:ROWS_SHOWN])
        self.table.setFixedHeight(round(LIST_HEIGHT - 4 + (min(max(rows, 3), ROWS_SHOWN) - 3) * theme.ROW))
        self.fill(card(self.table), 8, cancel=False)
        self.setMinimumWidth(WIDTH)
        self.main.setFocus()

    def _fit_rows(self, finished: Finished) -> None:
        """Lines that are long take a second one. Thousands of rows are not measured: that takes seconds."""
        if len(finished.results) <= MEASURED:
            self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
            return
        for place, each in enumerate(finished.results):
            if _is_long(each):
                self.table.setRowHeight(place, round(LINE_ROWS * theme.ROW))


def _note(finished: Finished) -> str:
    if any(each.outcome is Outcome.GOES_ON for each in finished.results) and finished.all_well:
        return "The server has done all of it. What is left on this computer is done by itself."
    if finished.all_well:
        return "All went well."
    nothing = all(each.outcome is Outcome.REFUSED for each in finished.results)
    if getattr(finished.request, "together", False) and nothing:
        return "All of them or none: nothing was changed."
    return "Nothing else was changed."


def _mark(each: FileResult) -> Cell:
    name, ink, spoken = _ICONS[each.outcome]
    return Cell(icon=icons.icon(name, ink), tip=spoken, spoken=spoken)


def _line(each: FileResult) -> Cell:
    text = " ".join(part for part in (each.text, each.advice) if part)
    return Cell(text=text, tip=text)


def _is_long(each: FileResult) -> bool:
    """It takes a second line."""
    return len(each.text) + (len(each.advice) + 1 if each.advice else 0) > LINE_LENGTH


_COLUMNS: Final[tuple[Column[FileResult], ...]] = (
    Column(title="", width=32, cell=_mark, spoken="How it went"),
    Column(
        title="File",
        width=190,
        cell=lambda each: Cell(text=_name(each), tip=each.path),
    ),
    Column(title="Result", width=260, cell=_line),
)
