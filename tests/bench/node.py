"""The hub with its real socket, store and log, and nothing beside it that costs: what `fan_out` measures.

`python -m tests.bench.node FOLDER COUNT` puts so many people into a store there, each signed in on a seat, writes their
tokens to FOLDER/tokens.json, prints its port, and passes each line on as a hint: the seq that the vault has come to.
"""

import asyncio
import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from server import log
from server.bus.base import VaultHint
from server.config import load
from server.serving.process import run
from tests.support.crowd import sign_in_many
from tests.support.shop import NOW, open_shop

VAULT = "mill"


class Vault:
    """The node's vault, written to from another process: what a change costs is not what is measured."""

    def __init__(self, folder: Path) -> None:
        path = load(flags={"data": folder}, environment={}, file=None).database.removeprefix("sqlite:///")
        self._database = closing(sqlite3.connect(path, isolation_level=None))
        self._seq = 0

    def __enter__(self) -> Self:
        self._connection = self._database.__enter__()
        return self

    def __exit__(self, *why: object) -> None:
        self._database.__exit__(*why)

    def happen(self, data: str) -> int:
        """One event with that data (JSON), committed. Its seq."""
        self._seq += 1
        self._connection.execute("BEGIN IMMEDIATE")
        row = (VAULT, self._seq, "file_locked", int(NOW.timestamp() * 1e6), data)
        self._connection.execute("INSERT INTO event (vault, seq, type, at, data) VALUES (?, ?, ?, ?, ?)", row)
        self._connection.execute("UPDATE vault SET seq = ? WHERE id = ?", (self._seq, VAULT))
        self._connection.execute("COMMIT")
        return self._seq


async def main(folder: Path, count: int) -> None:
    """Serve until standard input ends."""
    async with open_shop(folder, direct=True, presence_window=0.5) as shop:
        await shop.vault(VAULT)
        tokens = await sign_in_many(shop.store, shop.tokens, count)
        await asyncio.to_thread((folder / "tokens.json").write_text, json.dumps(tokens), encoding="utf-8")
        lines = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
        print(urlsplit(shop.url).port, flush=True)
        while line := await lines.readline():
            await shop.bus.publish(VaultHint(VAULT, int(line)))


if __name__ == "__main__":
    log.configure(level="info")
    run(main(Path(sys.argv[1]), int(sys.argv[2])))
