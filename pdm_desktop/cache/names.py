"""The names of a part's files in blocks of text, through which a search runs: a million of them in some 20 ms.

Each row of the table is a block: the names of some rows that follow each other, casefolded, each on a line. A block is
never changed, nor is the name of a row. A file that is deleted or renamed leaves its line behind, and no row to it; one
that came later has a row behind all blocks, and is found by that until there are enough of them for a block.
"""

import sqlite3
from collections.abc import Generator, Sequence
from contextlib import closing

LATER = 4_000
"""So many rows behind the blocks become a block: each of them costs a search many times as much as a line."""
_END = b"\n"


class Names:
    """The names of one part. What changes them belongs into a transaction. Methods raise sqlite3.Error."""

    def __init__(self, connection: sqlite3.Connection, *, files: str, names: str) -> None:
        """The tables of the files and of their names."""
        self._connection = connection
        self._files = files
        self._names = names

    def begin(self) -> None:
        """Make the table."""
        # `last` stands before the names: who wants to know it alone does not read them.
        self._connection.execute(
            f"CREATE TABLE {self._names} (first INTEGER PRIMARY KEY, last INTEGER NOT NULL, names BLOB NOT NULL)"
        )

    def drop(self) -> None:
        """Have them no longer."""
        self._connection.execute(f"DROP TABLE {self._names}")

    def last(self) -> int:
        """The last row whose name is in a block."""
        newest = f"SELECT last FROM {self._names} ORDER BY first DESC LIMIT 1"  # noqa: S608 - the name of a table
        found: tuple[int] | None = self._connection.execute(newest).fetchone()
        return 0 if found is None else found[0]

    def add(self, first: int, names: Sequence[str]) -> None:
        """The names of rows that follow each other; an empty one stands for a row that there is not."""
        text = "\n".join(names)
        if text.count("\n") >= len(names):  # the server's rule for names has no such one
            text = "\n".join(name.replace("\n", " ") for name in names)
        self._connection.execute(
            f"INSERT INTO {self._names} VALUES (?, ?, ?)",  # noqa: S608 - the name of a table
            (first, first + len(names) - 1, text.casefold().encode("utf-8", "surrogatepass")),
        )

    def gather(self) -> None:
        """Make a block of what came later, when that is enough."""
        first = self.last() + 1
        later = f"SELECT row, name FROM {self._files} WHERE row >= ? ORDER BY row"  # noqa: S608 - the name of a table
        last = f"SELECT max(row) FROM {self._files}"  # noqa: S608 - the name of a table
        (newest,) = self._connection.execute(last).fetchone()
        if newest is None or newest - first < LATER:
            return
        names = [""] * (newest - first + 1)
        for row, name in self._connection.execute(later, [first]):
            names[row - first] = name
        self.add(first, names)

    def rows_with(self, text: str) -> Generator[int]:
        """The rows in whose names a casefolded text stands, in their order, and some that there are no more."""
        wanted = text.replace("\n", " ").encode("utf-8", "surrogatepass")
        everything = (
            f"SELECT first, names, 1 FROM {self._names} UNION ALL"  # noqa: S608 - names of tables
            f" SELECT row, name, 0 FROM {self._files}"
            f" WHERE row > coalesce((SELECT last FROM {self._names} ORDER BY first DESC LIMIT 1), 0)"
        )
        with closing(self._connection.execute(everything)) as found:
            for first, names, is_block in found:
                if is_block:
                    yield from _rows_in(names, first, wanted)
                elif text in names.casefold():
                    yield first


def _rows_in(names: bytes, first: int, wanted: bytes) -> Generator[int]:
    """The rows of a block on whose lines something stands."""
    place, row, counted = names.find(wanted), first, 0
    while place >= 0:
        row += names.count(_END, counted, place)
        yield row
        counted = names.find(_END, place)
        place = -1 if counted < 0 else names.find(wanted, counted)
