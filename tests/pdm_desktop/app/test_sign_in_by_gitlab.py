"""The sign-in window over a real server that asks a stand-in GitLab: its three pages, and every answer in its words."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pdm_desktop.app.options import Options
from pdm_desktop.app.sign_in import SignedIn, SignInDesk
from pdm_desktop.app.tasks import Tasks
from pdm_desktop.core.requests import AskWhoseToken, FindServer, Request, SignIn, SignInByCode, SignInByToken, SignOut
from pdm_desktop.state.account import Phase
from pdm_desktop.state.store import Store
from pdm_desktop.ui.bridge import Bridge
from pdm_desktop.ui.sign_in.window import SignInWindow
from tests.support import sample
from tests.support.client import PASSWORD
from tests.support.gitlab import BLOCKED, EXPIRED, REVOKED, SHORT, TERMS, Answer, StandIn, person, stand_in
from tests.support.running_program import MemoryKeyring, is_asked, running
from tests.support.seat_parts import until
from tests.support.server import RealServer, real_server
from tests.support.sign_in_hands import Hands

TOKEN = "the-token-of-Sam"
NEW = "a password of Sam's"


@pytest.fixture(scope="module")
def asked_gitlab() -> Iterator[StandIn]:
    with stand_in() as gitlab:
        gitlab.people[TOKEN] = person(42, "sam.becker", "Sam Becker")
        yield gitlab


@pytest.fixture
def gitlab(asked_gitlab: StandIn) -> Iterator[StandIn]:
    """It answers as it should, until a test says otherwise."""
    yield asked_gitlab
    asked_gitlab.instead, asked_gitlab.silent = None, False


@pytest.fixture(scope="module")
def server(asked_gitlab: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    with real_server(tmp_path_factory.mktemp("server"), settings={"PDM_GITLAB_URL": asked_gitlab.url}) as started:
        started.add_person("Mei", PASSWORD)
        yield started


async def test_the_three_pages_lead_in_by_token_and_the_next_time_by_password(
    qtbot: QtBot, qapp: QApplication, options: Options, ring: MemoryKeyring, gitlab: StandIn, server: RealServer
) -> None:
    async with running(qapp, options) as program:
        await until(is_asked(program))
        assert program.face.sign_in is not None
        sam = Hands(program.face.sign_in)
        await sam.goes_to(server.address)
        await sam.gives_token(TOKEN)
        assert await sam.is_welcomed() == "Welcome, Sam Becker"
        assert sam.window.welcome.note.text() == "Step 3 of 3; from now on you sign in as sam.becker, without the token"
        sam.sets_password(NEW)
        await until(program.face.window.isVisible)
        await until(lambda: program.store.connection.phase is Phase.IN_STEP)
        assert program.face.sign_in is None
        assert not program.store.vaults, "nobody has said yet what Sam may do"

        # GitLab breaks. Sam signs out, and in again by the password alone.
        gitlab.instead = Answer(500)
        program.submit(SignOut())
        await until(is_asked(program))
        assert program.face.sign_in is not None
        again = Hands(program.face.sign_in)
        assert again.window.name.text() == "sam.becker"
        asked = len(gitlab.asked)
        await again.gives_password("sam.becker", NEW)
        await until(program.face.window.isVisible)
        assert len(gitlab.asked) == asked
    kept = [each for each in options.data.rglob("*") if each.is_file()]
    assert kept
    assert all(TOKEN.encode() not in each.read_bytes() for each in kept)


class Entrance:
    """The sign-in window with its desk, which asks the real server; the program is not begun with who comes in."""

    def __init__(self, options: Options, server: RealServer) -> None:
        self.came_in: list[SignedIn] = []
        self.broken: list[BaseException] = []
        self.tasks = Tasks(self.broken.append)
        store = Store(clock=sample.clock)
        self._desk = SignInDesk(store, options, self.came_in.append)
        self.bridge = Bridge(store)
        self.window = SignInWindow(self.bridge, self._submit, server=server.address)
        self.hands = Hands(self.window)

    def _submit(self, request: Request) -> None:
        match request:
            case FindServer():
                self.tasks.start(self._desk.find(request), name="find")
            case AskWhoseToken():
                self.tasks.start(self._desk.ask_whose_token(request), name="whose token")
            case SignIn() | SignInByToken() | SignInByCode():
                self.tasks.start(self._desk.sign_in(request), name="sign in")


@asynccontextmanager
async def opened(qtbot: QtBot, options: Options, server: RealServer) -> AsyncIterator[Entrance]:
    """The window, until the end of the block."""
    made = Entrance(options, server)
    qtbot.addWidget(made.window)
    made.window.show()
    yield made
    await made.tasks.stop()
    made.bridge.close()
    assert made.broken == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(Answer(401, {"message": "401 Unauthorized"}), "does not know this token. Copy it again", id="401"),
        pytest.param(Answer(401, EXPIRED), "This token has expired. Make a new one", id="expired"),
        pytest.param(Answer(401, REVOKED), "This token was revoked. Make a new one", id="revoked"),
        pytest.param(Answer(403, SHORT), "it needs the scope read_user. Make a new one", id="without the scope"),
        pytest.param(Answer(403, BLOCKED), "is blocked there. Ask an administrator of GitLab.", id="blocked"),
        pytest.param(
            Answer(200, person(42, "sam.becker", "Sam", state="blocked")), "it is blocked. Ask", id="a blocked user"
        ),
        pytest.param(Answer(403, TERMS), "Open it in a browser and see what it asks of you", id="403"),
        pytest.param(Answer(429, headers={"Retry-After": "17"}), "Try again in 17 s.", id="429"),
        pytest.param(Answer(500, b"<html>oops"), "(it said 500). Try again later", id="500"),
        pytest.param(Answer(503), "(it said 503). Try again later", id="503"),
        pytest.param(
            Answer(302, headers={"Location": "https://elsewhere.example/api/v4/user"}),
            "it sends callers on to another address, where no token is sent",
            id="redirect",
        ),
        pytest.param(Answer(200, b"<html>Welcome"), "what answers there is no GitLab", id="no GitLab"),
    ],
)
async def test_what_gitlab_answers_is_said_above_the_token_which_can_be_typed_again(
    qtbot: QtBot, options: Options, gitlab: StandIn, server: RealServer, answer: Answer, words: str
) -> None:
    gitlab.instead = answer
    async with opened(qtbot, options, server) as sam:
        await sam.hands.gives_token(TOKEN)
        told = await sam.hands.is_told()
        assert words in told
        assert TOKEN not in told
        assert (sam.window.ways.token.isVisible(), sam.window.ways.token.isEnabled()) == (True, True)
        assert not sam.window.welcome.isVisible()
        assert sam.came_in == []


async def test_a_gitlab_that_is_slow_is_given_up_and_holds_up_nobody_with_a_password(
    qtbot: QtBot, options: Options, gitlab: StandIn, server: RealServer
) -> None:
    gitlab.silent = True
    asked = len(gitlab.asked)
    async with opened(qtbot, options, server) as sam, opened(qtbot, options, server) as mei:
        await sam.hands.gives_token(TOKEN)
        await until(lambda: len(gitlab.asked) > asked)
        await mei.hands.gives_password("Mei", PASSWORD)
        await until(lambda: [each.account.person for each in mei.came_in] == ["Mei"])
        assert not sam.window.bar.isVisible(), "the other one still waits"
        told = await sam.hands.is_told()
        assert "did not answer within 5 s. Try again in a few minutes." in told
        assert "Whoever has a password signs in with that meanwhile." in told
