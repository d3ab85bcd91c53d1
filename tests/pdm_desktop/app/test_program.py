"""The whole program in this process, over a real server: its start, notices, transfers, and what it knows offline."""

import asyncio
import logging
import os
import signal
import sys
import uuid
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pdm_desktop import config
from pdm_desktop.app import online
from pdm_desktop.app.options import Options
from pdm_desktop.app.program import local_now
from pdm_desktop.app.steering import standing
from pdm_desktop.config import Config
from pdm_desktop.core import words
from pdm_desktop.core.hearing import Rule
from pdm_desktop.core.issues import Conflict, ParkedNeed
from pdm_desktop.core.notices import AT_ONCE, Notice
from pdm_desktop.core.office.watches import ChooseHearing
from pdm_desktop.core.recovery import Retention
from pdm_desktop.core.requests import (
    BeQuiet,
    CheckIn,
    CheckOut,
    GetLatest,
    LimitTransfers,
    PauseAll,
    SignIn,
    TryNow,
    UndoCheckOut,
)
from pdm_desktop.core.results import Trouble
from pdm_desktop.state.account import Phase
from pdm_desktop.state.changes import Change, NoticeRaised, ParkedChanged
from pdm_desktop.state.transfers import TransferState
from pdm_desktop.sync import rounds
from pdm_desktop.sync.engine import Engine
from tests.support.client import PASSWORD, Client, Refusal, signed_in
from tests.support.one_file import force
from tests.support.running_program import MemoryKeyring, files_of, is_asked, running, sign_in
from tests.support.seat_parts import content_of, following, until
from tests.support.server import RealServer


async def test_notices_follow_the_chosen_rule_and_the_quiet_hour(
    qtbot: QtBot,
    qapp: QApplication,
    own_server: RealServer,
    options: Options,
    ring: MemoryKeyring,
    anna_at_own: Client,
) -> None:
    raised: list[str] = []

    def hear(change: Change) -> None:
        if isinstance(change, NoticeRaised):
            raised.append(change.notice.title)

    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, own_server)
        program.store.subscribe(hear)
        vault = await anna_at_own.vault()
        files = [await anna_at_own.add(vault, f"{name}.nc") for name in ("one", "two", "three")]

        async def locked(number: int) -> None:
            """Anna takes that file, and this seat has applied it."""
            state = await anna_at_own.check_out(files[number].file.id)
            await until(lambda: (program.store.seq_of(vault) or 0) >= state.seq)

        program.submit(ChooseHearing(rule=Rule.LOCAL))
        await until(lambda: program.store.hearing.rule is Rule.LOCAL)
        await locked(0)
        assert raised == [], "no copy of it is here"
        program.submit(ChooseHearing(rule=Rule.ALL))
        await until(lambda: program.store.hearing.rule is Rule.ALL)
        program.submit(BeQuiet(until=local_now() + timedelta(hours=1)))
        await locked(1)
        assert raised == []
        program.submit(BeQuiet(until=None))
        await locked(2)
        assert raised == ["three.nc is locked"]
        program.submit(ChooseHearing(rule=Rule.NONE))
        await until(lambda: program.store.hearing.rule is Rule.NONE)
    assert config.load(options.data).notices == "none"
    async with running(qapp, options) as again:
        assert again.store.hearing.rule is Rule.NONE


async def test_a_workspace_inside_onedrive_is_warned_of(
    qtbot: QtBot, qapp: QApplication, shop_server: RealServer, options: Options, ring: MemoryKeyring, tmp_path: Path
) -> None:
    async with running(qapp, replace(options, workspace=tmp_path / "OneDrive" / "PDM")) as program:
        await until(is_asked(program))
        await sign_in(program, shop_server)
        told = [entry.what for entry in program.store.activity.entries() if isinstance(entry.what, Trouble)]
        assert [each.title for each in told] == ["The workspace is inside OneDrive"]


async def test_settings_that_cannot_be_read_are_told_and_the_others_count(
    qtbot: QtBot, qapp: QApplication, options: Options, ring: MemoryKeyring
) -> None:
    options.data.mkdir(parents=True, exist_ok=True)
    (options.data / config.FILE).write_text('{"recovery_days": "a month", "notices": "none"}', encoding="utf-8")
    async with running(qapp, options) as program:
        await until(is_asked(program))
        (told,) = [entry.what for entry in program.store.activity.entries() if isinstance(entry.what, Trouble)]
        assert told.title == "Some settings cannot be read"
        assert told.text.startswith(f"“recovery_days” in {options.data / config.FILE}")
        assert program.store.hearing.rule is Rule.NONE


