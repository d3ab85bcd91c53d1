"""The window is painted from what this computer knows, before anything that talks to the network is loaded."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pdm_desktop import config
from pdm_desktop.cache.cache import Cache, cache_file
from pdm_desktop.config import Config, Person
from server.protocol.calls import TreeHead
from server.protocol.vault import Vault
from server.protocol.wire import plain
from tests.support.facts import file

ROOT = Path(__file__).resolve().parents[3]
ASKING, REMEMBERED = 203, 196
"""Modules of our own that a first window may need: the one that asks who this is, and that of files. Each costs a start
half a millisecond or more; what needs another one says why it cannot wait.
"""
SERVER, ADDRESS = "works", "http://127.0.0.1:9"
EMPTY: dict[str, object] = {
    "loaded": [],
    "vaults": [],
    "true_at": None,
    "searches_garbage_anywhere": False,
    "signing_in": False,
}
PROGRAM = """
import gc, json, sys
from pdm_desktop.app.options import parse
from pdm_desktop.app.start import start

def began(program):
    def painted():
        late = ["httpx", "websockets", "keyring", "truststore", "pdm_desktop.sync", "pydantic"]
        late += ["http.client", "email", "pdm_desktop.ui.admin", "pdm_desktop.ui.dashboard", "annotated_types"]
        windows = ["checkin.check_in", "checkin.check_out", "checkin.result", "conflicts.decision", "handover.request"]
        windows += ["hearing", "legend", "parked.window", "queue.window", "recovery.window", "watches"]
        late += [f"pdm_desktop.ui.{name}" for name in windows]
        store = program.store
        print(json.dumps({
            "loaded": [name for name in late if name in sys.modules],
            "vaults": [vault.name for vault in store.vaults.values()],
            "true_at": store.connection.in_step_until and store.connection.in_step_until.isoformat(),
            "searches_garbage_anywhere": gc.isenabled(),
            "modules": sum(name.startswith(("pdm_desktop", "server", "resources")) for name in sys.modules),
            "signing_in": program.face.sign_in is not None,
        }), flush=True)
        program.quit()
    program.face.painted.connect(painted)

sys.exit(start(parse(sys.argv[1:]), began=began))
"""


def first_paint(data: Path, *, most: int = REMEMBERED) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "--data", str(data), "--workspace", str(data / "workspace")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[0])
    assert told.pop("modules") <= most
    return told


def test_the_sign_in_window_needs_no_network(tmp_path: Path) -> None:
    assert first_paint(tmp_path, most=ASKING) == EMPTY | {"signing_in": True}


@pytest.fixture
def remembered(tmp_path: Path) -> Path:
    """The data folder of somebody who was here before."""
    anna = Person(server=SERVER, address=ADDRESS, name="Anna", seat="s")
    config.save(tmp_path, Config(server=SERVER, name="Anna", kept=True, people=(anna,)))
    cache = Cache(cache_file(tmp_path, SERVER, "Anna"))
    cache.put_vaults("e", [Vault(id="v", name="Production", role="editor", seq=1)])
    cache.begin_snapshot()
    cache.add_to_snapshot(msgspec.json.encode(plain(file())))
    cache.finish_snapshot(TreeHead(epoch="e", vault="v", seq=1, files=1))
    cache.close()
    return tmp_path


def test_the_files_are_shown_from_the_cache(remembered: Path) -> None:
    assert first_paint(remembered) == EMPTY | {"vaults": ["Production"]}


def test_they_are_shown_with_the_time_at_which_they_were_true(remembered: Path) -> None:
    friday = datetime(2026, 11, 20, 16, 40, tzinfo=UTC)
    cache = Cache(cache_file(remembered, SERVER, "Anna"))
    cache.mark(friday)
    cache.close()
    assert first_paint(remembered)["true_at"] == friday.isoformat()
