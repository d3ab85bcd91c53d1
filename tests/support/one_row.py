"""A store that shows one folder of one file."""

from pdm_desktop.state.account import Account, Connection, Phase
from pdm_desktop.state.listing import Kind, View
from pdm_desktop.state.locks import HeldFile
from pdm_desktop.state.snapshot import Snapshot
from pdm_desktop.state.store import Store
from server.protocol.vault import File, Vault
from tests.support.facts import NOW, file

ME = Account(
    person="Anna Novak",
    administrator=False,
    server="works",
    address="https://pdm.example",
    server_name="Works",
    seat="seat-2",
    computer="CAM-02",
)
VAULT = Vault(id="v", name="Production", role="editor", seq=0)
JOBS = View(kind=Kind.FOLDER, vault="v", folder="Jobs")


def new_store() -> Store:
    store = Store(clock=lambda: NOW)
    store.sign_in(ME)
    store.load_vaults([VAULT])
    store.connect(Connection(phase=Phase.IN_STEP, since=NOW))
    return store


def with_one_row(held: File | None = None) -> Store:
    store = new_store()
    shown_file = held or file()
    locks = [HeldFile(vault="v", file="f1", path=shown_file.path, lock=shown_file.lock)] if shown_file.lock else []
    store.load_vault(Snapshot(vault="v", seq=0, folders=[("Jobs", 1)], locks=locks))
    reading = store.begin_listing(JOBS)
    store.load_listing(reading, [("v", shown_file)], seqs={"v": 0})
    return store
