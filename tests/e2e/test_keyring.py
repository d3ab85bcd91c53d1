"""The sign-in in a real keyring: kept over a restart, gone after signing out; without a keyring said plainly."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import SAM, MakeSeat
from tests.support import desktop
from tests.support.desktop import Session, wait_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="gnome-keyring and D-Bus are Linux's")


@pytest.fixture
def keyring(tmp_path: Path) -> Iterator[Session]:
    home = tmp_path / "home"
    home.mkdir()
    with desktop.session(home, display=False, stand_in=False, keyring=True) as session:
        session.environment["QT_QPA_PLATFORM"] = "offscreen"
        yield session


ENTRIES = """
import secretstorage

def attributes(item):
    try:
        return sorted(item.get_attributes().items())
    except secretstorage.exceptions.SecretStorageException:
        return []  # it went while the others were read

connection = secretstorage.dbus_init()
print([attributes(each) for each in secretstorage.get_default_collection(connection).get_all_items()])
"""


def entries(session: Session) -> str:
    """What the keyring has of this program: the attributes of each entry."""
    return session.run(sys.executable, "-c", ENTRIES).stdout


def test_a_restart_does_not_ask_again_and_signing_out_removes_the_token(seat: MakeSeat, keyring: Session) -> None:
    sam = seat(SAM, environment=keyring.environment, stay=True)
    assert sam.do("status")["kept"]
    assert SAM in entries(keyring)
    token_files = [each for each in sam.data.rglob("*") if each.is_file() and b"eyJ" in each.read_bytes()]
    assert not token_files, "the token is in the keyring and in no file"
    sam.stop()

    sam.start()
    sam.do("in_step")
    assert sam.do("status")["person"] == SAM

    sam.do("sign_out")
    wait_for(lambda: SAM not in entries(keyring), "the end of the entry in the keyring")
    sam.stop()
    sam.start()
    assert sam.do("status")["signing_in"]


def test_a_locked_keyring_is_said_plainly_and_the_sign_in_lasts_for_this_run(seat: MakeSeat, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with desktop.session(home, display=False, stand_in=False) as session:
        session.environment["QT_QPA_PLATFORM"] = "offscreen"
        sam = seat(SAM, environment=session.environment, stay=True)
        status = sam.do("status")
        assert status["phase"] == "IN_STEP"
        assert status["kept"] is False
        assert any("keyring" in words or "safe place" in words for words in sam.do("troubles"))
