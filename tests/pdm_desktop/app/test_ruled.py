"""What an administrator has said of a computer, and what a seat there does."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pdm_desktop import config, log
from pdm_desktop.app.online import Online
from pdm_desktop.app.options import Options, parse, usual_workspace
from pdm_desktop.app.program import Program
from pdm_desktop.app.remembered import remembered
from pdm_desktop.app.ruled import ruled
from pdm_desktop.app.start import start
from pdm_desktop.app.work import Work
from pdm_desktop.app.workspaces import workspace_of
from pdm_desktop.config import Config, Person
from pdm_desktop.core.hearing import Rule
from pdm_desktop.core.pace import Limits
from pdm_desktop.core.recovery import Retention
from pdm_desktop.core.requests import LimitTransfers
from pdm_desktop.core.results import Trouble
from pdm_desktop.machine import Machine, Policy
from pdm_desktop.product import INSTALLED_KEY, POLICY_KEY
from tests.support.registry import Registry
from tests.support.running_program import MemoryKeyring, files_of, is_asked, running, sign_in
from tests.support.seat_parts import until
from tests.support.server import RealServer

ANNA = Person(server="a", address="https://pdm.old.example", name="Anna", seat="s", workspace="/files/PDM")


def plain(data: Path) -> Options:
    return parse(["--data", str(data)])


def online_of(program: Program) -> Online:
    """What runs while somebody is signed in."""
    work = getattr(program._submit_work, "__self__", None)
    assert isinstance(work, Work)
    assert work._online is not None
    return work._online


def test_a_seat_begins_where_the_installer_was_told_until_its_person_chooses(tmp_path: Path) -> None:
    said = Machine(server="pdm.works.example", workspace=tmp_path / "begin")
    options, wrong = ruled(plain(tmp_path), said)
    assert (options.server, options.first_server, wrong) == ("", "https://pdm.works.example", ())
    assert workspace_of(options, Config()) == tmp_path / "begin"
    assert workspace_of(options, Config(workspace=str(tmp_path / "own"))) == tmp_path / "own"
    assert workspace_of(replace(options, workspace=tmp_path / "asked"), Config()) == tmp_path / "asked"
    assert workspace_of(plain(tmp_path), Config()) == usual_workspace()


def test_what_is_fixed_wins_over_the_command_line_and_what_is_remembered(tmp_path: Path) -> None:
    asked = parse(["--data", str(tmp_path), "--server", "https://other", "--workspace", str(tmp_path / "asked")])
    said = Machine(policy=Policy(server="PDM.works.example:8443", workspace=tmp_path / "fixed"))
    options, wrong = ruled(asked, said)
    assert (options.server, wrong) == ("https://pdm.works.example:8443", ())
    assert workspace_of(options, Config(workspace=str(tmp_path / "own"))) == tmp_path / "fixed"


def test_a_kept_sign_in_at_another_server_than_the_fixed_one_does_not_go_on(tmp_path: Path) -> None:
    config.save(tmp_path, Config(server="a", name="Anna", kept=True, people=(ANNA,)))
    free, _ = ruled(plain(tmp_path), Machine())
    same, _ = ruled(plain(tmp_path), Machine(policy=Policy(server="pdm.old.example")))
    other, _ = ruled(plain(tmp_path), Machine(policy=Policy(server="pdm.works.example")))
    assert [each and each.person for each in map(remembered, (free, same, other))] == ["Anna", "Anna", None]


@pytest.mark.parametrize("place", ["policy", "installer"])
def test_an_address_that_cannot_be_used_is_told_and_counts_as_not_set(tmp_path: Path, place: str) -> None:
    bad = "http://pdm.works.example"
    said = Machine(policy=Policy(server=bad, limit_up=1.0)) if place == "policy" else Machine(server=bad)
    options, (wrong,) = ruled(plain(tmp_path), said)
    assert (options.server, options.first_server, options.policy.server) == ("", "", "")
    assert options.policy.limit_up == said.policy.limit_up
    assert wrong.startswith(f"ServerUrl is “{bad}”. {bad} is not encrypted")


async def test_the_window_goes_by_what_is_fixed_and_asks_for_its_server_alone(
    qtbot: QtBot, qapp: QApplication, options: Options, registry: Registry, ring: MemoryKeyring
) -> None:
    config.save(options.data, Config(notices="all", limit_up=9.0))
    registry.keys[POLICY_KEY] = {
        "ServerUrl": "https://pdm.works.example", "Notices": "none", "LimitUp": 2, "RecoveryDays": "many",
    }  # fmt: skip
    async with running(qapp, options) as program:
        await until(is_asked(program))
        assert program.face.sign_in is not None
        window = program.face.sign_in
        assert (window.where.whole(), window.other.isEnabled()) == ("pdm.works.example", False)
        assert (program.store.hearing.rule, program.store.transfers.limits) == (Rule.NONE, Limits(up=2.0))
        program.submit(LimitTransfers(up=7.0, down=3.0))
        assert (program.store.hearing.rule, program.store.transfers.limits) == (Rule.NONE, Limits(up=2.0, down=3.0))
        (told,) = [each.what for each in program.store.activity.entries() if isinstance(each.what, Trouble)]
        assert told.text == (
            rf"RecoveryDays in HKEY_LOCAL_MACHINE\{POLICY_KEY} is “many”, but it has to be a whole number."
        )
    kept = config.load(options.data)
    assert (kept.notices, kept.limit_up, kept.limit_down) == ("all", 9.0, 3.0)


async def test_a_new_seat_asks_for_the_password_at_the_server_that_the_installer_was_told(
    qtbot: QtBot, qapp: QApplication, options: Options, registry: Registry, ring: MemoryKeyring
) -> None:
    registry.keys[INSTALLED_KEY] = {"ServerUrl": "https://pdm.works.example"}
    async with running(qapp, options) as program:
        await until(is_asked(program))
        assert program.face.sign_in is not None
        assert program.face.sign_in.where.whole() == "pdm.works.example"
        assert program.face.sign_in.other.isEnabled()


async def test_the_engine_works_where_and_how_it_is_fixed(
    qtbot: QtBot,
    qapp: QApplication,
    shop_server: RealServer,
    options: Options,
    registry: Registry,
    ring: MemoryKeyring,
    tmp_path: Path,
) -> None:
    fixed = tmp_path / "fixed"
    registry.keys[POLICY_KEY] = {"Workspace": str(fixed), "RecoveryDays": 60, "PingInterval": 20, "LimitDown": "1.5"}
    async with running(qapp, options) as program:
        await until(is_asked(program))
        await sign_in(program, shop_server)
        await until(lambda: (fixed / ".pdm-desktop").is_dir())
        assert program.store.account is not None
        assert program.store.account.workspace == str(fixed)
        assert program.store.fixed.workspace
        online = online_of(program)
        assert online._retention == Retention(days=60, most_bytes=20 * 10**9)
        assert online._push._ping_interval == 20.0
    assert [each.name for each in files_of(program)] != []
    known = config.load(options.data)
    assert (known.workspace, known.recovery_days, known.ping_interval) == ("", 30, 0.0)
    assert not (tmp_path / "work").exists()


def test_no_seat_starts_in_the_tray_where_that_is_switched_off(tmp_path: Path, registry: Registry) -> None:
    registry.keys[POLICY_KEY] = {"Autostart": 0}
    try:
        assert start(parse(["--data", str(tmp_path), "--tray"])) == 0
    finally:
        log.stop()
    text = (tmp_path / log.FILE).read_text(encoding="utf-8")
    assert "no start in the tray: a policy has switched that off" in text
