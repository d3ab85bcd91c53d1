"""The file table's model: Qt's own tester, order, filters, and a selection that goes with its files."""

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import QItemSelectionModel, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication

from pdm_desktop.state.account import Connection, Phase
from pdm_desktop.state.store import Store
from pdm_desktop.ui import icons
from pdm_desktop.ui.browser.columns import Field
from pdm_desktop.ui.browser.file_model import FileModel, Filter
from pdm_desktop.ui.rows import Roles
from server.protocol.events import FileAdded, FileDeleted, FileLocked, FileUnlocked
from tests.support import sample

DOWN = Qt.SortOrder.DescendingOrder


@pytest.fixture
def store() -> Store:
    return sample.store()


@pytest.fixture
def model(qapp: QApplication, store: Store) -> FileModel:
    made = FileModel(store, sample.clock)
    made.tester = QAbstractItemModelTester(made, QAbstractItemModelTester.FailureReportingMode.Warning)  # type: ignore[attr-defined]  # it lives as long as the model
    return made


def names(model: FileModel) -> list[str]:
    return [model.row(place).file.filename for place in range(model.rowCount())]


def lock_event(file: str, person: str = "Mei Tanaka") -> FileLocked:
    return FileLocked(
        file=file, path=f"{sample.FOLDER}/{file}", filename=file, locked_by=person, seat="seat-cam-01",
        computer="CAM-01", since=sample.NOW, token=9, message="Probe",
    )  # fmt: skip


def test_names_are_in_the_order_of_people(model: FileModel) -> None:
    assert names(model)[:4] == ["2210-block.sldasm", "2210-block.sldprt", "2210-block-op10.mcam", "2210-block-op10.nc"]


def test_numbers_in_names_count_as_numbers(qapp: QApplication, store: Store) -> None:
    files = tuple(replace(sample.FILES[3], id=f"op{n}", path=f"{sample.FOLDER}/op{n}.nc") for n in (10, 9, 100, 1))
    sample.fill(store, files)
    assert names(FileModel(store, sample.clock)) == ["op1.nc", "op9.nc", "op10.nc", "op100.nc"]


@pytest.mark.parametrize("field", list(Field))
@pytest.mark.parametrize("order", list(Qt.SortOrder))
def test_sorting_by_any_column_keeps_every_row(model: FileModel, field: Field, order: Qt.SortOrder) -> None:
    before = set(names(model))
    model.sort(field, order)
    assert set(names(model)) == before
    assert len(names(model)) == len(before)


def test_since_puts_the_oldest_first_and_the_free_last(model: FileModel) -> None:
    model.sort(Field.SINCE)
    assert names(model)[0] == "2210-fixture-plate.sldprt"
    assert model.row(model.rowCount() - 1).file.lock is None


def test_sorting_is_stable_by_name(model: FileModel) -> None:
    model.sort(Field.HOLDER)
    mine = [
        name for name in names(model) if name in ("2210-block.sldprt", "2210-block-op20.mcam", "2210-block-op20.nc")
    ]
    assert mine == ["2210-block.sldprt", "2210-block-op20.mcam", "2210-block-op20.nc"]


def test_a_marked_place_goes_with_its_file_when_the_order_changes(model: FileModel) -> None:
    file = model.row(2).file.id
    mark = QPersistentModelIndex(model.index(2, Field.NAME))
    chosen = QItemSelectionModel(model)
    chosen.select(model.index(2, 0), QItemSelectionModel.SelectionFlag.ClearAndSelect)
    model.sort(Field.SIZE, DOWN)
    assert model.data(mark, Roles.ID) == file
    assert chosen.selectedIndexes()[0].data(Roles.ID) == file


@pytest.mark.parametrize(
    ("which", "number"), [(Filter.ALL, 16), (Filter.CHECKED_OUT, 6), (Filter.MINE, 3), (Filter.NEWER, 3)]
)
def test_a_filter_shows_what_it_says(model: FileModel, which: Filter, number: int) -> None:
    model.show(which)
    assert model.rowCount() == number
    assert all(which.takes(model.row(place)) for place in range(number))


def test_a_lock_is_one_changed_row_at_its_place(model: FileModel, store: Store) -> None:
    told: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
    store.apply_event("production", 2, lock_event("2210-plug.step"))
    model.tell_changed(frozenset(("2210-plug.step",)))
    place = model.place("2210-plug.step")
    assert place is not None
    assert told == [(place, place)]
    assert model.index(place, Field.HOLDER).data() == "Mei Tanaka"
    assert model.index(place, Field.WHY).data() == "Probe"


