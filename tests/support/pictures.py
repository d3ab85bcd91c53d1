"""Draws every window from the sample data, without a screen.

python -m tests.support.pictures FOLDER [light-100 dark-150 contrast-100 ...]
python -m tests.support.pictures --docs      (the pictures of the documentation, into docs/pictures)
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QSettings, qVersion
from PySide6.QtGui import QAction, QColor, QFontInfo, QImage, QPalette, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from pdm_desktop.core import requests
from pdm_desktop.core.copies import LocalCopy
from pdm_desktop.core.hearing import Hearing, Rule
from pdm_desktop.core.notices import Notice
from pdm_desktop.core.office import topics
from pdm_desktop.core.office.topics import Topic
from pdm_desktop.core.pace import Limits
from pdm_desktop.core.places import Settled, bad_words, good_words
from pdm_desktop.core.results import FileResult, Finished, Outcome, Trouble
from pdm_desktop.core.strangers import Renamed
from pdm_desktop.core.updates import Need, Stage, Update, moved
from pdm_desktop.state.account import Connection, Phase
from pdm_desktop.state.changes import FolderSeen, ServerFound, TokenKnown, TokenWanted
from pdm_desktop.state.listing import FileRow, Kind, View
from pdm_desktop.state.office import Reading
from pdm_desktop.state.store import Store
from pdm_desktop.ui import theme
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.browser.strangers import StrangersDialog
from pdm_desktop.ui.checkin.check_in import CheckInDialog
from pdm_desktop.ui.checkin.check_out import CheckOutDialog
from pdm_desktop.ui.checkin.rename import RenameDialog
from pdm_desktop.ui.checkin.result import ResultDialog
from pdm_desktop.ui.checkin.set_files import SetFiles, found
from pdm_desktop.ui.conflicts.deletion import DeletionDialog
from pdm_desktop.ui.conflicts.doubt import DoubtDialog
from pdm_desktop.ui.conflicts.versions import VersionsDialog
from pdm_desktop.ui.hearing import HearingDialog
from pdm_desktop.ui.legend import Legend
from pdm_desktop.ui.main_window import MainWindow
from pdm_desktop.ui.memory import Memory
from pdm_desktop.ui.messages import ask
from pdm_desktop.ui.parked.check_in import CheckInParkedDialog
from pdm_desktop.ui.parked.window import ParkedDialog
from pdm_desktop.ui.queue.window import QueueDialog
from pdm_desktop.ui.recovery.window import RecoveryDialog
from pdm_desktop.ui.sign_in.way import Way
from pdm_desktop.ui.sign_in.window import SignInWindow
from pdm_desktop.ui.table import Table
from pdm_desktop.ui.theme import Theme, Wish
from pdm_desktop.ui.transfers.limits import LimitsDialog
from pdm_desktop.ui.tray import Tray
from server.protocol.calls import Installer, QuietHours, ServerInfo, TokenOwner
from server.protocol.set_rule import DEFAULT_RULE
from tests.support import sample, sample_keeping, sample_locks, sample_office, sample_people, sample_vaults
from tests.support.offscreen import OFFSCREEN
from tests.support.pictures_administration import administration_windows
from tests.support.pictures_handover import handover_windows
from tests.support.texts import texts_of

ALL = ("light-100", "dark-100", "light-150", "dark-150")
SIZE, SMALLEST = (1280, 768), (960, 600)
OFFICE_SIZE, DASHBOARD_SIZE = (1280, 860), (1280, 1220)
ADDRESS = "https://pdm.hartmann.example"
DOCS = Path(__file__).parents[2] / "docs" / "pictures"
DOCS_SCHEMES = ("light", "dark")
IN_BOTH = ("dashboard",)
"""The documentation shows these in dark as well; all others in light alone."""
DOCUMENTED = frozenset({
    "ask", "code", "force-release", "hand-over", "hand-over-by-administrator", "hearing", "issues", "request", "roles",
    "sign-in-code", "sign-in-token", "vault-access", "vault-rules", "waiting",
})  # fmt: skip
"""Of all windows beside dashboard and tabs of Administration, those that the documentation shows."""
TEXTS, MADE_WITH = "Texts", "Made with"
"""What is written into a picture of the documentation: what can be read there, and what drew the letters."""
_STEADY = 40
"""A picture is taken so often at most, until it is like the one before."""
Shown = TypeVar("Shown", bound=QWidget)
Picture = tuple[str, QWidget]

RESULT = Finished(
    request=requests.CheckOut(files=("a", "b", "c")),
    results=(
        FileResult(file="a", path="2210-block.sldprt", outcome=Outcome.DONE, text="Checked out, Rev 12.3"),
        FileResult(file="b", path="2210-plug.step", outcome=Outcome.DONE, text="Checked out, Rev 1.0"),
        FileResult(file="c", path="2210-block.sldasm", outcome=Outcome.REFUSED,
                   text="Anna Novak has it on CAD-04 since 10:16.", advice="Ask Anna Novak, or try again later."),
    ),
)  # fmt: skip


RESULT_OF_SET = Finished(
    request=requests.CheckOut(files=("a", "b", "c"), together=True),
    results=(
        FileResult(file="c", path="2210-block-op10.mcam", outcome=Outcome.REFUSED,
                   text="Tomas Ruiz has 2210-block-op10.mcam on CAM-07 since 08:28: Roughing, new 50 mm face mill.",
                   advice="Wait until it is free, or ask for it."),
        FileResult(file="a", path="2210-block-op10.nc", outcome=Outcome.REFUSED,
                   text="Left as it was: all of them go, or none."),
        FileResult(file="b", path="2210-block-setup.pdf", outcome=Outcome.REFUSED,
                   text="Left as it was: all of them go, or none."),
    ),
)  # fmt: skip


NOTICES = [
    Notice(title="2210-block.sldasm is locked", text="Anna Novak has it on CAD-04: Moving port B", vault="production"),
    Notice(title="6 files are free again", text="Tomas Ruiz has checked them in", vault="production"),
]


class Studio:
    """Makes windows over stores of their own."""

    def __init__(self, theme: Theme, kept: Path) -> None:
        self._theme = theme
        self._kept = kept
        self._made = 0

    def window(self, store: Store, size: tuple[int, int] = SIZE) -> MainWindow:
        """A main window with a file selected."""
        self._made += 1
        memory = Memory(QSettings(str(self._kept / f"{self._made}.ini"), QSettings.Format.IniFormat))
        made = MainWindow(store, Bridge(store), lambda _: None, sample.clock, memory, self._theme)
        store.load_history(sample.history("2210-block-op10.mcam"), more=False)
        made.resize(*size)
        made.show()
        made.page.table.go_to("2210-block-op10.mcam")
        return made


def main_windows(studio: Studio) -> Iterator[Picture]:
    """The window in its states."""
    yield "main", studio.window(sample.store())
    yield "smallest", studio.window(sample.store(), SMALLEST)
    store = sample.store()
    window = studio.window(store)
    store.connect(Connection(
        phase=Phase.OFFLINE, since=sample.NOW, detail="No server answers.", next_try=sample.NOW + timedelta(seconds=12)
    ))  # fmt: skip
    store.load_queue(sample.QUEUE[:2])
    QTest.qWait(3_200)  # the bar comes after 3 s
    yield "offline", window
    store = sample.store()
    window = studio.window(store)
    for transfer in sample.transfers():
        store.put_transfer(transfer)
    window.below.tabs.setCurrentIndex(1)
    yield "transfers", window
    yield "limits", _shown(LimitsDialog(Limits(up=2.5), window))
    store = sample.store()
    window = studio.window(store)
    sample.fill(store, (), "Prototypes")
    yield "empty", window
    store = sample.store()
    window = studio.window(store)
    store.load_strangers(sample.STRANGERS)
    yield "strangers", window
    store = sample.store()
    window = studio.window(store)
    renamed, missing = store.listing.rows[0], store.listing.rows[2]
    was = Renamed(file=renamed.file.id, path=renamed.file.path)
    for row in (renamed, missing):
        store.put_local(row.file.id, LocalCopy(base=(1, 0), path=row.file.filename, missing=True))
    store.load_strangers([replace(sample.STRANGERS[0], was=was), *sample.STRANGERS[1:]])
    yield "astray", window
    window = studio.window(sample.store())
    window.page.table.selectAll()
    yield "several", window
    store = sample.store()
    window = studio.window(store)
    view = View(kind=Kind.SEARCH, text="cover")
    reading = store.begin_listing(view)
    store.load_listing(reading, [("production", each) for each in sample.FILES if "cover" in each.path], seqs={})
    yield "search", window
    store = sample.store()
    store.finish(RESULT)
    window = studio.window(store)
    window.show_activity()
    yield "activity", window


def small_windows(studio: Studio) -> Iterator[Picture]:
    """Menus, dialogs and the legend."""
    store = sample.store()
    window = studio.window(store)
    yield "menu", window.commands.menu(window)
    yield "account", window.account_menu.menu
    nights = tuple(QuietHours(day=day, start=1080, end=360) for day in range(5))
    yield "hearing", _shown(HearingDialog(Hearing(quiet=nights), Rule.LOCAL))
    yield "appearance", _opened(window.account_menu.wishes[Wish.LIGHT])
    tray = Tray(store, sample.clock, lambda: NOTICES)
    yield "tray", tray.menu
    yield "tray-notices", _opened(tray.menu.findChildren(QMenu)[0].actions()[0])
    free = SetFiles(chosen=_rows(store, "2210-cover-op10.mcam", "2210-cover-op10.nc", "2210-block.sldasm"))
    yield "check-out", _shown(CheckOutDialog(free, ["Finish bores with the new reamer", "Change 318"]))
    yield "check-out-set", _shown(CheckOutDialog(_set(store, "2210-block-op10.nc"), ["Change 318"]))
    yield "check-out-one", _shown(CheckOutDialog(SetFiles(chosen=free.chosen[:1]), []))
    yield "check-in", _shown(CheckInDialog(_set(store, "2210-block-op20.mcam"), now=sample.NOW, rate=11_800_000))
    mine = SetFiles(chosen=_rows(store, "2210-block-op20.nc", "2210-block.sldprt"))
    yield "check-in-several", _shown(CheckInDialog(mine, now=sample.NOW))
    yield "result", _shown(ResultDialog(RESULT))
    yield "result-set", _shown(ResultDialog(RESULT_OF_SET))
    yield "rename", _shown(RenameDialog(f"{sample.FOLDER}/2210-plug.step"))
    yield (
        "question",
        ask(window, "Delete 2210-plug.step?", "It leaves the vault for everybody.", yes="Delete", then=int),
    )
    yield "legend", _shown(Legend())
    yield "add-strangers", _shown(StrangersDialog(sample.STRANGERS))
    recovery = _shown(RecoveryDialog(store, Bridge(store, window), lambda _: None, sample.clock))
    store.load_kept(sample.KEPT)
    yield "recovery", recovery
    parked = _shown(ParkedDialog(store, Bridge(store, window), lambda _: None, sample.clock))
    store.load_parked(sample.PARKED)
    parked.table.selectRow(1)
    yield "parked", parked
    head = sample.FILES[10].head
    yield "parked-check-in", _shown(CheckInParkedDialog(sample.PARKED[1], head))
    store.load_queue(sample.QUEUE)
    yield "queue", _shown(QueueDialog(store, Bridge(store, window), lambda _: None, sample.clock))


def decisions(studio: Studio) -> Iterator[Picture]:
    """What needs the person, and the windows where it is decided."""
    store = sample.store()
    store.load_issues([sample.ABSENT, *sample.ISSUES])
    window = studio.window(store)
    window.show_issues()
    yield "issues", window
    refused = sample.store()
    refused.load_issues(sample.ISSUES)
    refused.load_queue(sample.QUEUE)
    refused.load_parked(sample.PARKED)
    window = studio.window(refused)
    window.show_issues()
    yield "issues-refused", window
    bridge = Bridge(store, window)
    versions = VersionsDialog(sample.CONFLICT, store, bridge, lambda _: None, sample.clock)
    yield "versions", _shown(versions)
    free = replace(sample.CONFLICT, lock=None)
    chosen = VersionsDialog(free, store, bridge, lambda _: None, sample.clock)
    chosen.options.options[0].button.setChecked(True)
    yield "versions-chosen", _shown(chosen)
    gone = VersionsDialog(
        replace(sample.CONFLICT, theirs=None, lock=None, deleted_by="Anna Novak"), store, bridge, lambda _: None,
        sample.clock,
    )  # fmt: skip
    yield "versions-deleted", _shown(gone)
    yield "doubt", _shown(DoubtDialog(sample.DOUBT, store, bridge, lambda _: None, sample.clock))
    yield "deletion", _shown(DeletionDialog(sample.DELETION, store, bridge, sample.clock))
    changed = VersionsDialog(sample.CONFLICT, store, bridge, lambda _: None, sample.clock)
    shown = _shown(changed)
    again = replace(sample.CONFLICT, mine=replace(sample.HERE, hash="12345678" * 8, size=36_100_000))
    store.load_issues([again])
    yield "versions-changed", shown


MSI = Installer(name="PDM-Desktop-0.3.0-x64.msi", version="0.3.0", size=30_000_000, sha256="ab" * 32)


def sign_in_windows(studio: Studio) -> Iterator[Picture]:
    """The pages of the sign-in window."""
    bridge = Bridge(sample.store())
    window = SignInWindow(bridge, lambda _: None, name="sam.becker")
    window.server.setText("pdm.hartmann.example")
    info = ServerInfo(id="works", name="Hartmann Precision", version="1.4", oldest_client="1")
    window.show_found(ServerFound(address=ADDRESS, info=info))
    yield "sign-in-server", _shown(window)
    window = SignInWindow(bridge, lambda _: None)
    window.server.setText("http://pdm.hartmann.example")
    trouble = Trouble(
        title="The connection would not be encrypted.", text="Plain HTTP is for this computer alone.",
        advice=f"Use {ADDRESS}.",
    )  # fmt: skip
    window.show_found(ServerFound(address="http://pdm.hartmann.example", trouble=trouble))
    yield "sign-in-plain", _shown(window)
    window = SignInWindow(bridge, lambda _: None, server=ADDRESS, name="sam.becker")
    window.password.setText("correct horse")
    yield "sign-in", _shown(window)
    window = SignInWindow(bridge, lambda _: None, server=ADDRESS, name="sam.becker")
    wait = "After 5 more tries this name has to wait 15 min."
    window.show_trouble(Trouble(title="Name or password is wrong.", text=wait))
    yield "sign-in-wrong", _shown(window)
    required = Update(need=Need.REQUIRED, own="0.2.0", version="0.3.0", installer=MSI)
    window = SignInWindow(bridge, lambda _: None, server=ADDRESS, name="sam.becker", update=lambda: required)
    yield "sign-in-too-old", _shown(window)
    yield from _first_sign_in(bridge)


def _first_sign_in(bridge: Bridge) -> Iterator[Picture]:
    """By a token of GitLab, by an administrator's code, and the new password after either."""
    info = ServerInfo(
        id="works", name="Hartmann Precision", version="1.4", oldest_client="1",
        gitlab_host="gitlab.hartmann.example", gitlab_scope="read_user",
    )  # fmt: skip
    found = ServerFound(address=ADDRESS, info=info)
    window = SignInWindow(bridge, lambda _: None, server=ADDRESS, name="sam.becker")
    window.show_found(found)
    yield "sign-in-gitlab", _shown(window)
    window = SignInWindow(bridge, lambda _: None, server=ADDRESS)
    window.show_found(found)
    window.ways.show_way(Way.TOKEN)
    window.ways.token.setText("glpat-of-sam")
    yield "sign-in-token", _shown(window)
    window = SignInWindow(bridge, lambda _: None, server=ADDRESS)
    window.show_found(found)
    window.ways.show_way(Way.TOKEN)
    owner = TokenOwner(person="sam.becker", called="Sam Becker", has_password=False)
    window.show_entrance(TokenKnown(owner=owner, least=10))
    window.welcome.password.field.setText("correct horse")
    seen = FolderSeen(
        asked="", folder="D:\\PDM", text=good_words(412 * 10**9), is_good=True, is_usual=True, settled=Settled.FREE
    )
    window.show_entrance(seen)
    yield "sign-in-welcome", _shown(window)
    window.welcome.password.field.setText("correct")
    window.welcome.folder.field.setText("C:\\Users\\sam\\OneDrive\\PDM")
    text = bad_words("This folder is inside OneDrive, which changes files by itself.", Settled.FREE)
    window.show_entrance(replace(seen, asked=window.welcome.folder.field.text(), text=text, is_good=False))
    yield "sign-in-folder", _shown(window)
    window = SignInWindow(bridge, lambda _: None, server=ADDRESS, name="sam.becker")
    window.show_found(found)
    window.show_entrance(TokenKnown(owner=replace(owner, has_password=True), least=10))
    yield "sign-in-has-password", _shown(window)
    window = SignInWindow(bridge, lambda _: None, server=ADDRESS, name="sam.becker")
    window.show_found(found)
    wanted = Trouble(title="Your GitLab token is wanted as well.", text="An administrator asks for it this time.")
    window.show_entrance(TokenWanted(trouble=wanted))
    yield "sign-in-token-wanted", _shown(window)
    window = SignInWindow(bridge, lambda _: None, server=ADDRESS, name="sam.becker")
    window.ways.show_way(Way.CODE)
    yield "sign-in-code", _shown(window)


