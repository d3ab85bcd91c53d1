"""A database that was copied away while its server ran, and back: what only a seat has is not dropped (N19)."""

import sqlite3
from contextlib import closing
from pathlib import Path

from pdm_desktop.core import requests
from tests.support.client import Client, signed_in
from tests.support.meanwhile import in_step, turns
from tests.support.seat_parts import workplace
from tests.support.server import RealServer

FIRST, MINE, OTHER, LATER = b"G0 X0\n" * 40, b"G1 X1 of before\n" * 50, b"G2 X2 anew\n" * 60, b"G3 X3\n" * 70


async def test_a_revision_that_only_a_seat_has_is_kept(
    own_server: RealServer, anna_at_own: Client, tmp_path: Path
) -> None:
    anna = anna_at_own
    database, noon = own_server.data / "vault.sqlite3", tmp_path / "noon.sqlite3"
    async with signed_in(own_server.address, "Tomas") as tomas:
        file = (await anna.add(await anna.vault(), "Jobs/plate.nc", FIRST)).file
        with closing(sqlite3.connect(database)) as live, closing(sqlite3.connect(noon)) as copy:
            live.backup(copy)
        await anna.check_in(await anna.check_out(file.id), MINE)
        async with workplace(anna, tmp_path) as place:
            await place.do(requests.GetLatest(files=(file.id,)))
            await in_step(place, anna)
            assert own_server.stop() == 0
            for ending in ("-wal", "-shm"):
                database.with_name(database.name + ending).unlink(missing_ok=True)
            database.write_bytes(noon.read_bytes())  # as `cp` does it
            own_server.start()
            await anna.sign_in_again()
            await tomas.sign_in_again()
        async with workplace(anna, tmp_path) as place:
            await in_step(place, anna)
            await turns(place)
            path = place.root / "Production" / file.path
            await tomas.check_in(await tomas.check_out(file.id), OTHER)
            await in_step(place, anna)
            await turns(place)
            shown = path.read_bytes()
            await tomas.check_in(await tomas.check_out(file.id), LATER)
            await in_step(place, anna)
            await turns(place)
            everywhere = [path.read_bytes(), *place.kept()]
            assert MINE in everywhere, "Rev 1.1 of before was here alone, and is nowhere now"
            assert shown == OTHER, "Rev 1.1 is shown as here and in step, and what is here is another Rev 1.1"