def test_many_changed_rows_are_one_range(qapp: QApplication, store: Store) -> None:
    files = tuple(replace(sample.FILES[3], id=f"{n}", path=f"{sample.FOLDER}/{n}.nc") for n in range(500))
    sample.fill(store, files)
    model = FileModel(store, sample.clock)
    told: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
    model.tell_changed(frozenset(file.id for file in files))
    assert told == [(0, 499)]
    told.clear()
    model.tell_changed(frozenset(model.row(place).file.id for place in (3, 4, 5, 9, 20, 21)))
    assert told == [(3, 5), (9, 9), (20, 21)]
    told.clear()
    model.tell_changed(frozenset(model.row(place).file.id for place in range(0, 400, 2)))
    assert told == [(0, 398)]


def test_a_row_leaves_the_filter_when_it_is_released(model: FileModel, store: Store) -> None:
    model.show(Filter.CHECKED_OUT)
    file = "2210-block.sldasm"
    store.apply_event("production", 2, FileUnlocked(
        file=file, path=f"{sample.FOLDER}/{file}", filename=file, by="Anna Novak", why="undone"))  # fmt: skip
    model.tell_changed(frozenset((file,)))
    assert model.place(file) is None
    assert model.rowCount() == 5


def test_rows_come_and_go(model: FileModel, store: Store) -> None:
    new = replace(sample.FILES[3], id="new", path=f"{sample.FOLDER}/2210-aaa.nc")
    store.apply_event("production", 2, FileAdded(file=new, by="Mei Tanaka"))
    model.reset()
    assert names(model)[0] == "2210-aaa.nc"
    store.apply_event("production", 3, FileDeleted(file=new, by="Mei Tanaka"))
    model.reset()
    assert model.rowCount() == 16


def test_offline_the_header_says_of_when_it_is_and_ages_are_clock_times(model: FileModel, store: Store) -> None:
    place = model.place("2210-block.sldasm")
    assert place is not None
    assert model.index(place, Field.SINCE).data() == "26 min"
    store.connect(Connection(phase=Phase.OFFLINE, since=sample.NOW))
    across = Qt.Orientation.Horizontal
    assert model.headerData(Field.HOLDER, across) == "Holder at 10:42"
    assert model.index(place, Field.SINCE).data() == "10:16"
    assert "Unknown: offline" in model.index(place, Field.BADGE).data(Qt.ItemDataRole.AccessibleTextRole)


def test_a_free_file_has_empty_cells_not_dashes(model: FileModel) -> None:
    place = model.place("2210-plug.step")
    assert place is not None
    for field in (Field.HOLDER, Field.COMPUTER, Field.SINCE, Field.WHY):
        assert model.index(place, field).data() == ""


def test_an_old_copy_shows_both_numbers(model: FileModel) -> None:
    place = model.place("2210-cover.sldprt")
    assert place is not None
    cell = model.index(place, Field.REV)
    assert cell.data() == "4.0 → 4.1"
    assert cell.data(Qt.ItemDataRole.FontRole).bold() or cell.data(Qt.ItemDataRole.FontRole).weight() >= 600


def test_a_held_file_says_by_whom_where_since_when_and_why(model: FileModel) -> None:
    place = model.place("2210-block.sldasm")
    assert place is not None
    shown = [model.index(place, field).data() for field in (Field.HOLDER, Field.COMPUTER, Field.SINCE, Field.WHY)]
    assert shown == ["Anna Novak", "CAD-04", "26 min", "Moving port B, see change 318"]
    words = "Checked out by Anna Novak on CAD-04 since 10:16: Moving port B, see change 318"
    assert model.index(place, Field.BADGE).data(Qt.ItemDataRole.ToolTipRole) == words
    whole = model.index(place, Field.HOLDER).data(Qt.ItemDataRole.ToolTipRole)
    for said in (words, "CAD-04", "10:16", "Moving port B", "Rev 7.1", "48.2 MB", "Modified Today 10:16"):
        assert said in whole
    mine = model.place("2210-block.sldprt")
    assert mine is not None
    assert model.index(mine, Field.HOLDER).data() == "You"


@pytest.mark.parametrize("row", [each.id for each in sample.FILES])
def test_the_badge_of_a_row_is_the_drawing_of_its_state(model: FileModel, row: str) -> None:
    place = model.place(row)
    assert place is not None
    icon = model.index(place, Field.BADGE).data(Qt.ItemDataRole.DecorationRole)
    assert icon.cacheKey() == icons.badge(model.row(place).badge).cacheKey()


@pytest.mark.parametrize("wrong", [timedelta(hours=-1), timedelta(hours=1)])
def test_a_clock_that_is_an_hour_wrong_still_says_when_by_its_own_hands(
    qapp: QApplication, store: Store, wrong: timedelta
) -> None:
    model = FileModel(store, lambda: sample.NOW + wrong)
    place = model.place("2210-block.sldasm")
    assert place is not None
    assert model.index(place, Field.SINCE).data() == ("now" if wrong < timedelta() else "1 h 26 min")
    assert "Today 10:16" in model.index(place, Field.MODIFIED).data()
    assert "since 10:16" in model.index(place, Field.BADGE).data(Qt.ItemDataRole.ToolTipRole)