def updates(studio: Studio) -> Iterator[Picture]:
    """The bar of an update in the main window."""
    available = Update(need=Need.AVAILABLE, own="0.2.0", version="0.3.0", installer=MSI)
    for name, update in (
        ("update", available),
        ("update-fetching", moved(available, Stage.FETCHING, done=12_300_000)),
        ("update-required", Update(need=Need.REQUIRED, own="0.2.0", version="0.3.0")),
    ):
        store = sample.store()
        store.load_update(update)
        yield name, studio.window(store)


def office(studio: Studio) -> Iterator[Picture]:
    """Dashboard and Administration."""
    yield "dashboard", _dashboard(studio)
    locks = ((topics.LOCKS, sample_locks.LOCKS), (topics.LINES, sample_locks.LINES))
    window = _administration(studio, "Locks", *locks)
    page = window.administration.page("Locks")
    page.frame.table.selectRow(0)  # type: ignore[attr-defined]  # the page of that name
    yield "administration-locks", window
    window = _administration(studio, "Deleted files", (topics.DELETED, sample_locks.DELETED))
    yield "administration-deleted", window
    window = _administration(studio, "Parked versions", (topics.ALL_PARKED, sample_locks.ALL_PARKED))
    yield "administration-parked", window
    window = _administration(studio, "Vaults and rules", (topics.VAULT_USES, sample_vaults.USES))
    page = window.administration.page("Vaults and rules")
    sample_vaults.administer(page.store)
    page.frame.select("production")  # type: ignore[attr-defined]  # the page of that name
    yield "administration-vaults", window
    yield "administration-people", _administration(studio, "People", (topics.PEOPLE, sample_people.PEOPLE))
    yield "administration-seats", _administration(studio, "Seats", (topics.SEATS, sample_people.SEATS))
    yield "administration-messages", _administration(studio, "Messages", (topics.MESSAGES, sample_people.MESSAGES))
    audit = _administration(studio, "Audit trail")
    page = audit.administration.page("Audit trail")
    query = page.query(topics.AUDIT)
    page.store.read_topic(topics.AUDIT, Reading(value=sample_keeping.AUDIT, query=query, at=sample.NOW))
    page.findChildren(Table)[0].selectRow(3)
    yield "administration-audit", audit
    yield "administration-backup", _administration(studio, "Backup", (topics.BACKUPS, sample_keeping.BACKUPS))
    yield "administration-server", _administration(studio, "Server", (topics.SERVER, sample_keeping.SERVER))


