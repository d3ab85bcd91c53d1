"""A vault with as many files as wanted, put straight into the database of a server that does not run.

`python -m tests.bench.million FOLDER --files N` fills the vault Production of the data folder FOLDER, which it makes
when there is none. Everything comes from one seed: the same files on every run, with names as a machine shop has them.
Their contents are not there: they can be listed, checked out and held, not fetched.
"""

import argparse
import asyncio
import itertools
import random
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from blake3 import blake3

from server.app import FIRST_VAULT
from server.config import DATABASE, load
from server.protocol.names import same_key
from server.services.beginning import begin
from server.storage.store import Store

MILLION = 1_000_000
LARGEST = 5_000
"""Files in the largest folder; a small vault has the twentieth part of its files there."""
SEED = 1
BEGAN = datetime(2006, 1, 9, 6, 0, tzinfo=UTC)
YEARS = 20
_A_DAY = timedelta(days=1)
_SECONDS = YEARS * 365 * 86_400
_POSTED = "Posted programs"
_AT_ONCE = 20_000
"""Rows in one go."""
_HELD = 500
"""Every file of so many is held by somebody."""
_CUSTOMERS = [
    f"{name} {trade}"
    for name in ("Alder", "Brandt", "Corvin", "Dahl", "Egger", "Faber", "Halvorsen", "Kessler", "Lindgren", "Morel")
    for trade in ("Hydraulics", "Pumps", "Gearboxes", "Aerospace", "Medical", "Tooling")
]
_PARTS = (
    ("Manifold block", "block"), ("End cap", "end-cap"), ("Valve body", "body"), ("Bracket", "bracket"),
    ("Bearing housing", "housing"), ("Drive shaft", "shaft"), ("Flange", "flange"), ("Impeller", "impeller"),
    ("Clamp jaw", "jaw"), ("Piston", "piston"), ("Cover plate", "cover"), ("Spindle nose", "nose"),
)  # fmt: skip
_OF_A_PART = (
    ("{part}.mcam", 24_000_000), ("{part}-op10.nc", 180_000), ("{part}.step", 2_400_000), ("{part}-setup.pdf", 340_000),
    ("{part}-op20.nc", 140_000), ("{part}.dxf", 90_000), ("Fixtures/{part}-soft-jaws.step", 700_000),
    ("Inspection/{part}-first-piece.csv", 12_000), ("{part}-op30.nc", 60_000), ("{part}-tools.csv", 6_000),
    ("Fixtures/{part}-soft-jaws.mcam", 8_000_000), ("{part}-op40-deburr.nc", 30_000), ("{part}-stock.stl", 1_200_000),
    ("Inspection/{part}-cmm.prg", 75_000), ("Quotes/{part}-rev-b.xlsx", 48_000), ("{part}-op50-engrave.nc", 9_000),
    ("Photos/{part}-setup-1.jpg", 3_100_000), ("Photos/{part}-setup-2.jpg", 3_000_000), ("{part}-notes.txt", 900),
    ("Fixtures/{part}-plate.dxf", 120_000),
)  # fmt: skip
_COMMENTS = ("First piece approved", "Feeds after the tool change", "Stock 2 mm longer", "Drawing revision C")
_PEOPLE = [f"{first} {last}" for first in ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gro", "Hal")
           for last in ("Arden", "Bloch", "Castell", "Duran", "Ek")]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ShopFile:
    """One file with its newest revision, all of which is made up."""

    path: str
    size: int
    major: int
    minor: int
    author: int
    """Which of the people."""
    at: datetime
    comment: str | None


