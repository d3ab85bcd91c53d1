"""A first morning: Sam comes in by a token of GitLab, and from then on by a password, whatever becomes of GitLab.

Olga administers the server, and Sam works at two computers; each seat is the whole program but its window. The
server is a process of its own, the GitLab a stand-in on the loopback that answers like the documented API.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from pdm_desktop.app.options import Options
from pdm_desktop.app.sign_in import SignedIn, SignInDesk
from pdm_desktop.core.office import topics
from pdm_desktop.core.office.people import LookAtPerson
from pdm_desktop.core.office.vaults import GrantRole
from pdm_desktop.core.requests import AskWhoseToken, EntranceRequest, FindServer, SignIn, SignInByCode, SignInByToken
from pdm_desktop.net.http import Http, trust
from pdm_desktop.state.changes import Change, ServerFound, TokenKnown, TokenWanted, TroubleRaised
from pdm_desktop.state.store import Store
from server.protocol import calls
from tests.support import sample
from tests.support.client import PASSWORD, Client, signed_in
from tests.support.gitlab import Answer, StandIn, person, stand_in
from tests.support.office_seat import OfficeSeat, office_seat, seat_of
from tests.support.seat_parts import until
from tests.support.server import RealServer, real_server

TOKEN = "the-token-of-Sam"
NEW, NEWER = "a password of Sam's", "another one of Sam's"


class Desk:
    """Where somebody signs in, on a seat of its own."""

    def __init__(self, folder: Path, server: RealServer, *, computer: str = "CAM-01") -> None:
        self.server = server
        self.folder = folder
        self.heard: list[Change] = []
        self.signed_in: list[SignedIn] = []
        store = Store(clock=sample.clock)
        store.subscribe(self.heard.append)
        options = Options(data=folder, workspace=None, server="", name="", computer=computer, profile="", tray=False)
        self._desk = SignInDesk(store, options, self.signed_in.append)

    async def finds(self) -> None:
        await self._desk.find(FindServer(address=self.server.address))

    async def asks_whose(self, token: str) -> TokenKnown:
        await self._desk.ask_whose_token(AskWhoseToken(server=self.server.address, gitlab_token=token))
        known = self.heard[-1]
        assert isinstance(known, TokenKnown), known
        return known

    async def asks_in_vain(self, wish: AskWhoseToken) -> str:
        """Why the token's owner cannot be told."""
        await self._desk.ask_whose_token(wish)
        refused = self.heard[-1]
        assert isinstance(refused, TroubleRaised), refused
        return refused.trouble.text

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

    def password(self, password: str, *, name: str = "sam.becker", token: str = "") -> SignIn:
        return SignIn(server=self.server.address, name=name, password=password, stay=False, gitlab_token=token)

    @asynccontextmanager
    async def at_work(self, begun: SignedIn) -> AsyncIterator[OfficeSeat]:
        """The whole seat but its window, for who has come in here."""
        account = begun.account
        headers = {"Authorization": f"Bearer {begun.token}", "X-Seat-Id": account.seat}
        told = calls.SignedIn(
            person=account.person, administrator=account.administrator, server=account.server, epoch="",
            expires=sample.NOW, seat=account.seat, token=begun.token,
        )  # fmt: skip
        async with (
            httpx.AsyncClient(base_url=account.address, headers=headers, trust_env=False) as http,
            seat_of(Client(http, account.address, told, None), self.folder) as seat,
        ):
            yield seat


async def vaults_of(session: SignedIn) -> list[str]:
    """What the session may read."""
    account = session.account
    http = Http(account.address, token=session.token, seat=account.seat, tls=trust())
    try:
        return [each.name for each in (await http.get("/api/vaults", calls.Vaults)).vaults]
    finally:
        await http.close()


async def test_three_seats_on_a_first_morning(tmp_path: Path) -> None:
    with stand_in() as gitlab:
        gitlab.people[TOKEN] = person(42, "sam.becker", "Sam Becker")
        gitlab.people["the-token-of-Lea"] = person(43, "lea.wolf", "Lea Wolf")
        with real_server(tmp_path / "server", settings={"PDM_GITLAB_URL": gitlab.url}) as server:
            server.add_person("Olga", PASSWORD, administrator=True)
            server.add_person("Mei", PASSWORD)
            async with office_seat(server, "Olga", tmp_path) as olga:
                await three_seats(olga, server, gitlab, tmp_path)


def sams(known: calls.People) -> list[calls.Account]:
    """Sam in the list of people, if that is there."""
    return [each for each in known.people if each.name == "sam.becker"]


async def three_seats(olga: OfficeSeat, server: RealServer, gitlab: StandIn, folder: Path) -> None:
    # Sam comes in at CAM-01, by a token, and sees nothing. Olga sees at once that somebody is new.
    olga.looks_at(topics.PEOPLE)
    at_cam_1, at_cam_2 = (Desk(folder / each, server, computer=each) for each in ("CAM-01", "CAM-02"))
    first = await at_cam_1.comes_in(
        SignInByToken(server=server.address, name="sam.becker", gitlab_token=TOKEN, password=NEW, stay=False)
    )
    async with at_cam_1.at_work(first) as sam:
        assert not sam.seat.store.vaults
        await olga.sees(topics.PEOPLE, lambda told: [(each.new, each.gitlab) for each in sams(told)] == [(True, 42)])

        # She lets Sam edit: the vault is there, without anybody's asking again. Sam has a file in it.
        olga.asks(GrantRole(vault=olga.vault, person="sam.becker", role="editor"))
        sam.vault = olga.vault
        await sam.vault_is(lambda told: told is not None and told.role == "editor")
        olga.asks(LookAtPerson(name="sam.becker"))
        await olga.sees(topics.PEOPLE, lambda told: [each.new for each in sams(told)] == [False])
        lock = await sam.checks_out("Jobs/plate.nc")

        # GitLab breaks. At CAM-02 Sam's password is enough, and what is checked out at CAM-01 is seen there.
        gitlab.instead = Answer(503)
        asked = len(gitlab.asked)
        second = await at_cam_2.comes_in(at_cam_2.password(NEW))
        assert len(gitlab.asked) == asked
        async with at_cam_2.at_work(second) as there:
            await until(lambda: [each.lock for each in there.seat.store.locks.of_vault(olga.vault)] == [lock])
            assert (lock.computer, second.account.seat != lock.seat) == ("CAM-01", True)

    # GitLab is so slow that it never answers. Lea waits for it, and Mei, who has a password, is in before that.
    gitlab.instead, gitlab.silent = None, True
    lea, mei = (Desk(folder / each, server) for each in ("Lea", "Mei"))
    wish = AskWhoseToken(server=server.address, gitlab_token="the-token-of-Lea")
    async with asyncio.TaskGroup() as both:
        waiting = both.create_task(lea.asks_in_vain(wish), name="Lea")
        await until(lambda: len(gitlab.asked) > asked)
        come = await mei.comes_in(mei.password(PASSWORD, name="Mei"))
        assert not waiting.done()
        async with mei.at_work(come) as at_work:
            assert set(at_work.seat.store.vaults) == {olga.vault}
    assert "did not answer within 5 s" in waiting.result()
    assert not olga.seat.troubles


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