async def test_the_recovery_store_keeps_as_long_as_the_settings_say(
    qtbot: QtBot,
    qapp: QApplication,
    shop_server: RealServer,
    options: Options,
    ring: MemoryKeyring,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Retention] = []

    async def purge(_engine: Engine, retention: Retention) -> None:
        asked.append(retention)

    monkeypatch.setattr(Engine, "purge", purge)
    config.save(options.data, Config(recovery_days=7, recovery_gb=1.5))
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, shop_server)
        await until(lambda: bool(asked))
    assert asked == [Retention(days=7, most_bytes=1_500_000_000)], "once at the start"


async def test_many_notices_at_once_are_gathered_and_told(
    qtbot: QtBot, qapp: QApplication, shop_server: RealServer, options: Options, ring: MemoryKeyring, anna: Client
) -> None:
    vault, top = await anna.vault(), uuid.uuid4().hex
    added = await anna.add_set(vault, [f"{top}/{number}.nc" for number in range(8)])
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, shop_server)
        for file in added.files:
            await anna.check_out(file.id)
        await until(lambda: len(program.face.desktop.last()) == AT_ONCE + 1)
        gathered = program.face.desktop.last()[0]
        assert gathered.title == "5 files locked"
        assert gathered.text == "Anna 5 locked. Click to see them."


async def test_what_was_asked_for_before_the_network_was_loaded_is_done_after_the_first_paint(
    qtbot: QtBot,
    qapp: QApplication,
    shop_server: RealServer,
    options: Options,
    ring: MemoryKeyring,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO, "pdm_desktop"):
        async with running(qapp, options) as program:
            program.submit(SignIn(server=shop_server.address, name="Tomas", password=PASSWORD))
            await until(lambda: program.store.connection.phase is Phase.IN_STEP)
    lines = [line for line in caplog.messages if line.startswith(("painted first", "signed in"))]
    assert lines[0] == "painted first painted=True"
    assert lines[1].startswith("signed in")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot halt a process")
async def test_a_server_that_hangs_is_noticed_at_the_interval_of_the_settings(
    qtbot: QtBot, qapp: QApplication, own_server: RealServer, options: Options, ring: MemoryKeyring
) -> None:
    config.save(options.data, config.Config(ping_interval=1.0))
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, own_server)
        os.kill(own_server.pid, signal.SIGSTOP)
        try:
            await until(lambda: program.store.connection.phase is Phase.OFFLINE)
        finally:
            os.kill(own_server.pid, signal.SIGCONT)
        program.submit(TryNow())
        await until(lambda: program.store.connection.phase is Phase.IN_STEP)


def save(path: str, content: bytes) -> None:
    Path(path).write_bytes(content)


async def test_an_edit_is_seen_when_the_window_comes_forward_and_a_finished_transfer_leaves_the_list(
    qtbot: QtBot,
    qapp: QApplication,
    shop_server: RealServer,
    options: Options,
    ring: MemoryKeyring,
    anna: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rounds, "TURN", 3600.0)
    monkeypatch.setattr(online, "DONE_SHOWN", 0.05)
    file = (await anna.add(await anna.vault(), f"{uuid.uuid4().hex}.nc")).file
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, shop_server)
        program.submit(CheckOut(files=(file.id,)))
        await until(lambda: file.id in program.store.local and bool(program.store.activity.entries()))
        await until(lambda: program.store.transfers.all() == [])
        save(program.store.local[file.id].path, b"edited in another program")
        program.face.window.hide()
        program.face.show()
        await until(lambda: program.store.local[file.id].edited)
        program.submit(UndoCheckOut(files=(file.id,)))
        await until(lambda: not program.store.local[file.id].edited)


async def test_a_check_in_asked_for_while_the_server_is_away_waits_and_is_done_when_it_is_back(
    qtbot: QtBot,
    qapp: QApplication,
    own_server: RealServer,
    options: Options,
    ring: MemoryKeyring,
    anna_at_own: Client,
) -> None:
    file = (await anna_at_own.add(await anna_at_own.vault(), f"{uuid.uuid4().hex}.nc")).file
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, own_server)
        program.submit(CheckOut(files=(file.id,)))
        await until(lambda: file.id in program.store.local and program.store.local[file.id].writable)
        save(program.store.local[file.id].path, b"edited while away")
        await asyncio.to_thread(own_server.kill)
        await until(lambda: program.store.connection.phase is Phase.OFFLINE)
        program.submit(CheckIn(files=(file.id,), comment="late"))
        await until(lambda: len(program.store.queue) == 1)
    async with running(qapp, options) as program:
        await until(lambda: len(program.store.queue) == 1)
        await asyncio.to_thread(own_server.start)
        program.submit(TryNow())
        await until(lambda: program.store.connection.phase is Phase.IN_STEP)
        await until(lambda: program.store.queue == ())
    now = (await anna_at_own.file(file.id)).file
    assert (now.head.number, now.head.comment, now.lock) == ("1.1", "late", None)