def shop_files(count: int, seed: int = SEED) -> Iterator[ShopFile]:
    """So many files, no path twice, in the order in which they came into the vault: not that of their paths."""
    dice = random.Random(seed)
    for number, (path, size) in enumerate(islice(_paths(count, dice), count)):
        minor = dice.randrange(6)
        yield ShopFile(
            path=path,
            size=dice.randrange(size // 2, size * 2),
            major=dice.choice((1, 1, 1, 2, 2, 3)),
            minor=minor,
            author=dice.randrange(len(_PEOPLE)),
            at=BEGAN + timedelta(seconds=number * _SECONDS // count),
            comment=dice.choice(_COMMENTS) if minor else None,
        )


def _paths(count: int, dice: random.Random) -> Iterator[tuple[str, int]]:
    """Paths without end, each with a usual size: the large folder, and part after part."""
    for number in range(min(LARGEST, count // 20)):
        yield f"{_POSTED}/O{number + 1000:05}.nc", 90_000
    most = len(_OF_A_PART)
    in_a_year = max(1, count * 4 // (3 * most * YEARS))  # a part has three quarters of them, more or less
    for number in itertools.count():
        year = BEGAN.year + number // in_a_year
        name, short = dice.choice(_PARTS)
        folder = f"Customers/{dice.choice(_CUSTOMERS)}/{year}/{number + 1000} {name}"
        for suffix, size in _OF_A_PART[: dice.randrange(most // 2, most) + 1]:
            yield f"{folder}/{suffix.format(part=f'{number + 1000}-{short}')}", size


async def fill(data: Path, count: int, seed: int = SEED) -> str:
    """Put so many files into the first vault of a server that does not run; its id. The vault must be empty.

    The people who made them cannot sign in.
    """
    config = load(flags={"data": data}, environment={}, file=None)
    await asyncio.to_thread(data.mkdir, parents=True, exist_ok=True)
    store = await Store.open(config.database)
    try:
        await store.write(lambda connection: begin(connection, vault_name=FIRST_VAULT, at=datetime.now(UTC)))
    finally:
        await store.close()
    return await asyncio.to_thread(_fill, data / DATABASE, count, seed)


def _fill(database: Path, count: int, seed: int) -> str:
    connection = sqlite3.connect(database, isolation_level=None)
    try:
        for pragma in ("synchronous = OFF", "cache_size = -400000", "foreign_keys = OFF"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN IMMEDIATE")
        vault: str = connection.execute("SELECT id FROM vault WHERE name = ?", [FIRST_VAULT]).fetchone()[0]
        assert connection.execute("SELECT count(*) FROM file WHERE vault = ?", [vault]).fetchone() == (0,), (
            f"the vault {FIRST_VAULT} has files already"
        )
        _put_people(connection)
        indexes = _without_indexes(connection)
        _put_files(connection, vault, shop_files(count, seed))
        for index in indexes:
            connection.execute(index)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
    return vault


def _without_indexes(connection: sqlite3.Connection) -> list[str]:
    """Drop the indexes of what is filled; they are made at once afterwards. What makes them."""
    wanted = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN (?, ?)"
    found = connection.execute(wanted, ["file", "revision"]).fetchall()
    for name, _ in found:
        connection.execute(f"DROP INDEX {name}")
    return [sql for _, sql in found]


def _put_people(connection: sqlite3.Connection) -> None:
    made = _moment(BEGAN)
    connection.executemany(
        "INSERT INTO person (id, name, name_key, administrator, made, inbox_number, inbox_seen, looked_at)"
        " VALUES (?, ?, ?, 0, ?, 0, 0, ?)",
        [(f"shop-{number}", name, same_key(name), made, made) for number, name in enumerate(_PEOPLE)],
    )
    connection.executemany(
        "INSERT INTO seat (id, person, computer, system, version, last_contact)"
        " VALUES (?, ?, ?, 'Windows', '0.1.0', ?)",
        [(f"shop-seat-{number}", f"shop-{number}", f"CAM-{number:02}", made) for number in range(len(_PEOPLE))],
    )


def _put_files(connection: sqlite3.Connection, vault: str, files: Iterator[ShopFile]) -> None:
    contents = []
    for start in itertools.count(0, _AT_ONCE):
        piece = [(_id(number), each) for number, each in enumerate(islice(files, _AT_ONCE), start)]
        if not piece:
            break
        hashes = [blake3(each.path.encode()).hexdigest() for _, each in piece]
        contents += [(hash_, each.size, _moment(each.at)) for hash_, (_, each) in zip(hashes, piece, strict=True)]
        _put(connection, vault, piece, hashes, start)
    contents.sort()
    connection.executemany("INSERT INTO blob (hash, size, arrived) VALUES (?, ?, ?)", contents)


def _put(
    connection: sqlite3.Connection, vault: str, piece: list[tuple[str, ShopFile]], hashes: list[str], start: int
) -> None:
    connection.executemany(
        "INSERT INTO file (id, vault, path, path_key, major, minor, token) VALUES (?, ?, ?, ?, ?, ?, 1)",
        [(id_, vault, each.path, same_key(each.path), each.major, each.minor) for id_, each in piece],
    )
    connection.executemany(
        "INSERT INTO revision (file, major, minor, size, hash, author, at, comment) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (id_, each.major, each.minor, each.size, hash_, f"shop-{each.author}", _moment(each.at), each.comment)
            for hash_, (id_, each) in zip(hashes, piece, strict=True)
        ],
    )
    connection.executemany(
        "INSERT INTO lock (file, person, seat, since, token) VALUES (?, ?, ?, ?, 1)",
        [
            (id_, f"shop-{each.author}", f"shop-seat-{each.author}", _moment(each.at + _A_DAY))
            for number, (id_, each) in enumerate(piece, start)
            if number % _HELD == 0
        ],
    )


def _id(number: int) -> str:
    """As `new_id` makes them: neighbours in time are neighbours, and the rest is any."""
    return f"{1_136_786_400_000 + number * 1000:011x}{blake3(b'%d' % number).hexdigest(6)}"


def _moment(at: datetime) -> int:
    """How the database keeps a time: microseconds since 1970."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def main() -> None:
    """Fill the folder that is named."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.million", description=__doc__)
    parser.add_argument("folder", type=Path, help="the data folder of a server that does not run")
    parser.add_argument("--files", type=int, default=MILLION, help="so many")
    arguments = parser.parse_args()
    vault = asyncio.run(fill(arguments.folder, arguments.files))
    print(f"{arguments.files} files are in the vault {FIRST_VAULT} ({vault}) of {arguments.folder}.")


if __name__ == "__main__":
    main()
