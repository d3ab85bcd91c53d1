"""The installer as administrators use it, and the installed seat as people use it, on a Windows out of Wine.

The server is a real one on this computer. Another person works through calls of the protocol; the one at the
workstation has a screen, a keyboard and a mouse. What Wine cannot show is in `docs/deploy-windows.md`.
"""

import asyncio
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pdm_desktop.app.update_install import LOG
from pdm_desktop.product import EXECUTABLE, NAME, POLICY_KEY, SCHEME, UPDATES_FOLDER
from server.protocol.vault import File
from tests.support.client import PASSWORD, Client, signed_in
from tests.support.desktop import wait_for
from tests.support.installer import Installers
from tests.support.screen import PATIENCE_S, Box, Screen
from tests.support.server import RealServer, real_server
from tests.support.workstation import RUN_KEY, Workstation, windows_path, workstation

pytestmark = pytest.mark.windows_seat
SAM, ANNA = "Sam Ortiz", "Anna Novak"
VAULT = "Production"
FILES = {name: f"({name})\nG0 X0\nM30\n".encode() for name in ("Bracket.nc", "Housing.nc", "Spindle.nc")}
FOLDER = r"C:\Apps\PDM"
WORKSPACE = r"C:\Vaults\%USERNAME%"
USUAL_FOLDER = rf"C:\Program Files\{NAME}"
ADDRESS, POLICY_ADDRESS = "https://pdm.example.test", "https://policy.example.test"
EDITED = b"(edited by Sam)\nG0 X5\nM30\n"
WHY = "Deburring pass"
COLUMN = 200
"""Pixels of a column of the chart, at least."""
DONE, FAILED = 0, 67
"""Exit codes of msiexec. Windows' 1603, "fatal error", reaches a POSIX system modulo 256."""


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Workstation]:
    with workstation(tmp_path / "station") as made:
        yield made


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RealServer]:
    parts = tmp_path / "parts"
    parts.mkdir()
    for name, content in FILES.items():
        (parts / name).write_bytes(content)
    with real_server(tmp_path / "server") as made:
        made.run("import", VAULT, str(parts))
        for person in (SAM, ANNA):
            made.add_person(person, PASSWORD)
        yield made


def test_a_seat_from_its_roll_out_to_its_removal(
    station: Workstation, server: RealServer, installers: Installers
) -> None:
    """One story: a workstation gets the previous version, Sam works there, it gets the newer one, and loses it."""
    workspace = WORKSPACE.replace("%USERNAME%", station.user)
    before_it = station.what_is_here()
    code = station.install(
        installers.previous,
        SERVER_URL=server.address,
        AUTOSTART="0",
        DESKTOPSHORTCUT="1",
        INSTALLDIR=FOLDER,
        WORKSPACE=WORKSPACE,
    )
    assert code == DONE
    told = station.installed
    assert told.pop("InstallDir").rstrip("\\") == FOLDER
    assert told == {
        "Autostart": "0",
        "DesktopShortcut": "1",
        "ServerUrl": server.address,
        "Version": installers.previous_version,
        "Workspace": WORKSPACE,
    }
    assert NAME not in station.values(RUN_KEY)
    assert len(station.shortcuts()) == 2, station.shortcuts()
    before = station.files(FOLDER)
    assert EXECUTABLE in before

    signs_in_and_works(station, server, workspace)
    assert station.files(FOLDER) == before, "the program writes nothing beside itself"
    goes_on_without_a_password(station)

    assert station.install(installers.current) == DONE, "an upgrade, without saying anything again"
    told = station.installed
    assert told["Version"] == installers.current_version
    assert (told["ServerUrl"], told["Workspace"], told["Autostart"]) == (server.address, WORKSPACE, "0")
    assert told["InstallDir"].rstrip("\\") == FOLDER
    assert NAME not in station.values(RUN_KEY)
    assert station.products() == 1
    assert len(station.shortcuts()) == 2, station.shortcuts()
    goes_on_in_the_tray(station)

    assert station.install(installers.previous) == FAILED, "a downgrade is refused"
    assert station.installed["Version"] == installers.current_version

    assert station.msiexec("/x", windows_path(installers.current)) == DONE
    assert station.files(FOLDER) == []
    assert {each for each in station.what_is_here() if not each.startswith("Vaults")} == before_it
    assert station.installed == {}
    assert station.products() == 0
    assert station.shortcuts() == []
    assert (station.on_drive(workspace) / VAULT / "Bracket.nc").read_bytes() == EDITED, "Sam's files are Sam's"
    assert NAME in station.credentials(), "and so is the sign-in"


