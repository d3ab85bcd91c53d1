"""While a large vault is read for the first time, the window says how far it is."""

from collections.abc import Callable

from pdm_desktop.state.account import Connection, Phase
from pdm_desktop.state.listing import Kind, View
from pdm_desktop.state.loading import Loading
from pdm_desktop.state.snapshot import Snapshot
from pdm_desktop.state.store import Store
from server.protocol.vault import Vault
from tests.pdm_desktop.ui.conftest import Desk
from tests.support import sample


def loading_desk(make_desk: Callable[[Store], Desk]) -> Desk:
    """The first sign-in: a vault is known by its name alone, and its empty folder is open."""
    store = sample.unopened()
    store.connect(Connection(phase=Phase.CATCHING_UP, since=sample.NOW))
    store.load_vaults([Vault(id="large", name="Large", role="editor", seq=9)])
    desk = make_desk(store)
    reading = store.begin_listing(View(kind=Kind.FOLDER, vault="large"))
    store.load_listing(reading, [], seqs={})
    return desk


def test_it_says_how_many_files_are_here_of_how_many(make_desk: Callable[[Store], Desk]) -> None:
    desk = loading_desk(make_desk)
    page, status = desk.window.page, desk.window.status
    assert page.empty.title.text() == "Loading Large…"
    assert status.state.text() == "Catching up"
    desk.store.load_goes_on(Loading(vault="large", files=420_000, of=1_000_000))
    assert page.empty.title.text() == "Loading Large…"
    assert page.empty.text.text() == "420,000 of 1,000,000 files. They show as soon as all are here."
    assert status.state.text() == "Loading Large: 420,000 of 1,000,000 files"
    desk.store.load_vault(Snapshot(vault="large", seq=9, folders=[("Jobs", 1_000_000)], locks=[]))
    desk.store.load_goes_on(None)
    desk.store.connect(Connection(phase=Phase.IN_STEP, since=sample.NOW))
    assert status.state.text() == "In step"
    assert page.empty.title.text() == "No files directly in this folder"


def test_of_a_small_vault_no_numbers_flicker(make_desk: Callable[[Store], Desk]) -> None:
    desk = loading_desk(make_desk)
    desk.store.load_goes_on(Loading(vault="large", files=200, of=9_999))
    assert desk.window.status.state.text() == "Catching up"
    assert desk.window.page.empty.text.text() == "Its files show as soon as all are here."


def test_a_connection_that_breaks_while_a_vault_is_read_is_said(make_desk: Callable[[Store], Desk]) -> None:
    desk = loading_desk(make_desk)
    desk.store.load_goes_on(Loading(vault="large", files=420_000, of=1_000_000))
    desk.store.connect(Connection(phase=Phase.OFFLINE, since=sample.NOW))
    assert desk.window.status.state.text().startswith("Offline since")
    assert desk.window.page.empty.title.text() == "This folder was never opened here"
