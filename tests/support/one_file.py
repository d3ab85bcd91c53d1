"""One file of a vault in a test's workspace: added, edited, and where it lies."""

import uuid
from pathlib import Path

from pdm_desktop.core import requests
from pdm_desktop.core.issues import Conflict
from pdm_desktop.core.results import Outcome
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.seat_parts import Workplace

FIRST, WORK = b"G0 X0 Y0\n" * 40, b"what the person saved\n"
"""Rev 1.0, and what becomes of it on this computer."""


async def added(client: Client, name: str = "plate.nc") -> File:
    """A new file of the vault that no other test knows."""
    return (await client.add(await client.vault(), f"Jobs/{uuid.uuid4().hex}/{name}", FIRST)).file


async def revised(client: Client, file: File, content: bytes) -> None:
    """The client checks a file out, and in with other content."""
    await client.check_in(await client.check_out(file.id), content)


def on_disk(place: Workplace, file: File) -> Path:
    """Where its copy belongs."""
    return place.root / "Production" / file.path


async def edited(place: Workplace, file: File, content: bytes = WORK) -> Path:
    """Checked out here, and saved."""
    assert (await place.one(requests.CheckOut(files=(file.id,)))).outcome is Outcome.DONE
    path = on_disk(place, file)
    path.write_bytes(content)
    return path


def force(path: Path, content: bytes) -> None:
    """Save what is read-only, as some people do."""
    path.chmod(0o600)
    path.write_bytes(content)


def conflict_of(place: Workplace) -> Conflict:
    """The two versions that the engine asks about."""
    (issue,) = place.issues()
    assert isinstance(issue, Conflict)
    return issue


def unfinished_files(root: Path) -> list[Path]:
    """What has come to a workspace and got no place yet."""
    return list((root / ".pdm-desktop" / "unfinished").iterdir())


def remove(path: Path) -> None:
    """Somebody deletes a copy; on Windows whoever does that to a read-only one says so first."""
    path.chmod(0o600)
    path.unlink()
