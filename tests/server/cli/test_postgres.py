"""A server whose database is in PostgreSQL: it goes through a restart, and a database brought back has a new epoch."""

import asyncio
import sys
from pathlib import Path

import pytest

from server.__main__ import main
from server.cli.trouble import Exit
from tests.support.client import PASSWORD, Refusal, signed_in
from tests.support.postgres import Postgres
from tests.support.server import RealServer, real_server
from tests.support.waiting import wait_for, wait_for_async

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Debian's PostgreSQL runs on Linux")


def on(url: str) -> dict[str, str]:
    return {"PDM_DATABASE_URL": url}


def epochs(server: RealServer) -> list[str]:
    """Why new ones have begun."""
    return [line["reason"] for line in server.log_lines if line["event"] == "new_epoch"]


async def test_a_restart_of_postgresql_stops_nobody(own_postgres: Postgres, tmp_path: Path) -> None:
    with real_server(tmp_path, settings=on(own_postgres.database())) as server:
        server.add_person("Anna", PASSWORD)
        async with signed_in(server.address, "Anna") as anna, anna.listen() as ear:
            await ear.greeted()
            vault = await anna.vault()
            await ear.resume(**{vault: 0})
            added = await anna.add(vault, "a.nc", b"G0\n")
            own_postgres.kill()
            with pytest.raises(Refusal, match="not_ready"):
                await anna.check_out(added.file.id)
            await asyncio.to_thread(wait_for, lambda: "hub_step_failed" in server.log_text)  # its look each second
            own_postgres.start()

            async def is_back() -> bool:
                try:
                    await anna.tree(vault)
                except Refusal:
                    return False
                return True

            await wait_for_async(is_back)
            held = await anna.check_out(added.file.id)
            assert held.file.lock is not None
            assert (await ear.event(seq=held.seq)).seq == added.seq + 1  # the same connection, which has missed nothing
            assert (await anna.check_in(held, b"G1\n")).file.head.minor == 1
        assert server.stop() == 0
        assert epochs(server) == []
        assert "secret" not in server.log_text


def test_backup_and_restore_do_no_half_of_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    settings = tmp_path / "pdm.toml"
    settings.write_text('database_url = "postgresql://pdm:secret@db.example.com/pdm"\n')
    for command in ("backup", "restore"):
        folder = tmp_path / command
        words = [command, str(folder), "--data", str(tmp_path / "data"), "--config", str(settings)]
        assert main(words) == Exit.TROUBLE
        refused = capsys.readouterr().err
        assert "pg_dump" in refused
        assert "secret" not in refused
        assert not folder.exists()


@pytest.mark.full
async def test_a_database_that_was_brought_back_begins_a_new_epoch(postgres: Postgres, tmp_path: Path) -> None:
    first = postgres.database()
    with real_server(tmp_path, settings=on(first)) as server:
        server.add_person("Anna", PASSWORD)
        busy = server.run("epoch", check=False)
        assert busy.returncode == Exit.IN_USE
        await asyncio.to_thread(server.restart)
        assert epochs(server) == []
        await asyncio.to_thread(server.stop)
        (tmp_path / "dumps").mkdir(mode=0o777)
        postgres.dump(first, tmp_path / "dumps" / "pdm.dump")
        second = postgres.bring_back(tmp_path / "dumps" / "pdm.dump")
    with real_server(tmp_path, settings=on(second)) as server:
        assert len(epochs(server)) == 1
        async with signed_in(server.address, "Anna"):
            pass
        await asyncio.to_thread(server.restart)
        assert len(epochs(server)) == 1
        await asyncio.to_thread(server.stop)
        assert "next start begins a new epoch" in server.run("epoch").stdout
        await asyncio.to_thread(server.start)
        assert len(epochs(server)) == 2
    for each in (first, second):
        postgres.drop(each)


def test_a_server_without_its_database_says_what_to_check_and_not_the_password(tmp_path: Path) -> None:
    server = RealServer(tmp_path, settings=on("postgresql://pdm:secret@127.0.0.1:1/pdm"))
    with pytest.raises(AssertionError, match=r"ended with 1(.|\n)*database_url") as ended:
        server.start()
    assert "secret" not in str(ended.value)
