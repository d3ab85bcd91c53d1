"""How the server is, by its call."""

from pathlib import Path
from typing import Any

import pytest

from server.protocol.calls import Announced
from server.protocol.wire import plain
from server.services.collecting import Collected
from server.version import VERSION
from tests.support.web import Seat, Web


def state(seat: Seat) -> dict[str, Any]:
    answer = seat.get("/admin/server")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_it_counts_what_is_there(web: Web, ada: Seat, anna: Seat) -> None:
    anna.add("Jobs/a.nc", b"a" * 100)
    anna.add("Jobs/b.nc", b"b" * 50)
    anna.change("/uploads/begin", plain(Announced(size=5, hash="0" * 64)))
    now = state(ada)
    assert (now["contents"], now["content_bytes"], now["open_uploads"]) == (2, 150, 1)
    assert now["database_bytes"] > 100_000
    assert (now["version"], now["name"]) == (VERSION, "Test server")
    assert now["epoch"] == anna.get("/vaults").json()["epoch"]
    [disk] = now["disks"]
    assert Path(disk["folder"]) == web.folder
    assert disk["free"] <= disk["total"]


def test_parked_content_is_counted(ada: Seat, anna: Seat) -> None:
    file = anna.add("Jobs/a.nc")
    held = anna.change(f"/files/{file['id']}/checkout", {}).json()["file"]
    anna.change(f"/files/{file['id']}/undo", {"token": held["lock"]["token"]})
    late = {**anna.upload(b"late" * 10), "base": "1.0", "token": held["lock"]["token"]}
    assert anna.change(f"/files/{file['id']}/checkin", late).status_code == 409
    now = state(ada)
    assert (now["parked"], now["parked_bytes"]) == (1, 40)


def test_events_stand_in_their_minutes(web: Web, ada: Seat, anna: Seat) -> None:
    web.clock.forward(hours=3)
    ada.change("/vaults", {"name": "Wood"})
    anna.add("Jobs/old.nc")
    web.clock.forward(minutes=61)
    anna.add("Jobs/a.nc")
    anna.add("Jobs/b.nc")
    web.clock.forward(minutes=59)
    anna.add("Jobs/c.nc")
    busy, quiet = state(ada)["rates"]
    assert [busy["name"], quiet["name"]] == ["Production", "Wood"]
    assert quiet["minutes"] == [0] * 60
    assert busy["minutes"] == [2, *[0] * 58, 1]


def test_seats_are_counted_by_version(web: Web, ada: Seat, anna: Seat) -> None:
    web.presence.seats |= {"seat-Ada", "nobody's"}
    now = state(ada)
    assert now["seats"] == [{"version": "0.1.0", "seats": 2, "online": 1, "older": now["newest_client"] != "0.1.0"}]
    assert now["sockets"] == 1
    web.clock.forward(days=29)
    assert state(ada)["seats"][0]["seats"] == 2


def test_the_last_collection_is_told(web: Web, ada: Seat) -> None:
    assert "collection" not in state(ada)
    web.parts.upkeep.has_collected(
        Collected(uploads=1, parked=2, answers=3, contents=4, arrivals=5, purged=6), at=web.clock()
    )
    told = state(ada)["collection"]
    assert (told["uploads"], told["parked"], told["contents"]) == (1, 2, 4)


@pytest.mark.postgres
def test_what_needs_somebody_is_said(ada: Seat, database: str | None) -> None:
    word = "backup_folder" if database is None else "PostgreSQL"
    assert any(word in each for each in state(ada)["warnings"])


def test_it_is_for_administrators_of_the_server(anna: Seat) -> None:
    assert anna.get("/admin/server").status_code == 403
