"""A first morning: Sam comes in by a token of GitLab, and from then on by a password, whatever becomes of GitLab.

The server is a process of its own, the GitLab a stand-in on the loopback that answers like the documented API.
"""

from pathlib import Path

from pdm_desktop.app.options import Options
from pdm_desktop.app.sign_in import SignedIn, SignInDesk
from pdm_desktop.core.requests import AskWhoseToken, EntranceRequest, FindServer, SignIn, SignInByCode, SignInByToken
from pdm_desktop.net.http import Http, trust
from pdm_desktop.state.changes import Change, ServerFound, TokenKnown, TokenWanted, TroubleRaised
from pdm_desktop.state.store import Store
from server.protocol import calls
from tests.support import sample
from tests.support.client import PASSWORD, signed_in
from tests.support.gitlab import Answer, StandIn, person, stand_in
from tests.support.server import RealServer, real_server

TOKEN = "the-token-of-Sam"
NEW, NEWER = "a password of Sam's", "another one of Sam's"


class Desk:
    """Where somebody signs in, on a seat of its own."""

    def __init__(self, folder: Path, server: RealServer) -> None:
        self.server = server
        self.heard: list[Change] = []
        self.signed_in: list[SignedIn] = []
        store = Store(clock=sample.clock)
        store.subscribe(self.heard.append)
        options = Options(data=folder, workspace=None, server="", name="", computer="CAM-01", profile="", tray=False)
        self._desk = SignInDesk(store, options, self.signed_in.append)

    async def finds(self) -> None:
        await self._desk.find(FindServer(address=self.server.address))

    async def asks_whose(self, token: str) -> TokenKnown:
        await self._desk.ask_whose_token(AskWhoseToken(server=self.server.address, gitlab_token=token))
        known = self.heard[-1]
        assert isinstance(known, TokenKnown), known
        return known

    async def comes_in(self, request: EntranceRequest) -> SignedIn:
        before = len(self.signed_in)
        await self._desk.sign_in(request)
        assert len(self.signed_in) == before + 1, self.heard[-1]
        return self.signed_in[-1]

    async def stays_out(self, request: EntranceRequest) -> Change:
        before = len(self.signed_in)
        await self._desk.sign_in(request)
        assert len(self.signed_in) == before
        return self.heard[-1]

    def password(self, password: str, *, token: str = "") -> SignIn:
        return SignIn(server=self.server.address, name="sam.becker", password=password, stay=False, gitlab_token=token)


async def vaults_of(session: SignedIn) -> list[str]:
    """What the session may read."""
    account = session.account
    http = Http(account.address, token=session.token, seat=account.seat, tls=trust())
    try:
        return [each.name for each in (await http.get("/api/vaults", calls.Vaults)).vaults]
    finally:
        await http.close()


async def test_the_first_sign_in_is_by_token_and_the_second_by_password(tmp_path: Path) -> None:
    with stand_in() as gitlab:
        gitlab.people[TOKEN] = person(42, "sam.becker", "Sam Becker")
        with real_server(tmp_path / "server", settings={"PDM_GITLAB_URL": gitlab.url}) as server:
            server.add_person("Olga", PASSWORD, administrator=True)
            await a_morning(Desk(tmp_path / "seat", server), gitlab)
            assert TOKEN not in server.log_text
            assert all(TOKEN.encode() not in file.read_bytes() for file in server.data.rglob("*") if file.is_file())


async def a_morning(desk: Desk, gitlab: StandIn) -> None:
    # Sam has never been here. The token says who it is, and a password is set.
    known = await desk.asks_whose(TOKEN)
    assert (known.owner.called, known.owner.person, known.owner.has_password) == ("Sam Becker", "sam.becker", False)
    first = await desk.comes_in(
        SignInByToken(server=desk.server.address, name="sam.becker", gitlab_token=TOKEN, password=NEW, stay=False)
    )
    assert first.account.person == "sam.becker"
    # Nobody has said yet what Sam may do.
    assert await vaults_of(first) == []

    # GitLab breaks, and then is gone. Sam's password is enough, on the same seat.
    asked = len(gitlab.asked)
    gitlab.instead = Answer(500)
    again = await desk.comes_in(desk.password(NEW))
    assert (again.account.person, again.account.seat) == ("sam.becker", first.account.seat)
    assert len(gitlab.asked) == asked

    # GitLab is back. The token does not replace the password.
    gitlab.instead = None
    assert (await desk.asks_whose(TOKEN)).owner.has_password
    refused = await desk.stays_out(
        SignInByToken(server=desk.server.address, name="sam.becker", gitlab_token=TOKEN, password=NEWER, stay=False)
    )
    assert isinstance(refused, TroubleRaised)
    assert "has a password" in refused.trouble.text

    # Olga wants to see the token once more; then the password alone is enough again.
    async with signed_in(desk.server.address, "Olga") as olga:
        await olga.change("PUT", "/people/sam.becker/token", calls.RequireToken(wanted=True))
    assert isinstance(await desk.stays_out(desk.password(NEW)), TokenWanted)
    await desk.comes_in(desk.password(NEW, token=TOKEN))
    await desk.comes_in(desk.password(NEW))

    # Sam forgets the password. On the server's computer somebody makes a code, which works once.
    code = desk.server.run("user", "code", "sam.becker").stdout.splitlines()[0]
    by_code = SignInByCode(server=desk.server.address, name="sam.becker", code=code, password=NEWER, stay=False)
    await desk.comes_in(by_code)
    used = await desk.stays_out(by_code)
    assert isinstance(used, TroubleRaised)
    assert isinstance(await desk.stays_out(desk.password(NEW)), TroubleRaised)
    await desk.comes_in(desk.password(NEWER))


async def test_without_a_gitlab_that_way_in_is_not_offered(tmp_path: Path) -> None:
    with real_server(tmp_path / "server") as server:
        server.add_person("sam.becker", NEW)
        desk = Desk(tmp_path / "seat", server)
        await desk.finds()
        found = desk.heard[-1]
        assert isinstance(found, ServerFound)
        assert found.info is not None
        assert (found.info.gitlab_host, found.info.gitlab_scope) == ("", "")
        await desk.comes_in(desk.password(NEW))
