"""The pictures of how files go from one person to another, and of what concerns the person alone."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final

from PySide6.QtWidgets import QWidget

from pdm_desktop.core.badges import Badge
from pdm_desktop.core.office import topics
from pdm_desktop.state.listing import FileRow
from pdm_desktop.state.office import Reading
from pdm_desktop.state.store import Store
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.handover.ask import AskDialog
from pdm_desktop.ui.handover.hand_over import HandOverDialog
from pdm_desktop.ui.handover.request import RequestWindow
from pdm_desktop.ui.main_window import MainWindow
from server.protocol import calls
from tests.support import sample
from tests.support.sample_office import my_lists

Window = Callable[..., MainWindow]
SMALLEST: Final = (960, 600)
WHY: Final = "Need to repost with the 2nd fixture before noon"
MESSAGE: Final = (
    "Server stops at 17:00 for 10 minutes. Please check in what you can spare before, and sign in again after."
)


def request_window(window: Window) -> Iterator[tuple[str, QWidget]]:
    """Mei Tanaka asks for a file that is edited here. The documentation shows this window too."""
    store = sample.store()
    parent = window(store)
    yield "request", _shown(_request(store, _row(store, Badge.EDITED), parent))
    parent.close()


def handover_windows(window: Window) -> Iterator[tuple[str, QWidget]]:
    """Asking, handing over, answering; who waits, and what an administrator says, in the main window."""
    yield from request_window(window)
    store = sample.store()
    parent = window(store)
    over = _request(store, _row(store, Badge.MINE), parent)
    yield "request-unedited", _shown(over)
    over = _request(store, _row(store, Badge.MINE), parent)
    store.read_topic(topics.MINE, Reading(value=my_lists(), query=(), at=sample.NOW))
    yield "request-over", _shown(over)
    yield "ask", _shown(AskDialog(_row(store, Badge.OTHER), parent))
    yield "ask-in-line", _shown(AskDialog(_row(store, Badge.OTHER), parent, in_line=True))
    people = ["Mei Tanaka", "Anna Novak", "Tomas Ruiz"]
    yield "hand-over", _shown(HandOverDialog(_row(store, Badge.EDITED), people, parent))
    yield "hand-over-nobody", _shown(HandOverDialog(_row(store, Badge.MINE), [], parent))
    yield "bar-of-requests", _asked(window)
    yield "bar-of-requests-smallest", _asked(window, SMALLEST)
    yield "waiting", _waiting(window)
    yield "waiting-smallest", _waiting(window, SMALLEST)


def _asked(window: Window, size: tuple[int, int] = (1280, 800)) -> MainWindow:
    """The bar of two requests in the main window."""
    store = sample.store()
    made = window(store, size)
    mine = [_asks_for(_row(store, badge)) for badge in (Badge.EDITED, Badge.MINE)]
    store.read_topic(topics.MINE, Reading(value=my_lists(requests=mine), query=(), at=sample.NOW))
    return made


def _waiting(window: Window, size: tuple[int, int] = (1280, 800)) -> MainWindow:
    """I am second in line for a file, and an administrator has written to me."""
    store = sample.store()
    made = window(store, size)
    file = next(each.file for each in store.listing.rows if each.file.id == "2210-block-op10.mcam")
    since = sample.NOW - timedelta(minutes=9)
    waiters = [calls.Waiter(person=each, since=since) for each in ("Luca Ferri", sample.ME)]
    line = calls.Line(vault="production", file=file.id, path=file.path, waiters=waiters)
    store.read_topic(topics.LINE, Reading(value=line, query=(), at=sample.NOW))
    messages = [
        calls.InboxEntry(number=each, kind="message", at=since, acknowledged=False, by="Olga Lind", text=MESSAGE)
        for each in (1, 2)
    ]
    mine = my_lists(lines=[line], messages=messages)
    store.read_topic(topics.MINE, Reading(value=mine, query=(), at=sample.NOW))
    return made


def _request(store: Store, of: FileRow, parent: QWidget) -> RequestWindow:
    asked = _asks_for(of)
    store.read_topic(topics.MINE, Reading(value=my_lists(requests=[asked]), query=(), at=sample.NOW))
    return RequestWindow(asked, store, Bridge(store, parent), sample.clock, parent)


def _row(store: Store, badge: Badge) -> FileRow:
    return next(each for each in store.listing.rows if each.badge is badge)


def _shown(window: QWidget) -> QWidget:
    window.show()
    return window


def _asks_for(of: FileRow) -> calls.Request:
    return calls.Request(
        id=of.file.id, vault=of.vault, file=of.file.id, path=of.file.path, token=1, asker="Mei Tanaka",
        computer="CAM-01", holder=sample.ME, at=sample.NOW - timedelta(minutes=3), text=WHY,
    )  # fmt: skip
