"""Draws every window from the sample data, without a screen.

python -m tests.support.pictures FOLDER [light-100 dark-150 ...]
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

ALL = ("light-100", "dark-100", "light-150", "dark-150")


def draw(folder: Path, scheme: str, scale: str) -> None:
    """Draw everything in one scheme; the scale is that of the process."""
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    application = QApplication(["pictures"])
    application.setQuitOnLastWindowClosed(False)
    for name, widget in _windows(application, scheme):
        for _ in range(5):  # what is gathered, and what is shown after a moment, is there after that
            QTest.qWait(50)
        target = folder / f"{name}-{scheme}-{scale}.png"
        if not widget.grab().save(str(target)):
            raise OSError(f"{target} could not be written.")
        widget.close()
        print(target.name)


def _windows(application, scheme: str) -> Iterator[tuple[str, object]]:  # type: ignore[no-untyped-def]  # Qt is imported late
    from PySide6.QtCore import QSettings

    from pdm_desktop.core import requests
    from pdm_desktop.core.results import FileResult, Finished, Outcome, Trouble
    from pdm_desktop.state.account import Connection, Phase
    from pdm_desktop.state.changes import ServerFound
    from pdm_desktop.state.listing import Kind, View
    from pdm_desktop.ui.bridge import Bridge
    from pdm_desktop.ui.checkin.check_in import CheckInDialog
    from pdm_desktop.ui.checkin.check_out import CheckOutDialog
    from pdm_desktop.ui.checkin.rename import RenameDialog
    from pdm_desktop.ui.checkin.result import ResultDialog
    from pdm_desktop.ui.legend import Legend
    from pdm_desktop.ui.main_window import MainWindow
    from pdm_desktop.ui.memory import Memory
    from pdm_desktop.ui.messages import ask
    from pdm_desktop.ui.sign_in.window import SignInWindow
    from pdm_desktop.ui.theme import Theme, Wish
    from server.protocol.calls import ServerInfo
    from tests.support import sample

    kept = tempfile.mkdtemp()
    theme = Theme(application, Wish(scheme))

    def window(number: int, size: tuple[int, int] = (1280, 768)):  # type: ignore[no-untyped-def]  # as above
        store = sample.store()
        memory = Memory(QSettings(f"{kept}/{number}.ini", QSettings.Format.IniFormat))
        made = MainWindow(store, Bridge(store), lambda _: None, sample.clock, memory, theme)
        store.load_history(sample.history("2210-block-op10.mcam"), more=False)
        made.resize(*size)
        made.show()
        made.page.table.go_to("2210-block-op10.mcam")
        return made, store

    made, _ = window(1)
    yield "main", made
    made, _ = window(2, (960, 600))
    yield "smallest", made
    made, store = window(3)
    store.connect(Connection(
        phase=Phase.OFFLINE, since=sample.NOW, detail="No server answers.", next_try=sample.NOW + timedelta(seconds=12)
    ))  # fmt: skip
    made.page._say_offline()
    yield "offline", made
    made, store = window(4)
    for transfer in sample.transfers():
        store.put_transfer(transfer)
    made.below.tabs.setCurrentIndex(1)
    yield "transfers", made
    made, store = window(5)
    sample.fill(store, (), "Prototypes")
    yield "empty", made
    made, store = window(6)
    made.page.table.selectAll()
    yield "several", made
    made, store = window(8)
    view = View(kind=Kind.SEARCH, text="cover")
    store.begin_listing(view)
    store.load_listing(view, [("production", each) for each in sample.FILES if "cover" in each.path], seqs={})
    yield "search", made
    made, store = window(7)
    yield "menu", made.commands.menu(made)
    yield "account", made.account_menu.menu
    rows = [store.listing.get(each) for each in ("2210-cover-op10.mcam", "2210-cover-op10.nc", "2210-block.sldasm")]
    yield "check-out", _shown(CheckOutDialog(rows, ["Finish bores with the new reamer", "Change 318"]))
    yield "check-out-one", _shown(CheckOutDialog(rows[:1], []))
    rows = [store.listing.get(each) for each in ("2210-block-op20.mcam", "2210-block-op20.nc", "2210-block.sldprt")]
    yield "check-in", _shown(CheckInDialog(rows, rate=11_800_000))
    finished = Finished(
        request=requests.CheckOut(files=("a", "b", "c")),
        results=(
            FileResult(file="a", path="2210-block.sldprt", outcome=Outcome.DONE, text="Checked out, Rev 12.3"),
            FileResult(file="b", path="2210-plug.step", outcome=Outcome.DONE, text="Checked out, Rev 1.0"),
            FileResult(file="c", path="2210-block.sldasm", outcome=Outcome.REFUSED,
                       text="Anna Novak has it on CAD-04 since 10:16.", advice="Ask Anna Novak, or try again later."),
        ),
    )  # fmt: skip
    yield "result", _shown(ResultDialog(finished))
    yield "rename", _shown(RenameDialog(f"{sample.FOLDER}/2210-plug.step"))
    yield "question", ask(made, "Delete 2210-plug.step?", "It leaves the vault for everybody.", yes="Delete", then=int)
    yield "legend", _shown(Legend())
    store.finish(finished)
    made.show_activity()
    made.activity.refresh()
    made.resize(1280, 768)
    made.show()
    yield "activity", made
    bridge = Bridge(store)
    sign_in = SignInWindow(bridge, lambda _: None, name="sam.becker")
    sign_in.server.setText("pdm.hartmann.example")
    info = ServerInfo(name="Hartmann Precision", version="1.4", oldest_client="1")
    sign_in.show_found(ServerFound(address="https://pdm.hartmann.example", info=info))
    yield "sign-in-server", _shown(sign_in)
    sign_in = SignInWindow(bridge, lambda _: None)
    sign_in.server.setText("http://pdm.hartmann.example")
    sign_in.show_found(ServerFound(address="http://pdm.hartmann.example", trouble=Trouble(
        title="The connection would not be encrypted.", text="Plain HTTP is for this computer alone.",
        advice="Use https://pdm.hartmann.example.",
    )))  # fmt: skip
    yield "sign-in-plain", _shown(sign_in)
    sign_in = SignInWindow(bridge, lambda _: None, server="https://pdm.hartmann.example", name="sam.becker")
    sign_in.password.setText("correct horse")
    yield "sign-in", _shown(sign_in)
    sign_in = SignInWindow(bridge, lambda _: None, server="https://pdm.hartmann.example", name="sam.becker")
    sign_in.show_trouble(Trouble(
        title="Name or password is wrong.", text="After 5 more tries this name has to wait 15 min."
    ))  # fmt: skip
    yield "sign-in-wrong", _shown(sign_in)


def _shown(dialog):  # type: ignore[no-untyped-def]  # Qt is imported late
    dialog.show()
    return dialog


def main() -> None:
    """Draw each scheme and scale in a process of its own, because Qt reads the scale when it starts."""
    if sys.argv[1] == "--one":
        draw(Path(sys.argv[2]), sys.argv[3], sys.argv[4])
        return
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for each in sys.argv[2:] or ALL:
        scheme, scale = each.split("-")
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": str(int(scale) / 100)}
        command = [sys.executable, "-m", "tests.support.pictures", "--one", str(folder), scheme, scale]
        subprocess.run(command, env=environment, check=True)


if __name__ == "__main__":
    main()
