"""Names as a Mac or an archive makes them: `ä` of two characters. The vault has one, and so has the workspace."""

import sys
import uuid
from pathlib import Path
from unicodedata import normalize

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.errors import Unreachable
from pdm_desktop.core.results import Outcome
from pdm_desktop.core.strangers import Stranger
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.events import StrangersSeen
from server.protocol.calls import AddFile, FileState
from tests.support.client import Client
from tests.support.meanwhile import in_step
from tests.support.one_file import WORK
from tests.support.seat_parts import Workplace, workplace

NAME = normalize("NFC", "Plättchen.nc")

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="its file system takes both for one name")


def source_in(root: Path, folder: str) -> Path:
    source = root / "Production" / folder / normalize("NFD", NAME)
    source.parent.mkdir(parents=True)
    source.write_bytes(WORK)
    return source


def strangers(place: Workplace) -> tuple[Stranger, ...]:
    return next((event.files for event in reversed(place.events) if isinstance(event, StrangersSeen)), ())


async def is_known(place: Workplace, client: Client, folder: str) -> None:
    """There is one file, with the vault's spelling, and it is the copy."""
    await in_step(place, client)
    await place.engine.scan()
    assert strangers(place) == ()
    path = place.root / "Production" / folder / NAME
    assert [each.name for each in path.parent.iterdir()] == [NAME]
    assert path.read_bytes() == WORK
    assert [copy.path for copy in place.journal.copies()] == [f"{folder}/{NAME}"]


async def test_a_file_with_such_a_name_is_added_and_gets_the_vaults_spelling(place: Workplace, anna: Client) -> None:
    folder = f"Jobs/{uuid.uuid4().hex}"
    source = source_in(place.root, folder)
    asked = requests.AddFiles(vault=await anna.vault(), folder=folder, sources=(str(source),))
    assert (await place.one(asked)).outcome is Outcome.DONE
    await is_known(place, anna, folder)


async def test_so_does_a_folder_with_such_a_name(place: Workplace, anna: Client) -> None:
    folder = f"Jobs/{uuid.uuid4().hex} {normalize('NFC', 'Müller')}"
    source = source_in(place.root, normalize("NFD", folder))
    asked = requests.AddFiles(vault=await anna.vault(), folder=folder, sources=(str(source),))
    assert (await place.one(asked)).outcome is Outcome.DONE
    await is_known(place, anna, folder)


class Unheard(VaultCalls):
    """The answer to the first addition is lost."""

    was = False

    def __init__(self, inner: VaultCalls) -> None:
        self._http = inner._http

    async def add(self, vault: str, body: AddFile, key: str) -> FileState:
        answer = await super().add(vault, body, key)
        if not self.was:
            self.was = True
            raise Unreachable("No answer came.")
        return answer


async def test_so_does_one_whose_answer_was_lost(anna: Client, tmp_path: Path) -> None:
    folder = f"Jobs/{uuid.uuid4().hex}"
    async with workplace(anna, tmp_path, around=Unheard) as place:
        source = source_in(place.root, folder)
        await place.do(requests.AddFiles(vault=await anna.vault(), folder=folder, sources=(str(source),)))
        await place.engine.go_on()
        await is_known(place, anna, folder)


async def test_another_file_that_has_the_vaults_spelling_here_stays(place: Workplace, anna: Client) -> None:
    folder = f"Jobs/{uuid.uuid4().hex}"
    source = source_in(place.root, folder)
    other = source.with_name(NAME)
    other.write_bytes(b"my own\n")
    asked = requests.AddFiles(vault=await anna.vault(), folder=folder, sources=(str(source),))
    assert (await place.one(asked)).outcome is Outcome.DONE
    assert (source.read_bytes(), other.read_bytes()) == (WORK, b"my own\n")
    assert place.journal.copies() == []