def documented(studio: Studio, scheme: str) -> Iterator[Picture]:
    """What the documentation shows in that scheme."""
    if scheme != "light":
        yield from (each for each in office(studio) if each[0] in IN_BOTH)
        return
    yield from office(studio)
    for part in (small_windows, decisions, sign_in_windows):
        yield from _documented_of(part(studio))
    yield from _documented_of(handover_windows(studio.window))
    yield from _documented_of(administration_windows(studio.window))


def _documented_of(pictures: Iterator[Picture]) -> Iterator[Picture]:
    for name, window in pictures:
        if name in DOCUMENTED:
            yield name, window
        else:
            window.close()


def made_with() -> str:
    """What the look of letters depends on: Qt, the style and the fonts."""
    return f"Qt {qVersion()}, {QApplication.style().name()}, {QFontInfo(theme.font()).family()}"


def _dashboard(studio: Studio) -> QWidget:
    window = _office_window(studio, [(topics.DASHBOARD, sample_office.DASHBOARD)])
    window.resize(DASHBOARD_SIZE[0], DASHBOARD_SIZE[1])
    window.show_dashboard()
    return window


def _administration(studio: Studio, tab: str, *lists: tuple[Topic[Any], Any]) -> MainWindow:
    """The main window at a tab of Administration, with what the server answers."""
    window = _office_window(studio, lists)
    window.show_administration(tab)
    return window


