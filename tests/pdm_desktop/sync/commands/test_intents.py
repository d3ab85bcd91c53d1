"""What was begun, in its order."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from pdm_desktop.core.sightings import Sightings
from pdm_desktop.sync.commands.intents import Intents
from pdm_desktop.sync.intent import Kind
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.ports import Vault
from pdm_desktop.sync.workspace import Workspace


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / "journal.sqlite3")
    yield made
    made.close()


def test_a_lock_that_is_given_back_ends_the_check_outs_before_it_and_none_after_it(journal: Journal) -> None:
    nobody = cast("Vault", None), cast("Workspace", None)
    intents = Intents(*nobody, journal, sightings=Sightings(), seat="seat-7")
    before = intents.begin(Kind.CHECK_OUT, "f1", "plate.nc", message="first")
    undo = intents.begin(Kind.UNDO, "f1", "plate.nc", token=1)
    after = intents.begin(Kind.CHECK_OUT, "f1", "plate.nc", message="again")
    intents.drop("f1", before=undo)
    assert [each.key for each in journal.unfinished()] == [undo.key, after.key]
    intents.drop("f1")
    assert [each.key for each in journal.unfinished()] == [undo.key]
    assert before.key != after.key
