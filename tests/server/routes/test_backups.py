"""Backups by their calls: one at a time, for administrators, told live and written down."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.bus.base import ChangedHint
from server.storage import backup as backup_module
from tests.support.waiting import wait_for
from tests.support.web import Seat, Web, WebSettings, running

HINT = "backups"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    folder = tmp_path / "backups"
    folder.mkdir()
    with running(tmp_path, settings=WebSettings(backup_folder=folder, backups_kept=2)) as started:
        started.add_person("Anna")
        started.add_person("Ada", administrator=True)
        yield started


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """No backup comes further than its database before this is set."""
    goes_on = threading.Event()
    copy = backup_module._copy_database

    def wait_and_copy(source: Path, target: Path) -> None:
        copy(source, target)
        assert goes_on.wait(60)

    monkeypatch.setattr(backup_module, "_copy_database", wait_and_copy)
    yield goes_on
    goes_on.set()


def told(seat: Seat) -> dict[str, Any]:
    answer = seat.get("/backups")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def is_over(seat: Seat) -> bool:
    return "running" not in told(seat)


def actions(web: Web) -> list[str]:
    return [row[3] for row in web.dump()["audit"] if row[3].startswith("backup")]


def test_a_backup_is_made_listed_and_written_down(web: Web, ada: Seat, anna: Seat) -> None:
    anna.add("Jobs/plate.nc")
    begun = ada.change("/backups")
    assert begun.status_code == 202
    assert begun.json()["by"] == "Ada"
    wait_for(lambda: is_over(ada))
    now = told(ada)
    [made] = now["backups"]
    assert (made["contents"], made["bytes"], made["lacks"]) == (1, 6, 0)
    assert Path(made["folder"]).parent == Path(now["folder"])
    assert actions(web) == ["backup_begun", "backup_made"]
    last = web.dump()["audit"][-1]
    assert json.loads(last[6])["folder"] == made["folder"]


def test_one_at_a_time(web: Web, ada: Seat, held: threading.Event) -> None:
    assert ada.change("/backups", key="one").status_code == 202
    refused = ada.change("/backups")
    assert refused.status_code == 409
    assert refused.json()["code"] == "already_runs"
    assert "Ada began it" in refused.json()["detail"]
    assert ada.change("/backups", key="one").status_code == 202, "the same call is answered as before"
    assert actions(web) == ["backup_begun"]
    assert told(ada)["running"]["by"] == "Ada"
    held.set()
    wait_for(lambda: is_over(ada))
    assert actions(web) == ["backup_begun", "backup_made"]


def test_everything_goes_on_meanwhile(web: Web, ada: Seat, anna: Seat, held: threading.Event) -> None:
    ada.change("/backups")
    assert anna.add("Jobs/plate.nc")["path"] == "Jobs/plate.nc"
    assert ada.get("/audit").status_code == 200
    held.set()
    wait_for(lambda: is_over(ada))


def test_administrators_hear_of_it_and_nobody_else(web: Web, ada: Seat) -> None:
    web.hints.clear()
    ada.change("/backups")
    wait_for(lambda: is_over(ada))
    hints = [each for each in web.hints if isinstance(each, ChangedHint) and each.what == HINT]
    assert len(hints) >= 2, "when it begins and when it ends"
    names = {row[0]: row[1] for row in web.dump()["person"]}
    assert {names[each] for hint in hints for each in hint.people or ()} == {"Ada"}


def test_it_is_for_administrators_of_the_server(web: Web, anna: Seat) -> None:
    assert anna.get("/backups").status_code == 403
    assert anna.change("/backups").status_code == 403
    assert actions(web) == []


def test_a_folder_that_is_not_there_is_told(web: Web, ada: Seat) -> None:
    folder = web.folder / "backups"
    folder.rmdir()
    refused = ada.change("/backups")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_set_up")
    assert str(folder) in refused.json()["detail"]
    assert str(folder) in told(ada)["trouble"]
    assert actions(web) == []


def test_a_backup_that_fails_says_why_and_stops_nothing(web: Web, ada: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as trouble:
        trouble.setattr(backup_module, "_copy_database", refuse)
        ada.change("/backups")
        wait_for(lambda: is_over(ada))
    now = told(ada)
    assert "No space left" in now["trouble"]
    assert [each.get("at") for each in now["backups"]] == [None]
    assert actions(web) == ["backup_begun", "backup_failed"]
    ada.change("/backups")
    wait_for(lambda: is_over(ada))
    assert "trouble" not in told(ada)
    assert [each["lacks"] for each in told(ada)["backups"]] == [0]


def test_old_ones_go(web: Web, ada: Seat) -> None:
    for _ in range(4):
        web.clock.forward(days=1)
        ada.change("/backups")
        wait_for(lambda: is_over(ada))
    assert len(told(ada)["backups"]) == 2


def test_without_the_setting_the_list_says_so(tmp_path: Path) -> None:
    with running(tmp_path) as bare:
        bare.add_person("Ada", administrator=True)
        ada = bare.seat("Ada")
        now = told(ada)
        assert "folder" not in now
        assert now["backups"] == []
        assert "backup_folder" in ada.change("/backups").json()["detail"]
        ada.client.close()