def _office_window(studio: Studio, lists: Sequence[tuple[Topic[Any], Any]]) -> MainWindow:
    """A main window of an administrator, to whom the server has answered these lists."""
    store = sample.store()
    if store.account is not None:
        store.sign_in(replace(store.account, administrator=True))
    store.load_vaults([replace(each, role="administrator") for each in store.vaults.values()])
    window = studio.window(store, OFFICE_SIZE)
    for topic, value in lists:
        store.read_topic(topic, Reading(value=value, query=(), at=sample.NOW))
    return window


class HighContrastTheme(Theme):
    """What Windows 11's "Aquatic" gives, where no system gives it."""

    def _system_palette(self) -> QPalette:
        return aquatic()


def aquatic() -> QPalette:
    """The palette of Windows 11's high-contrast scheme "Aquatic"."""
    made = QPalette(QColor("#202020"), QColor("#202020"))
    role = QPalette.ColorRole
    for one in (role.WindowText, role.Text, role.ButtonText, role.BrightText):
        made.setColor(one, QColor("#FFFFFF"))
    for one in (role.Window, role.Base, role.Button, role.ToolTipBase):
        made.setColor(one, QColor("#202020"))
    made.setColor(role.Highlight, QColor("#8EE3F0"))
    made.setColor(role.HighlightedText, QColor("#263B50"))
    made.setColor(role.Link, QColor("#75E9FC"))
    made.setColor(QPalette.ColorGroup.Disabled, role.WindowText, QColor("#A6A6A6"))
    return made


