"""A stale check-in on a real server that is killed: the parked version is there after the restart."""

from pathlib import Path

import pytest
from blake3 import blake3

from server.protocol.calls import CheckIn
from tests.support.client import PASSWORD, Refusal, signed_in
from tests.support.server import real_server

WORK = b"the work of an afternoon"


async def test_a_parked_version_outlives_the_server_and_becomes_a_revision(tmp_path: Path) -> None:
    with real_server(tmp_path) as server:
        server.add_person("Ada", PASSWORD)
        server.add_person("Boss", PASSWORD, administrator=True)
        async with signed_in(server.address, "Ada") as ada, signed_in(server.address, "Boss") as boss:
            file = (await ada.add(await ada.vault(), "a.nc")).file
            upload = await ada.upload(WORK)
            wish = CheckIn(upload=upload.id, base="1.0", token=1, size=len(WORK), hash=blake3(WORK).hexdigest())
            with pytest.raises(Refusal) as refusal:
                await ada.change("POST", f"/files/{file.id}/checkin", wish)
            server.kill()
            server.start()
            [kept] = await ada.parked()
            assert [each.id for each in await boss.parked(everybodys=True)] == [kept.id]
            assert refusal.value.problem.parked == kept.id
            assert await ada.parked_content(kept.id) == WORK
            done = await ada.check_in_parked(await ada.check_out(file.id), kept.id)
            assert (done.file.head.number, await ada.content(file.id)) == ("1.1", WORK)
            with pytest.raises(Refusal):
                await ada.drop_parked(kept.id)
            assert await ada.parked() == []
