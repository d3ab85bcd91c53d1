"""Of what a server may be told to use, it loads only what it was told: none of it where it was told nothing."""

from pathlib import Path

from tests.support.client import PASSWORD, signed_in
from tests.support.server import RealServer, real_server

CHOSEN = {"asyncpg", "redis", "obstore"}
"""The drivers of PostgreSQL, of Redis and of buckets."""
OURS = {f"server.{name}" for name in ("storage.store_postgres", "bus.redis", "storage.blobs_s3", "storage.growing_s3")}
"""Our own modules that speak to them."""


def loaded(server: RealServer) -> set[str]:
    """Every module that its process has loaded, as Python itself says it."""
    lines = (line for line in server.log_text.splitlines() if line.startswith("import time:"))
    return {line.rpartition("|")[2].strip() for line in lines}


async def test_a_server_that_was_told_of_no_other_engine_loads_none(tmp_path: Path) -> None:
    with real_server(tmp_path, settings={"PYTHONPROFILEIMPORTTIME": "1"}) as server:
        server.add_person("Ada", PASSWORD)
        async with signed_in(server.address, "Ada") as ada, ada.listen() as ear:
            await ear.greeted()
            await ear.resume()
            vault = await ada.vault()
            added = await ada.add(vault, "a.nc")
            await ear.event(seq=added.seq)
            await ada.check_in(await ada.check_out(added.file.id), b"G1\n")
            assert await ada.content(added.file.id) == b"G1\n"
            await ada.tree(vault)
        assert server.stop() == 0
        modules = loaded(server)
    assert {"server.storage.store_sqlite", "server.storage.blobs_disk", "server.bus.memory"} <= modules
    assert not {name for name in modules if name.partition(".")[0] in CHOSEN} | (modules & OURS)