async def test_a_start_without_a_server_shows_of_when_the_files_are(
    qtbot: QtBot,
    qapp: QApplication,
    own_server: RealServer,
    options: Options,
    ring: MemoryKeyring,
    anna_at_own: Client,
    tmp_path: Path,
) -> None:
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, own_server)
        in_step = local_now()
        async with following(anna_at_own, tmp_path / "anna.sqlite3"):
            await until(lambda: program.store.presence.is_online("Anna") is True)
    ended = local_now()
    await asyncio.to_thread(own_server.kill)
    async with running(qapp, options) as again:
        await until(lambda: again.store.connection.phase is Phase.OFFLINE)
        connection = again.store.connection
        assert connection.in_step_until is not None
        assert in_step < connection.in_step_until < ended < connection.since
        assert (
            again.face.window.status.state.text()
            == f"Offline since {words.exact(connection.in_step_until, local_now())}"
        )
    async with running(qapp, options) as third:
        await until(lambda: third.store.connection.phase is Phase.OFFLINE)
        assert third.store.connection.in_step_until == connection.in_step_until, "a start in vain changes nothing"
    await asyncio.to_thread(own_server.start)


async def test_what_is_parked_is_known_without_asking_and_stays_known_offline(
    qtbot: QtBot, qapp: QApplication, own_server: RealServer, options: Options, ring: MemoryKeyring
) -> None:
    read: list[int] = []

    async with running(qapp, options) as program, signed_in(own_server.address, "Tomas") as elsewhere:
        store = program.store
        store.subscribe(lambda change: read.append(len(store.parked)) if isinstance(change, ParkedChanged) else None)
        await until(is_asked(program))
        await sign_in(program, own_server)
        await until(lambda: read == [0])
        name = f"{uuid.uuid4().hex}.nc"
        held = await elsewhere.check_out((await elsewhere.add(await elsewhere.vault(), name)).file.id)
        await elsewhere.undo(held)
        with pytest.raises(Refusal):
            await elsewhere.check_in(held, b"too late")
        await until(lambda: read == [0, 1])  # of the check-in at the other computer the server alone can tell
        assert [type(each) for each in store.issues.all] == [ParkedNeed]
        await asyncio.to_thread(own_server.kill)
        await until(lambda: store.connection.phase is Phase.OFFLINE)
        assert len(store.issues) == 1
        await asyncio.to_thread(own_server.start)
    async with running(qapp, options) as again:
        await until(lambda: [type(each) for each in again.store.issues.all] == [ParkedNeed])
        assert not [each for each in again.store.activity.entries() if isinstance(each.what, Trouble)]


async def test_work_of_a_lock_that_its_person_takes_over_elsewhere_is_told_and_parked(
    qtbot: QtBot, qapp: QApplication, own_server: RealServer, options: Options, ring: MemoryKeyring
) -> None:
    raised: list[Notice] = []
    async with running(qapp, options) as program, signed_in(own_server.address, "Tomas") as elsewhere:
        store = program.store
        store.subscribe(lambda change: raised.append(change.notice) if isinstance(change, NoticeRaised) else None)
        await until(is_asked(program))
        await sign_in(program, own_server)
        file = (await elsewhere.add(await elsewhere.vault(), f"{uuid.uuid4().hex}.nc")).file
        await until(lambda: store.connection.phase is Phase.IN_STEP)
        program.submit(CheckOut(files=(file.id,)))
        await until(lambda: file.id in store.local and store.local[file.id].writable)
        path = Path(store.local[file.id].path)
        force(path, b"saved and not checked in")
        lock = (await elsewhere.adopt(file.id)).file.lock
        await until(lambda: [type(each) for each in store.issues.all] == [ParkedNeed])
        assert lock is not None
        (notice,) = [each for each in raised if each.title.endswith(" is not yours here now")]
        assert notice.target == file.id
        assert notice.text.startswith(f"You took it over on {lock.computer} ({lock.since.astimezone():%H:%M}).")
        assert content_of(path) == b"saved and not checked in"
        (version,) = await elsewhere.parked()
        assert await elsewhere.parked_content(version.id) == b"saved and not checked in"


