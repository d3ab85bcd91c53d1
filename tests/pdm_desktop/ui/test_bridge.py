"""The bridge: few changes at once, many in batches, and nothing lost."""

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from pdm_desktop.state.changes import Change, FolderCountsChanged, ListingReset, RowsChanged, TransfersChanged
from pdm_desktop.state.store import Store
from pdm_desktop.ui.bridge import AT_ONCE, FEW, LEAST, WHOLE, Bridge
from tests.support import sample


class OpenStore(Store):
    """A store whose changes a test can make by itself."""

    def tell(self, change: Change) -> None:
        self._emit(change)


@pytest.fixture
def store() -> OpenStore:
    return OpenStore(clock=sample.clock)


@pytest.fixture
def bridge(qtbot: QtBot, store: OpenStore) -> Iterator[Bridge]:
    made = Bridge(store)
    yield made
    made.close()


def test_few_rows_are_told_at_once(bridge: Bridge, store: OpenStore) -> None:
    told: list[frozenset[str]] = []
    bridge.rows.connect(told.append)
    for number in range(5):
        store.tell(RowsChanged(files=frozenset((str(number),))))
    assert told == [frozenset((str(number),)) for number in range(5)]


def test_many_rows_are_gathered_and_none_is_lost(bridge: Bridge, store: OpenStore, qtbot: QtBot) -> None:
    told: list[frozenset[str]] = []
    bridge.rows.connect(told.append)
    for number in range(5_000):
        store.tell(RowsChanged(files=frozenset((str(number),))))
    qtbot.waitUntil(lambda: sum(len(each) for each in told) == 5_000)
    assert len(told) <= AT_ONCE + 2
    assert frozenset().union(*told) == frozenset(str(number) for number in range(5_000))


def test_until_there_is_a_rest_changes_are_told_once_for_each_window_of_time(
    bridge: Bridge, store: OpenStore, qtbot: QtBot
) -> None:
    told: list[frozenset[str]] = []
    bridge.rows.connect(told.append)
    for number in range(AT_ONCE + 1):
        store.tell(RowsChanged(files=frozenset((str(number),))))
    assert len(told) == AT_ONCE // LEAST
    for _ in range(3):
        before = len(told)
        for number in range(FEW + 1):
            store.tell(RowsChanged(files=frozenset((str(number),))))
        assert len(told) == before
        with qtbot.waitSignal(bridge.rows):
            pass
        assert len(told) == before + 1
    qtbot.waitUntil(lambda: not bridge._window.isActive())
    store.tell(RowsChanged(files=frozenset(("late",))))
    assert told[-1] == frozenset(("late",))


def test_one_row_now_and_then_is_told_at_once_though_there_is_never_a_rest(
    bridge: Bridge, store: OpenStore, qtbot: QtBot
) -> None:
    told: list[frozenset[str]] = []
    bridge.rows.connect(told.append)
    for number in range(100):
        store.tell(RowsChanged(files=frozenset((str(number),))))
    qtbot.waitUntil(lambda: sum(len(each) for each in told) == 100)
    store.tell(RowsChanged(files=frozenset(("gathered",))))
    with qtbot.waitSignal(bridge.rows):
        pass
    assert told[-1] == frozenset(("gathered",))
    store.tell(RowsChanged(files=frozenset(("at once",))))
    assert told[-1] == frozenset(("at once",))


def test_transfers_of_a_burst_are_told_once_for_each_window_of_time(
    bridge: Bridge, store: OpenStore, qtbot: QtBot
) -> None:
    told: list[bool] = []
    bridge.transfers.connect(lambda: told.append(True))
    for _ in range(500):
        store.tell(TransfersChanged())
    assert len(told) == WHOLE
    with qtbot.waitSignal(bridge.transfers):
        pass
    for _ in range(500):
        store.tell(TransfersChanged())
    assert len(told) == WHOLE + 1
    qtbot.waitUntil(lambda: not bridge._moving.isActive())
    assert len(told) == WHOLE + 2
    store.tell(TransfersChanged())
    assert len(told) == WHOLE + 3


def test_after_a_burst_a_single_row_is_told_at_once_again(bridge: Bridge, store: OpenStore, qtbot: QtBot) -> None:
    told: list[frozenset[str]] = []
    bridge.rows.connect(told.append)
    for number in range(100):
        store.tell(RowsChanged(files=frozenset((str(number),))))
    qtbot.waitUntil(lambda: not bridge._window.isActive())
    told.clear()
    store.tell(RowsChanged(files=frozenset(("late",))))
    assert told == [frozenset(("late",))]


def test_a_new_listing_makes_its_changed_rows_needless(bridge: Bridge, store: OpenStore, qtbot: QtBot) -> None:
    rows: list[object] = []
    listings: list[bool] = []
    bridge.rows.connect(rows.append)
    bridge.listing.connect(lambda: listings.append(True))
    for number in range(100):
        store.tell(ListingReset())
        store.tell(RowsChanged(files=frozenset((str(number),))))
    qtbot.waitUntil(lambda: not bridge._window.isActive())
    assert 1 < len(listings) < 20


def test_counts_come_by_vault(bridge: Bridge, store: OpenStore) -> None:
    told: list[tuple[str, frozenset[str]]] = []
    bridge.counts.connect(lambda vault, folders: told.append((vault, folders)))
    store.tell(FolderCountsChanged(vault="v", folders=frozenset(("", "a"))))
    assert told == [("v", frozenset(("", "a")))]


def test_a_closed_bridge_hears_nothing(bridge: Bridge, store: OpenStore) -> None:
    told: list[object] = []
    bridge.rows.connect(told.append)
    bridge._stop()
    store.tell(RowsChanged(files=frozenset(("a",))))
    assert told == []
    bridge._stop = lambda: None
