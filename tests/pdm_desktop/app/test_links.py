"""Links to files: what is one, and what a start with one does. A link only selects."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from pdm_desktop.app.options import Options, parse
from pdm_desktop.app.program import Program
from pdm_desktop.core.links import Link, NoLink, link_in
from pdm_desktop.core.results import Trouble
from pdm_desktop.ui.instance import Instance
from tests.support.running_program import MemoryKeyring, is_asked, running, sign_in
from tests.support.seat_parts import until
from tests.support.server import RealServer

ROOT = Path(__file__).resolve().parents[3]
BLOCK = Link(vault="Production", path="Hydraulics/2210-block-op10.mcam")


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("pdm://Production/Hydraulics/2210-block-op10.mcam", BLOCK),
        ("PDM://Production/Hydraulics/2210-block-op10.mcam/", BLOCK),
        ("pdm://Werk%20S%C3%BCd/a%20b.nc", Link(vault="Werk Süd", path="a b.nc")),
        ("pdm://Production", Link(vault="Production", path="")),
    ],
)
def test_a_link_names_a_vault_and_what_is_in_it(text: str, link: Link) -> None:
    assert link_in(text) == link
    assert link_in(str(link)) == link


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("plate.nc", "it has to begin with pdm://"),
        ("https://pdm.example/plate.nc", "it has to begin with pdm://"),
        ("pdm:Production/plate.nc", "it has to begin with pdm://"),
        ("pdm://", "names no vault"),
        ("pdm:///plate.nc", "names no vault"),
        ("pdm://Production/../../secret.txt", "leads out of its folder"),
        ("pdm://Production/%2e%2e/secret.txt", "leads out of its folder"),
        ("pdm://Production/a%00b", "has a character that Windows does not allow"),
        ("pdm://Production/%FF", "it is no text"),
        ("pdm://Production/" + "a" * 9_000, "too long"),
    ],
)
def test_what_is_no_link_is_refused_in_words(text: str, why: str) -> None:
    with pytest.raises(NoLink, match=why):
        link_in(text)


def test_a_start_takes_a_link_and_refuses_what_is_none(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = ["--data", str(tmp_path), "--tray"]
    options = parse([*words, str(BLOCK)])
    assert (options.link, options.tray) == (str(BLOCK), False)
    assert (parse(words).link, parse(words).tray) == ("", True)
    bad = parse([*words, "pdm://Production/.."])
    assert (bad.link, bad.tray) == ("pdm://Production/..", False), "the window says what is wrong with it"
    with pytest.raises(SystemExit) as ended:
        parse([*words, r"C:\\plate.nc"])
    assert ended.value.code == 2
    assert "is no link to a file: it has to begin with pdm://" in capsys.readouterr().err


def test_words_that_somebody_put_into_a_link_are_no_options(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """As the installer has Windows start it: `"PDMDesktop.exe" -- "%1"`, and the link has quotes of its own in it."""
    assert parse(["--", "pdm://Production"]).link == "pdm://Production"
    with pytest.raises(SystemExit):
        parse(["--", "pdm://Production", "--data", str(tmp_path)])
    assert "unrecognized arguments: --data" in capsys.readouterr().err


async def test_a_later_start_raises_the_window_and_says_when_its_link_is_none(
    qtbot: QtBot, qapp: QApplication, options: Options, ring: MemoryKeyring
) -> None:
    async with running(qapp, options) as program:
        await until(is_asked(program))
        assert program.face.sign_in is not None
        program.face.sign_in.hide()
        program.raise_by("")
        assert program.face.sign_in.isVisible()
        program.raise_by("pdm://Production/..")
        (told,) = [each.what for each in program.store.activity.entries() if isinstance(each.what, Trouble)]
        assert (told.title, "leads out of its folder" in told.text) == ("This link leads nowhere", True)


def troubles(program: Program) -> list[Trouble]:
    return [each.what for each in program.store.activity.entries() if isinstance(each.what, Trouble)]


async def test_a_bad_link_that_is_clicked_while_the_program_runs_is_told_by_it(
    qtbot: QtBot, qapp: QApplication, options: Options, ring: MemoryKeyring
) -> None:
    """Nobody would see what a second program says."""
    async with running(qapp, options) as program:
        await until(is_asked(program))
        instance = Instance(options.profile)
        assert instance.claim()
        instance.raised.connect(program.raise_by)
        words = ["-m", "pdm_desktop", "--data", str(options.data), "--", "pdm://Production/.."]
        second = await asyncio.create_subprocess_exec(sys.executable, *words, cwd=ROOT)
        assert await second.wait() == 0
        await until(lambda: bool(troubles(program)))
        instance.release()
        (told,) = troubles(program)
        assert (told.title, "leads out of its folder" in told.text) == ("This link leads nowhere", True)


async def test_a_first_start_with_a_bad_link_opens_the_window_and_tells_it_there(
    qtbot: QtBot, qapp: QApplication, shop_server: RealServer, options: Options, ring: MemoryKeyring
) -> None:
    async with running(qapp, replace(options, link="pdm://Production/..")) as program:
        await until(is_asked(program))
        await sign_in(program, shop_server)
        boxes = [each for each in program.face.window.findChildren(QMessageBox) if each.isVisible()]
        assert [each.text() for each in boxes] == ["<b>This link leads nowhere</b>"]
        boxes[0].close()
