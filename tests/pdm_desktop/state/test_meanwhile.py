"""What is read while things happen is shown as it is, and what is not known is not shown."""

import pytest

from pdm_desktop.state import changes
from pdm_desktop.state.account import Connection, Phase
from pdm_desktop.state.snapshot import Snapshot
from server.protocol import calls
from server.protocol.events import FolderMoved
from tests.support.facts import NOW, file, locked, revision, unlocked
from tests.support.one_row import JOBS, new_store, with_one_row


def test_the_last_reading_of_one_view_counts_and_nothing_between_two_is_missed() -> None:
    store = with_one_row()
    first = store.begin_listing(JOBS)
    store.apply_event("v", 1, locked())
    second = store.begin_listing(JOBS)
    assert not store.load_listing(first, [("v", file())], seqs={"v": 0})
    assert store.load_listing(second, [("v", file())], seqs={"v": 0})
    assert store.listing.rows[0].file.lock is not None


def test_a_folder_that_moves_while_it_is_read_is_followed_and_read_anew() -> None:
    store = with_one_row()
    told: list[changes.Change] = []
    store.subscribe(told.append)
    reading = store.begin_listing(JOBS)
    store.apply_event("v", 1, FolderMoved(from_=JOBS.folder, to="Done", by="Tomas Ruiz"))
    assert not store.load_listing(reading, [], seqs={"v": 1}), "the cache had the move already"
    assert (store.listing.view.folder, store.listing.loading) == ("Done", True)
    assert changes.ListingStale() in told


@pytest.mark.parametrize("knows", [False, True])
def test_a_revision_that_comes_while_the_history_is_read_is_in_it_once(knows: bool) -> None:
    store = with_one_row()
    store.begin_history("f1", more=False)
    store.apply_event("v", 1, unlocked(why="checked_in", number="1.1"))
    numbers = ["1.1", "1.0"] if knows else ["1.0"]
    page = calls.History(file="f1", revisions=[revision(each) for each in numbers], total=len(numbers))
    store.load_history(page, more=False)
    assert [each.number for each in store.history["f1"].revisions] == ["1.1", "1.0"]
    assert store.history["f1"].total == 2


def test_what_was_read_of_a_history_stays_when_more_of_it_cannot_be_read() -> None:
    store = with_one_row()
    store.begin_history("f1", more=False)
    store.load_history(calls.History(file="f1", revisions=[revision("1.1")], total=2, cursor="x"), more=False)
    store.begin_history("f1", more=True)
    store.drop_history("f1")
    history = store.history["f1"]
    assert ([each.number for each in history.revisions], history.cursor, history.loading) == (["1.1"], "x", False)


def test_a_history_that_could_not_be_read_is_none_although_a_revision_came_meanwhile() -> None:
    store = with_one_row()
    store.begin_history("f1", more=False)
    store.apply_event("v", 1, unlocked(why="checked_in", number="1.1"))
    store.drop_history("f1")
    assert "f1" not in store.history


def test_after_a_snapshot_no_history_is_known() -> None:
    """Revisions may have come of which no event told."""
    store = with_one_row()
    store.begin_history("f1", more=False)
    store.load_history(calls.History(file="f1", revisions=[revision("1.0")], total=2, cursor="x"), more=False)
    told: list[changes.Change] = []
    store.subscribe(told.append)
    store.load_vault(Snapshot(vault="v", seq=9, folders=[], locks=[]))
    assert (dict(store.history), changes.HistoryChanged(file="f1") in told) == ({}, True)
    store.load_history(calls.History(file="f1", revisions=[revision("0.9")], total=2), more=True)
    assert "f1" not in store.history, "one more page of nothing is nothing"


def test_check_outs_of_a_vault_that_may_not_be_read_any_more_are_told_as_gone() -> None:
    store = with_one_row()
    store.apply_event("v", 1, locked())
    told: list[changes.Change] = []
    store.subscribe(told.append)
    store.load_vaults([])
    assert changes.LocksChanged(files=frozenset(("f1",))) in told


def test_who_is_online_is_known_as_long_as_the_connection_stands() -> None:
    """The seat may have to catch up on it, as when its cache was lost; nobody tells anew then."""
    store = new_store()
    store.connect(Connection(phase=Phase.IN_STEP, since=NOW))
    store.people_are(["Tomas Ruiz"])
    store.connect(Connection(phase=Phase.CATCHING_UP, since=NOW))
    assert store.presence.is_online("Tomas Ruiz")
    store.connect(Connection(phase=Phase.OFFLINE, since=NOW))
    assert store.presence.is_online("Tomas Ruiz") is None
