"""Backups of a real server that it makes itself: brought back by the command, left by a stop, begun by the clock."""

import shutil
from pathlib import Path

from server.protocol.calls import AuditPage, Backups
from tests.support.client import PASSWORD, Client, signed_in
from tests.support.server import RealServer, real_server
from tests.support.waiting import wait_for_async

CONTENT = b"G0 X0 Y0\n" * 1_000


async def told(client: Client) -> Backups:
    return await client.get("/backups", Backups)


async def is_made(client: Client) -> bool:
    now = await told(client)
    return now.running is None and any(each.at is not None for each in now.backups)


def settings(folder: Path, **more: str) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    return {"PDM_BACKUP_FOLDER": str(folder)} | more


async def test_a_backup_made_by_the_call_is_restored_and_served_by_another_server(tmp_path: Path) -> None:
    with real_server(tmp_path / "server", settings=settings(tmp_path / "backups")) as server:
        server.add_person("Ada", PASSWORD, administrator=True)
        async with signed_in(server.address, "Ada") as ada:
            file = await ada.add(await ada.vault(), "Jobs/plate.nc", CONTENT)
            await ada.change("POST", "/backups")
            await wait_for_async(lambda: is_made(ada))
            [made] = (await told(ada)).backups
            server.stop()
    shutil.rmtree(tmp_path / "server" / "data")
    other = RealServer(tmp_path / "other")
    assert " is as it was on " in other.run("restore", made.folder).stdout
    other.start()
    try:
        async with signed_in(other.address, "Ada") as ada:
            again = await ada.file(file.file.id)
            assert again.file.head.hash == file.file.head.hash
            assert await ada.content(file.file.id) == CONTENT
            assert again.epoch != file.epoch
    finally:
        other.close()


async def test_a_stop_leaves_a_backup_unfinished_and_the_next_server_goes_on_with_it(tmp_path: Path) -> None:
    with real_server(tmp_path / "server", settings=settings(tmp_path / "backups")) as server:
        server.add_person("Ada", PASSWORD, administrator=True)
        async with signed_in(server.address, "Ada") as ada:
            await ada.add(await ada.vault(), "Jobs/plate.nc", CONTENT)
            with server.collecting():  # a backup waits for that
                await ada.change("POST", "/backups")
                assert (await told(ada)).running is not None
                assert server.stop() == 0, server.log_text
            server.start()
        async with signed_in(server.address, "Ada") as ada:
            now = await told(ada)
            assert (now.running, [each.at for each in now.backups]) == (None, [])
            page = await ada.get("/audit?action=backup_stopped", AuditPage)
            assert [each.person for each in page.rows] == ["Ada"]
            await ada.change("POST", "/backups")
            await wait_for_async(lambda: is_made(ada))
            assert [each.lacks for each in (await told(ada)).backups] == [0]


async def test_the_clock_begins_one_and_a_command_of_the_operator_none(tmp_path: Path) -> None:
    by_clock = settings(tmp_path / "backups", PDM_BACKUP_HOURS="24")
    server = RealServer(tmp_path / "server", settings=by_clock)
    server.run("user", "add", "Ada", "--admin", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert list((tmp_path / "backups").iterdir()) == []
    server.start()
    try:
        async with signed_in(server.address, "Ada") as ada:
            await wait_for_async(lambda: is_made(ada))
            now = await told(ada)
            [made] = now.backups
            assert made.at is not None
            assert now.next is not None
            assert (now.next - made.at).total_seconds() == 86_400
            page = await ada.get("/audit?action=backup_made", AuditPage)
            assert [each.person for each in page.rows] == ["server"]
        server.restart()
        async with signed_in(server.address, "Ada") as ada:
            assert (await told(ada)).next == now.next
    finally:
        server.close()