def dressed(application: QApplication, scheme: str) -> Theme:
    """The application in one scheme: light, dark or contrast."""
    if scheme != "contrast":
        return Theme(application, Wish(scheme))
    theme.wants_high_contrast = lambda: True
    return HighContrastTheme(application)


def draw(folder: Path, scheme: str, scale: str) -> None:
    """Draw everything in one scheme; the scale is that of the process. Raises OSError when a file cannot be written."""
    application = QApplication(["pictures"])
    application.setQuitOnLastWindowClosed(False)
    with tempfile.TemporaryDirectory() as kept:
        studio = Studio(dressed(application, scheme), Path(kept))
        for part in (main_windows, small_windows, decisions, sign_in_windows, updates, office):
            _keep(folder, f"{scheme}-{scale}", part(studio))
        for dialogs in (handover_windows, administration_windows):
            _keep(folder, f"{scheme}-{scale}", dialogs(studio.window))


def draw_docs(folder: Path, scheme: str) -> None:
    """Draw the pictures of the documentation in one scheme. Raises OSError when a file cannot be written."""
    application = QApplication(["pictures"])
    application.setQuitOnLastWindowClosed(False)
    with tempfile.TemporaryDirectory() as kept:
        studio = Studio(dressed(application, scheme), Path(kept))
        _keep(folder, scheme, documented(studio, scheme))


