"""The calls by which a deleted file goes for good, and what the disk has of it then."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from server.bus.base import ChangedHint
from server.services.collecting import collect
from server.services.counting import count_time
from tests.support.web import Seat, Web


@pytest.fixture
def gone(anna: Seat) -> dict[str, Any]:
    """A deleted file."""
    file = anna.add("Parts/a.nc", b"first")
    assert anna.change(f"/files/{file['id']}", method="DELETE").status_code == 200
    return file


def purge(who: Seat, file: dict[str, Any], method: str = "POST") -> dict[str, Any]:
    answer = who.change(f"/files/{file['id']}/purge", method=method)
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


def test_who_asks_is_told_when_and_so_is_the_list(web: Web, ada: Seat, anna: Seat, gone: dict[str, Any]) -> None:
    web.hints.clear()
    said = purge(ada, gone)
    assert (said["file"], said["path"], said["vault"]) == (gone["id"], "Parts/a.nc", ada.vault())
    assert web.hints == [ChangedHint("deleted")]
    [listed] = anna.get(f"/vaults/{anna.vault()}/deleted").json()["files"]
    assert listed["purge"] == said["purge"]
    assert "purge" not in purge(ada, gone, "DELETE")
    [listed] = anna.get(f"/vaults/{anna.vault()}/deleted").json()["files"]
    assert "purge" not in listed


def test_its_bytes_go_with_it_and_those_of_others_stay(web: Web, ada: Seat, anna: Seat, gone: dict[str, Any]) -> None:
    other = anna.add("Parts/b.nc", b"other")
    begun = web.clock()
    purge(ada, gone)

    def count(connection: Connection) -> None:
        for hour in range(50):
            count_time(connection, now=begun + timedelta(hours=hour))

    web.run(web.parts.store.write(count))
    web.run(collect(web.parts.store, blobs=web.parts.blobs, gate=web.parts.gate, now=begun + timedelta(hours=50)))
    assert web.stored_files() == {other["head"]["hash"]}
    assert anna.get(f"/files/{gone['id']}").status_code == 404
    assert anna.change(f"/files/{gone['id']}/restore", {}).status_code == 404
    assert anna.get(f"/vaults/{anna.vault()}/deleted").json()["files"] == []


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_others_may_not_and_change_nothing(web: Web, anna: Seat, gone: dict[str, Any], method: str) -> None:
    before = web.dump()
    refused = anna.change(f"/files/{gone['id']}/purge", method=method)
    assert refused.status_code == 403
    assert refused.json()["detail"] == "Only an administrator of the vault “Production” may do this. Please ask one."
    assert web.dump() == before


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_file_that_is_there_is_not_purged(ada: Seat, anna: Seat, method: str) -> None:
    file = anna.add("Parts/a.nc", b"first")
    refused = ada.change(f"/files/{file['id']}/purge", method=method)
    assert (refused.status_code, refused.json()["code"], refused.json()["path"]) == (422, "invalid", "Parts/a.nc")
