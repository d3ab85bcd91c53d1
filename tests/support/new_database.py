"""A SQLite file with this version's tables and nothing in it, in a moment: to make one takes longer than most tests."""

import tempfile
from pathlib import Path

from server.storage.store import Store

_made: list[bytes] = []
"""What is in one, made once for each process."""


async def new_store(place: Path) -> Store:
    """A store in that file. What is there already stays, as for a server that starts again."""
    if not _is_there(place):
        await put_new_database(place)
    return await Store.open(url_of(place))


async def put_new_database(place: Path) -> None:
    """Such a file is there, instead of whatever was."""
    if not _made:
        await _make()
    _write(place, _made[0])


def url_of(place: Path) -> str:
    """How a store is told of that file."""
    return f"sqlite:///{place.as_posix()}"


async def _make() -> None:
    with tempfile.TemporaryDirectory(prefix="pdm-database-") as folder:
        place = Path(folder, "new.sqlite3")
        await (await Store.open(url_of(place))).close()
        _made.append(_read(place))


def _is_there(place: Path) -> bool:
    return place.exists()


def _read(place: Path) -> bytes:
    return place.read_bytes()


def _write(place: Path, content: bytes) -> None:
    place.write_bytes(content)
