"""Who signs in the first time chooses the folder of the local copies: over a real server, with real folders."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pdm_desktop import config
from pdm_desktop.app import workspaces
from pdm_desktop.app.options import Options
from pdm_desktop.app.sign_in import SignedIn, SignInDesk
from pdm_desktop.core.places import Settled
from pdm_desktop.core.requests import AskAboutFolder, AskWhoseToken, SignInByCode, SignInByToken
from pdm_desktop.state.account import Phase
from pdm_desktop.state.changes import Change, FolderSeen, TokenKnown
from pdm_desktop.state.store import Store
from tests.support import sample
from tests.support.gitlab import StandIn, person, stand_in
from tests.support.running_program import MemoryKeyring, is_asked, running
from tests.support.seat_parts import until
from tests.support.server import RealServer, real_server
from tests.support.sign_in_hands import Hands

TOKEN = "the-token-of-Sam"
NEW, NEWER = "a password of Sam's", "another password of Sam's"


@pytest.fixture(autouse=True)
def usual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home" / "PDM"
    folder.parent.mkdir()
    monkeypatch.setattr(workspaces, "usual_workspace", lambda: folder)
    return folder


@pytest.fixture(scope="module")
def gitlab() -> Iterator[StandIn]:
    with stand_in() as asked:
        yield asked


@pytest.fixture(scope="module")
def server(gitlab: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    with real_server(tmp_path_factory.mktemp("server"), settings={"PDM_GITLAB_URL": gitlab.url}) as started:
        yield started


def nothing_is(folder: Path) -> bool:
    """No folder was made there."""
    return not os.path.lexists(folder)


def retypes(hands: Hands, folder: Path) -> None:
    """Somebody types another folder into the field."""
    field = hands.window.welcome.folder.field
    field.selectAll()
    QTest.keyClicks(field, str(folder))


async def test_a_bad_folder_lets_nobody_in_and_a_good_one_is_where_the_files_are_from_then_on(
    qtbot: QtBot, qapp: QApplication, options: Options, ring: MemoryKeyring, gitlab: StandIn, server: RealServer,
    usual: Path, tmp_path: Path,
) -> None:  # fmt: skip
    gitlab.people["the-token-of-Lea"] = person(43, "lea.wolf", "Lea Wolf")
    options, mine = replace(options, workspace=None), tmp_path / "drive" / "Lea"
    async with running(qapp, options) as program:
        await until(is_asked(program))
        assert program.face.sign_in is not None
        lea = Hands(program.face.sign_in)
        await lea.goes_to(server.address)
        await lea.gives_token("the-token-of-Lea")
        await lea.is_welcomed()
        folder = lea.window.welcome.folder
        await until(lambda: folder.field.text() == str(usual))
        assert folder.good.text().endswith(" free; not inside OneDrive: good")

        # Inside OneDrive: nobody is signed in, and the token can still be used.
        retypes(lea, tmp_path / "OneDrive" / "PDM")
        lea.sets_password(NEW, stay=True)
        await until(folder.bad.isVisible)
        assert lea.window.welcome.isVisible()
        assert nothing_is(tmp_path / "OneDrive")
        assert not config.load(options.data).people

        retypes(lea, mine)
        lea.sets_password(NEW, stay=True)
        await until(program.face.window.isVisible)
        await until(lambda: program.store.connection.phase is Phase.IN_STEP)
        assert program.store.account is not None
        assert program.store.account.workspace == str(mine)
        await until(lambda: (mine / ".pdm-desktop").is_dir())
    known = config.load(options.data)
    assert (known.workspace, [each.workspace for each in known.people]) == (str(mine), [str(mine)])
    assert nothing_is(usual)

    async with running(qapp, options) as again:
        await until(lambda: again.store.connection.phase is Phase.IN_STEP)
        assert again.store.account is not None
        assert again.store.account.workspace == str(mine)


class Desk:
    """The desk alone, what it told, and who came in."""

    def __init__(self, options: Options) -> None:
        self.heard: list[Change] = []
        self.came_in: list[SignedIn] = []
        store = Store(clock=sample.clock)
        store.subscribe(self.heard.append)
        self.desk = SignInDesk(store, options, self.came_in.append)


async def test_the_folder_is_looked_at_before_anything_is_asked_that_cannot_be_asked_again(
    options: Options, gitlab: StandIn, server: RealServer, usual: Path, tmp_path: Path
) -> None:
    gitlab.people[TOKEN] = person(42, "sam.becker", "Sam Becker")
    options = replace(options, workspace=None)
    before = config.load(options.data)
    sam = Desk(options)
    whose = AskWhoseToken(server=server.address, gitlab_token=TOKEN)
    wish = SignInByToken(
        server=server.address, name="sam.becker", gitlab_token=TOKEN, password=NEW, stay=False,
        workspace=str(options.data / "PDM"),
    )  # fmt: skip
    await sam.desk.sign_in(wish)
    assert sam.came_in == []
    refused = sam.heard[-1]
    assert isinstance(refused, FolderSeen)
    assert (refused.is_good, refused.ends_sign_in) == (False, True)
    assert config.load(options.data) == before
    await sam.desk.ask_whose_token(whose)
    known = sam.heard[-1]
    assert isinstance(known, TokenKnown)
    assert not known.owner.has_password, "nothing has happened at the server"

    # The usual one is good, and nobody's choice is remembered for it: the next person begins at the usual place.
    await sam.desk.sign_in(replace(wish, workspace=str(usual)))
    assert [each.account.person for each in sam.came_in] == ["sam.becker"]
    assert config.load(options.data).workspace == ""

    # Sam works there, and comes back by a code: the files stay where they are, whatever is asked for.
    sam.desk.works_in(sam.came_in[0].account, str(usual))
    await sam.desk.ask_about_folder(AskAboutFolder(server=server.address, name="sam.becker"))
    seen = sam.heard[-1]
    assert isinstance(seen, FolderSeen)
    assert (seen.folder, seen.settled) == (str(usual), Settled.KNOWN)
    code = server.run("user", "code", "sam.becker").stdout.splitlines()[0]
    by_code = SignInByCode(
        server=server.address, name="sam.becker", code=code, password=NEWER, stay=False,
        workspace=str(tmp_path / "elsewhere"),
    )  # fmt: skip
    await sam.desk.sign_in(by_code)
    assert [each.account.workspace for each in sam.came_in] == ["", str(usual)]
    assert config.load(options.data).workspace == ""


async def test_a_fixed_folder_keeps_nobody_out_and_no_choice_is_remembered(
    options: Options, server: RealServer, tmp_path: Path
) -> None:
    server.add_person("Eva", NEW)
    code = server.run("user", "code", "Eva").stdout.splitlines()[0]
    eva = Desk(options)  # this start says which folder it is
    await eva.desk.sign_in(
        SignInByCode(
            server=server.address, name="Eva", code=code, password=NEWER, stay=False,
            workspace=str(tmp_path / "OneDrive"),
        )
    )  # fmt: skip
    assert [each.account.person for each in eva.came_in] == ["Eva"]
    assert config.load(options.data).workspace == ""
