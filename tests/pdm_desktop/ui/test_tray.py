"""The tray icon: its state, tool tip and menu."""

from datetime import timedelta

import pytest
from PySide6.QtCore import QSize
from pytestqt.qtbot import QtBot

from pdm_desktop.core.hearing import Hearing
from pdm_desktop.core.notices import Notice
from pdm_desktop.core.office import topics
from pdm_desktop.state.account import Connection, Phase
from pdm_desktop.state.office import Reading
from pdm_desktop.state.store import Store
from pdm_desktop.ui.theme import LIGHT, Theme, Tone, Wish
from pdm_desktop.ui.tray import SIZES, Tray, TrayState, tray_icon, tray_state
from server.protocol.calls import Request
from tests.pdm_desktop.ui.test_icons import inks
from tests.support import sample
from tests.support.sample_office import my_lists

NOTICE = Notice(title="a.nc is locked", text="Tomas Ruiz has it on CAM-07.", vault="production", target="a.nc")


@pytest.fixture
def store() -> Store:
    return sample.store()


@pytest.fixture
def tray(store: Store, theme: Theme, qtbot: QtBot) -> Tray:
    return Tray(store, sample.clock, lambda: [NOTICE])


def connect(store: Store, phase: Phase) -> None:
    store.connect(Connection(phase=phase, since=sample.NOW - timedelta(minutes=18)))


@pytest.mark.parametrize(
    ("phase", "attention", "state"),
    [
        (Phase.IN_STEP, False, TrayState.IN_STEP),
        (Phase.CATCHING_UP, False, TrayState.WORKING),
        (Phase.OFFLINE, False, TrayState.OFFLINE),
        (Phase.WAITING, False, TrayState.OFFLINE),
        (Phase.OFFLINE, True, TrayState.ATTENTION),
        (Phase.SIGNED_OUT, False, TrayState.ATTENTION),
        (Phase.IN_STEP, True, TrayState.ATTENTION),
    ],
)
def test_attention_beats_offline_beats_working(store: Store, phase: Phase, attention: bool, state: TrayState) -> None:
    connect(store, phase)
    assert tray_state(store, attention=attention) is state


def test_transfers_are_work_and_one_that_stopped_wants_attention(store: Store) -> None:
    for transfer in sample.transfers()[:3]:
        store.put_transfer(transfer)
    assert tray_state(store, attention=False) is TrayState.WORKING
    store.put_transfer(sample.transfers()[4])
    assert tray_state(store, attention=False) is TrayState.ATTENTION


def test_the_tool_tip_says_how_it_stands(store: Store, tray: Tray) -> None:
    assert tray.tool_tip() == "PDM Desktop: in step, 3 checked out"
    connect(store, Phase.OFFLINE)
    assert tray.tool_tip() == "PDM Desktop: offline since 10:42"


def test_the_menu_leads_to_window_check_outs_and_notices(tray: Tray, qtbot: QtBot) -> None:
    tray.fill_menu()
    actions = [action for action in tray.menu.actions() if not action.isSeparator()]
    assert [action.text() for action in actions] == [
        "In step, 6 online", "Open PDM Desktop", "My check-outs (3)", "Last notices", "Pause transfers",
        "Quiet for 1 h", "Quit",
    ]  # fmt: skip
    for place, signal in ((1, tray.open_asked), (2, tray.mine_asked), (6, tray.quit_asked)):
        with qtbot.waitSignal(signal):
            actions[place].trigger()
    with qtbot.waitSignal(tray.pause_asked) as pause:
        actions[4].trigger()
    assert pause.args == [True]
    with qtbot.waitSignal(tray.quiet_asked) as quiet:
        actions[5].trigger()
    assert quiet.args == [sample.NOW + timedelta(hours=1)]
    below = actions[3].menu()
    with qtbot.waitSignal(tray.notice_asked) as told:
        below.actions()[0].trigger()  # type: ignore[attr-defined]  # the stub says QObject
    assert told.args == [NOTICE]


def test_a_request_stays_among_the_last_notices_until_it_is_answered(store: Store, tray: Tray) -> None:
    """Also at a seat that has not told of it itself, as one that was started since."""

    def last() -> list[str]:
        tray.fill_menu()
        below = next(each for each in tray.menu.actions() if each.text() == "Last notices").menu()
        return [each.text() for each in below.actions()]  # type: ignore[attr-defined]  # the stub says QObject

    def read(*asked: Request) -> None:
        store.read_topic(topics.MINE, Reading(value=my_lists(requests=list(asked)), query=(), at=sample.NOW))

    assert last() == [NOTICE.title]
    read(
        Request(
            id="r1", vault="production", file="a.nc", path="Jobs/a.nc", token=1, asker="Mei Tanaka", computer="CAM-01",
            holder=sample.ME, at=sample.NOW - timedelta(days=3),
        )
    )  # fmt: skip
    assert last() == ["Mei Tanaka asks for your file", NOTICE.title]
    assert tray_state(store, attention=False) is TrayState.ATTENTION
    read()
    assert last() == [NOTICE.title]
    assert tray_state(store, attention=False) is TrayState.IN_STEP


def test_while_it_is_quiet_the_menu_offers_to_speak_again(tray: Tray, qtbot: QtBot, store: Store) -> None:
    store.hear(Hearing(quiet_until=sample.NOW + timedelta(minutes=20)))
    tray.fill_menu()
    speak = next(action for action in tray.menu.actions() if action.text() == "Speak again")
    with qtbot.waitSignal(tray.quiet_asked) as quiet:
        speak.trigger()
    assert quiet.args == [None]


@pytest.mark.parametrize("state", list(TrayState))
def test_the_icon_is_one_ink_with_a_small_sign(theme: Theme, state: TrayState) -> None:
    colours = inks(tray_icon(state).pixmap(QSize(32, 32)).toImage())
    assert "#1B1B1B" in colours
    sign = {TrayState.WORKING: LIGHT.ink(Tone.ACCENT), TrayState.ATTENTION: LIGHT.ink(Tone.WARN)}.get(state)
    assert sign is None or sign in colours
    assert {size.width() for size in tray_icon(state).availableSizes()} == set(SIZES)


def test_the_icon_is_white_on_a_dark_taskbar(theme: Theme) -> None:
    theme.follow(Wish.DARK)
    try:
        assert "#FFFFFF" in inks(tray_icon(TrayState.IN_STEP).pixmap(QSize(32, 32)).toImage())
    finally:
        theme.follow(Wish.LIGHT)


def test_without_a_tray_the_icon_is_nowhere_and_nothing_breaks(tray: Tray) -> None:
    assert tray.show() is False
    assert not tray.is_here()
    tray.want_attention(wanted=True)
    tray.refresh()
