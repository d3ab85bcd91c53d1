"""A finished transfer leaves the list after a while, and takes no other with it."""

from dataclasses import replace

from pdm_desktop.app.online import drop_done
from pdm_desktop.state.store import Store
from pdm_desktop.state.transfers import Transfer, TransferState
from tests.support.seat_parts import local_now

DONE = Transfer(
    id="later f1", file="f1", path="Jobs/a.nc", up=False, size=100, done=100, state=TransferState.DONE, what="Rev 1.1"
)


def shown(*transfers: Transfer) -> Store:
    store = Store(clock=local_now)
    for each in transfers:
        store.put_transfer(each)
    return store


def test_what_is_done_leaves_the_list() -> None:
    store = shown(DONE)
    drop_done(store, DONE)
    assert store.transfers.all() == []


def test_the_row_of_a_newer_revision_stays() -> None:
    """It has the same id. Why it stopped is to be read, and what is done once more is shown for its own while."""
    stopped = replace(DONE, state=TransferState.STOPPED, reason="There is no room.")
    again = replace(DONE)
    for newer in (stopped, again):
        store = shown(DONE, newer)
        drop_done(store, DONE)
        assert store.transfers.all() == [newer]
    drop_done(store, again)
    assert store.transfers.all() == []