def test_what_an_administrator_says_nothing_of_is_as_usual_and_what_is_said_later_counts(
    station: Workstation, installers: Installers
) -> None:
    executable = rf"{USUAL_FOLDER}\{EXECUTABLE}"
    assert station.install(installers.previous) == DONE
    assert station.installed["InstallDir"].rstrip("\\") == USUAL_FOLDER
    assert station.values(RUN_KEY)[NAME] == f'"{executable}" --tray'
    assert station.values(rf"Software\Classes\{SCHEME}\shell\open\command") == {"(Default)": f'"{executable}" -- "%1"'}
    assert "URL Protocol" in station.values(rf"Software\Classes\{SCHEME}")
    assert len(station.shortcuts()) == 1, station.shortcuts()

    assert station.install(installers.current, SERVER_URL=ADDRESS, AUTOSTART="0", DESKTOPSHORTCUT="1") == DONE
    assert station.installed["ServerUrl"] == ADDRESS
    assert NAME not in station.values(RUN_KEY)
    assert len(station.shortcuts()) == 2, station.shortcuts()
    assert station.products() == 1

    with station.program_running() as program:
        station.screen.wait_for("Sign in")
        station.screen.wait_for("pdm.example.test")
        program.terminate()
    station.set_value("HKLM", POLICY_KEY, "ServerUrl", POLICY_ADDRESS)
    with station.program_running() as program:
        station.screen.wait_for("policy.example.test")
        station.screen.picture("policy")
        program.terminate()
    station.set_value("HKLM", POLICY_KEY, "Autostart", "0")
    with station.program_running("--tray") as program:
        assert program.wait(60) == 0, "an administrator wants no seat to start by itself"

    updates = station.drive / "Program Files" / UPDATES_FOLDER
    updates.mkdir()
    for left in (installers.current.name, LOG):
        (updates / left).write_bytes(b"of an update")
    assert station.msiexec("/x", windows_path(installers.current)) == DONE
    assert station.files(USUAL_FOLDER) == []
    assert station.installed == {}
    assert station.values(rf"Software\Classes\{SCHEME}") == {}
    assert station.shortcuts() == []
    assert not updates.exists()


def signs_in_and_works(station: Workstation, server: RealServer, workspace: str) -> None:
    """Sam's first day: sign-in, a copy, a lock of somebody else, a check-out, an edit, a check-in."""
    screen = station.screen
    copy = station.on_drive(workspace) / VAULT / "Bracket.nc"
    with station.program_running() as program:
        screen.wait_for("Sign in")
        screen.type(SAM)
        screen.press("Tab")
        screen.type(PASSWORD)
        screen.press("Return")
        screen.wait_for("In step")

        screen.click("Bracket.nc")
        screen.press("F5")
        wait_for(copy.exists, "the copy")
        assert copy.read_bytes() == FILES["Bracket.nc"]
        assert not is_writable(copy), "a copy is read-only until it is checked out"

        free = screen.coloured(badge_of(screen, "Housing.nc"))
        asyncio.run(check_out(server, ANNA, "Housing.nc"))
        wait_for(lambda: holder_of(screen, "Housing.nc", ANNA), "Anna's name in the file's row", timeout=PATIENCE_S)
        assert free < screen.coloured(badge_of(screen, "Housing.nc")), "the badge has the colour of a lock"

        screen.click("Bracket.nc")
        screen.press("ctrl+o")
        screen.wait_for("Check out Bracket.nc")
        screen.type(WHY)
        screen.press("Return")
        wait_for(lambda: is_writable(copy), "the check-out", timeout=PATIENCE_S)
        screen.wait_for(WHY)
        screen.picture("window")

        copy.write_bytes(EDITED)
        screen.wait_for("Edited")
        screen.press("ctrl+i")
        screen.wait_for("Check in Bracket.nc")
        screen.press("ctrl+Return")
        wait_for(lambda: not is_writable(copy), "the check-in", timeout=PATIENCE_S)
        assert asyncio.run(newest(server, "Bracket.nc")) == ("1.1", EDITED)
        sees_the_chart(screen)

        screen.minimize(NAME)
        wait_for(lambda: not screen.windows(NAME), "the window out of the way")
        with station.program_running() as second:
            assert second.wait(60) == 0
        wait_for(lambda: screen.windows(NAME), "the first one's window")

        station.open(f"{SCHEME}://{VAULT}/Spindle.nc")
        wait_for(lambda: len(screen.places("Spindle.nc")) == 2, "its details beside its row", timeout=PATIENCE_S)
        quit_program(screen)
        assert program.wait(60) == 0