async def test_a_clean_copy_goes_along_when_somebody_else_renames_the_file(
    qtbot: QtBot, qapp: QApplication, shop_server: RealServer, options: Options, ring: MemoryKeyring, anna: Client
) -> None:
    vault, top = await anna.vault(), uuid.uuid4().hex
    file = (await anna.add(vault, f"{uuid.uuid4().hex}.nc")).file
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, shop_server)
        program.submit(GetLatest(files=(file.id,)))
        await until(lambda: file.id in program.store.local)
        await anna.move(file.id, f"{top}/plate op10.nc")
        await until(lambda: program.store.local[file.id].path.endswith("plate op10.nc"))
        assert (program.options.workspace or Path()) / f"Production/{top}/plate op10.nc" in files_of(program)
        await anna.move_folder(vault, top, f"Old {top}")
        await until(lambda: f"Old {top}" in program.store.local[file.id].path)
    await anna.move(file.id, f"{top} again.nc")
    async with running(qapp, options) as again:
        await until(lambda: file.id in again.store.local)
        await until(lambda: again.store.local[file.id].path.endswith(f"{top} again.nc"))


async def test_two_versions_are_told_once_and_a_click_shows_what_to_decide(
    qtbot: QtBot, qapp: QApplication, shop_server: RealServer, options: Options, ring: MemoryKeyring
) -> None:
    raised: list[Notice] = []
    async with running(qapp, options) as program, signed_in(shop_server.address, "Tomas") as tomas:
        store = program.store
        store.subscribe(lambda change: raised.append(change.notice) if isinstance(change, NoticeRaised) else None)
        await until(is_asked(program))
        await sign_in(program, shop_server)
        file = (await tomas.add(await tomas.vault(), f"{uuid.uuid4().hex}.nc")).file
        await until(lambda: store.connection.phase is Phase.IN_STEP)
        program.submit(GetLatest(files=(file.id,)))
        await until(lambda: file.id in store.local)
        force(Path(store.local[file.id].path), b"edited without a lock")
        await tomas.check_in(await tomas.check_out(file.id), b"the next revision")
        await until(lambda: [type(each) for each in store.issues.all] == [Conflict])
        await until(lambda: any(notice.asks for notice in raised))
        asking = [notice for notice in raised if notice.asks]
        assert [(each.title, each.target) for each in asking] == [(f"{file.filename} needs you", file.id)]
        program.face.window.go_to_notice(asking[0])
        assert program.face.window.issues.isVisible()


async def test_a_start_in_the_tray_connects_without_a_window(
    qtbot: QtBot, qapp: QApplication, shop_server: RealServer, options: Options, ring: MemoryKeyring
) -> None:
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, shop_server)
    async with running(qapp, replace(options, tray=True)) as again:
        await until(lambda: again.store.connection.phase is Phase.IN_STEP)
        assert not again.face.window.isVisible()
        again.face.show()
        assert again.face.window.isVisible()


async def test_the_limits_of_the_last_run_hold_from_the_start(
    qtbot: QtBot, qapp: QApplication, options: Options, ring: MemoryKeyring
) -> None:
    config.save(options.data, config.Config(limit_up=2.5, limit_down=0.5))
    async with running(qapp, options) as program:
        assert standing(program.store) == [LimitTransfers(up=2.5, down=0.5)]
        await until(is_asked(program))
        assert standing(program.store) == [LimitTransfers(up=2.5, down=0.5)]


async def test_transfers_stand_still_and_go_on_as_the_window_says_over_a_new_sign_in(
    qtbot: QtBot, qapp: QApplication, shop_server: RealServer, options: Options, ring: MemoryKeyring, anna: Client
) -> None:
    file = (await anna.add(await anna.vault(), f"{uuid.uuid4().hex}.nc", b"G0 X0\n")).file
    async with running(qapp, options) as program:
        await until(is_asked(program))
        program.submit(PauseAll())
        program.submit(LimitTransfers(up=0.5, down=2.0))
        await sign_in(program, shop_server)
        program.submit(GetLatest(files=(file.id,)))
        await until(lambda: [one.state for one in program.store.transfers.all()] == [TransferState.PAUSED])
        assert program.face.window.below.summary.pause.text() == "Resume all"
        assert all(path.name != file.path for path in files_of(program))
        program.face.window.below.summary.pause.click()
        await until(lambda: any(path.name == file.path for path in files_of(program)))
        assert not program.store.transfers.are_paused
    known = config.load(options.data)
    assert (known.limit_up, known.limit_down) == (0.5, 2.0)