def _keep(folder: Path, ending: str, pictures: Iterator[Picture]) -> None:
    for name, widget in pictures:
        target = folder / f"{name}-{ending}.png"
        if not described(widget).save(str(target)):
            raise OSError(f"{target} could not be written.")
        print(target.name)


def taken(widget: QWidget) -> QPixmap:
    """The picture of a window, which is gone then."""
    QApplication.setCursorFlashTime(0)  # else a caret is there or not, as it comes
    QTest.qWait(250)  # what is gathered, and what is shown after a moment, is there after that
    picture, before = widget.grab(), QPixmap()
    for _ in range(_STEADY):
        if picture.toImage() == before.toImage():
            break
        QTest.qWait(50)  # rows that have come may still move what is below them
        picture, before = widget.grab(), picture
    widget.hide()
    return picture


def described(widget: QWidget) -> QImage:
    """The picture of a window with what can be read in it, which no font changes."""
    texts = "\n".join(texts_of(widget))
    image = taken(widget).toImage()
    image.setText(TEXTS, texts)
    image.setText(MADE_WITH, made_with())
    return image


def _rows(store: Store, *files: str) -> tuple[FileRow, ...]:
    return tuple(row for file in files if (row := store.listing.get(file)) is not None)


def _set(store: Store, *files: str) -> SetFiles:
    """These files with what belongs to them."""
    return found(_rows(store, *files), store.listing.rows, DEFAULT_RULE)


def _opened(action: QAction) -> QWidget:
    """The menu that an action belongs to, as it is when it has just been opened."""
    menu = next(each for each in action.associatedObjects() if isinstance(each, QMenu))
    menu.aboutToShow.emit()
    return menu


def _shown(widget: Shown) -> Shown:
    widget.show()
    return widget


def main() -> None:
    """Draw each scheme and scale in a process of its own, because Qt reads the scale when it starts."""
    if sys.argv[1] == "--one":
        draw(Path(sys.argv[2]), sys.argv[3], sys.argv[4])
        return
    if sys.argv[1] == "--one-docs":
        draw_docs(DOCS, sys.argv[2])
        return
    if sys.argv[1] == "--docs":
        for scheme in DOCS_SCHEMES:
            _run("100", "--one-docs", scheme)
        return
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for each in sys.argv[2:] or ALL:
        scheme, scale = each.split("-")
        _run(scale, "--one", str(folder), scheme, scale)


def _run(scale: str, *arguments: str) -> None:
    environment = {**os.environ, **OFFSCREEN, "QT_SCALE_FACTOR": str(int(scale) / 100)}
    subprocess.run([sys.executable, "-m", "tests.support.pictures", *arguments], env=environment, check=True)


if __name__ == "__main__":
    main()