def sees_the_chart(screen: Screen) -> None:
    """The dashboard's check-outs by hour: two in the last one, and none before."""
    screen.click("Dashboard")
    title, hours = screen.wait_for("Check-outs by hour"), screen.wait_for("18 h ago")
    above = Box(title.left, title.top + 2 * title.height, 1000, hours.top - title.top - 2 * title.height)
    wait_for(lambda: screen.coloured(above) > COLUMN, "a column of the chart", timeout=PATIENCE_S)
    screen.picture("chart")


def goes_on_without_a_password(station: Workstation) -> None:
    """The token is in Windows' credential store: the program is in step, until the session of Windows ends."""
    with station.program_running() as program:
        station.screen.wait_for("In step")
        ends_with_the_session(station, program)


def goes_on_in_the_tray(station: Workstation) -> None:
    """As Windows starts it by itself: no window comes, and it hears the end of the session all the same."""
    works = station.log.count("watched folder")
    with station.program_running("--tray") as program:
        wait_for(lambda: station.log.count("watched folder") > works, "the seat at work", timeout=PATIENCE_S)
        assert not station.screen.windows(NAME)
        ends_with_the_session(station, program)


def ends_with_the_session(station: Workstation, program: subprocess.Popen[str]) -> None:
    """Sign out of Windows, which may end a program as soon as it has answered."""
    heard = station.log.count("said=ends")
    station.end_session()
    program.wait(60)
    assert station.log.count("said=ends") > heard, station.log[-2000:]
    assert "all is kept" in station.log.rpartition("said=ends")[2], station.log[-2000:]


def quit_program(screen: Screen) -> None:
    """By the menu below the person's name."""
    screen.click(SAM)
    screen.click("Quit")


def badge_of(screen: Screen, name: str) -> Box:
    """The place of a file's badge: left of its icon and name, in the same row."""
    found = wait_for(lambda: screen.cell("Name", name), f"{name} in the table", timeout=PATIENCE_S)
    return Box(found.left - 52, found.middle[1] - 10, 22, 20)


def holder_of(screen: Screen, name: str, holder: str) -> bool:
    """Whether the row of a file names this holder."""
    file, person = screen.cell("Name", name), screen.cell("Holder", holder)
    return file is not None and person is not None and file.is_in_row_of(person)


def is_writable(copy: Path) -> bool:
    """Wine shows Windows' read-only attribute as missing rights."""
    return copy.exists() and bool(copy.stat().st_mode & stat.S_IWUSR)


async def check_out(server: RealServer, person: str, path: str) -> None:
    """Somebody else, at another seat."""
    async with signed_in(server.address, person) as client:
        await client.check_out((await file_at(client, path)).id)


async def newest(server: RealServer, path: str) -> tuple[str, bytes]:
    """Number and content of the newest revision on the server."""
    async with signed_in(server.address, ANNA) as client:
        file = await file_at(client, path)
        return file.head.number, await client.content(file.id)


async def file_at(client: Client, path: str) -> File:
    """A file by its path."""
    tree = await client.tree(await client.vault(VAULT))
    return next(each for each in tree.files.values() if each.path == path)
