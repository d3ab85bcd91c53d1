"""The tree: Qt's own tester, natural order, numbers, and folders that come and go while others stay open."""

import pytest
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication

from pdm_desktop.core.badges import Badge
from pdm_desktop.state.account import Connection, Phase
from pdm_desktop.state.snapshot import Snapshot
from pdm_desktop.state.store import Store
from pdm_desktop.ui.browser.tree_model import TreeModel
from pdm_desktop.ui.rows import Roles
from tests.support import sample


@pytest.fixture
def store() -> Store:
    return sample.store()


@pytest.fixture
def model(qapp: QApplication, store: Store) -> TreeModel:
    made = TreeModel(store)
    made.tester = QAbstractItemModelTester(made, QAbstractItemModelTester.FailureReportingMode.Warning)  # type: ignore[attr-defined]  # it lives as long as the model
    return made


def names(model: TreeModel, index: QModelIndex) -> list[str]:
    return [model.index(place, 0, index).data() for place in range(model.rowCount(index))]


def test_vaults_stand_at_the_top_by_name(model: TreeModel) -> None:
    assert names(model, QModelIndex()) == ["Archive", "Fixtures", "Production", "Tool library"]


def test_folders_are_found_and_lead_back_up(model: TreeModel) -> None:
    index = model.find("production", sample.FOLDER)
    assert index.data() == "2210 Manifold block"
    assert model.parent(index).data() == "Hydraulics"
    assert model.parent(model.parent(index)).data() == "Production"
    assert not model.find("production", "No/Such").isValid()


def test_numbers_in_folder_names_count_as_numbers(model: TreeModel, store: Store) -> None:
    store.load_vault(Snapshot(vault="tools", seq=2, folders=[(f"Set {n}", 1) for n in (10, 9, 100)], locks=[]))
    model.reset()
    assert names(model, model.find("tools", "")) == ["Set 9", "Set 10", "Set 100"]


def test_a_folder_says_what_is_checked_out_below(model: TreeModel) -> None:
    index = model.find("production", "Hydraulics")
    assert index.data(Roles.COUNTS) == ((Badge.MINE, "3"), (Badge.OTHER, "3"))
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "Hydraulics, 3 checked out by you, 3 by others"
    assert model.find("production", "Prototypes").data(Roles.COUNTS) == ()


def test_offline_a_vault_has_a_question_mark_and_folders_no_numbers(model: TreeModel, store: Store) -> None:
    store.connect(Connection(phase=Phase.OFFLINE, since=sample.NOW))
    assert model.find("production", "").data(Roles.COUNTS) == ((Badge.UNKNOWN, ""),)
    assert model.find("production", "Hydraulics").data(Roles.COUNTS) == ()


def test_a_new_folder_is_put_in_and_the_marked_one_stays(model: TreeModel, store: Store) -> None:
    mark = QPersistentModelIndex(model.find("production", sample.FOLDER))
    store.folders.count_files("production", "Hydraulics/2208 Gasket", 1)
    store.folders.count_files("production", "Milling/New", 1)
    model.reset_vault("production")
    assert names(model, model.find("production", "Hydraulics")) == [
        "2204 End cap", "2208 Gasket", "2210 Manifold block", "2214 Valve body",
    ]  # fmt: skip
    assert names(model, model.find("production", "Milling")) == ["New"]
    assert mark.data() == "2210 Manifold block"
    assert mark.row() == 2


def test_a_folder_that_went_is_taken_out_with_all_below(model: TreeModel, store: Store) -> None:
    mark = QPersistentModelIndex(model.find("production", "Aerospace/4502 Housing"))
    store.folders.count_files("production", "Aerospace/4502 Housing", -40)
    store.folders.count_files("production", "Aerospace/4471 Bracket", -12)
    model.reset_vault("production")
    assert not mark.isValid()
    assert "Aerospace" not in names(model, model.find("production", ""))


def test_changed_numbers_are_told_for_folders_that_were_looked_at(model: TreeModel) -> None:
    model.find("production", "Hydraulics")
    told: list[str] = []
    model.dataChanged.connect(lambda first, _: told.append(first.data()))
    model.tell_counts("production", frozenset(("", "Hydraulics", "Never/Opened")))
    assert sorted(told) == ["Hydraulics", "Production"]
