"""Who is signed in: from a typed password or a kept token, until the session is over."""

import asyncio
import ssl
import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import httpx

from pdm_desktop import log
from pdm_desktop.app.kept import config_when_readable, keep_config, read_config
from pdm_desktop.app.options import Options
from pdm_desktop.app.places import see_folder
from pdm_desktop.config import Config, Person
from pdm_desktop.core.errors import AddressRefused, NoKeyring, NotSignedIn, SeatTaken, TokenNeeded, Told
from pdm_desktop.core.places import Settled
from pdm_desktop.core.requests import (
    AskAboutFolder,
    AskWhoseToken,
    EntranceRequest,
    FindServer,
    SignIn,
    SignInByCode,
    SignInByToken,
)
from pdm_desktop.core.results import Trouble
from pdm_desktop.net import credentials, session
from pdm_desktop.net.address import server_address
from pdm_desktop.net.http import Http, trust
from pdm_desktop.net.session import Session
from pdm_desktop.state.account import Account
from pdm_desktop.state.changes import FolderSeen, ServerFound, TokenKnown, TokenWanted
from pdm_desktop.state.store import Store
from server.protocol.calls import ServerInfo
from server.protocol.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Somebody is signed in: who, at which server, and the token that proves it."""

    account: Account
    token: str


class FolderRefused(Exception):
    """The local copies cannot be in the folder that was chosen for them."""

    def __init__(self, seen: FolderSeen) -> None:
        super().__init__(seen.text)
        self.seen = seen


class SignInDesk:
    """Signs in and out. Its answers go to the store; `signed_in` hears of each new session."""

    def __init__(
        self,
        store: Store,
        options: Options,
        signed_in: Callable[[SignedIn], None],
        *,
        answered: Callable[[str, ServerInfo], None] = lambda _address, _info: None,
    ) -> None:
        """`answered` hears which server answers at an address, also of one that does not serve this seat."""
        self._store = store
        self._options = options
        self._computer = options.computer or session.computer_name()
        self._signed_in = signed_in
        self._answered = answered
        self._tls: ssl.SSLContext | None = None
        self._ids: dict[str, str] = {}
        """The id of each server that has answered, by its address."""

    async def tls(self) -> ssl.SSLContext:
        """How this computer trusts servers, made once and beside the window."""
        if self._tls is None:
            self._tls = await asyncio.to_thread(trust)
        return self._tls

    async def go_on(self, account: Account) -> Trouble | None:
        """Go on with the kept session of this person. The answer is why that cannot be, if it cannot."""
        try:
            token = await credentials.read(account.address, account.person)
        except NoKeyring as missing:
            return missing.trouble
        if token is None:
            return Trouble(title="Sign in again", text="The keyring has no sign-in of yours any more.")
        self._signed_in(SignedIn(account=replace(account, computer=self._computer), token=token))
        return None

    async def find(self, request: FindServer) -> None:
        """See which server answers."""
        try:
            address = _address(request.address)
            http = Http(address, tls=await self.tls())
            try:
                info = await self._find(http, address)
            finally:
                await http.close()
        except Told as told:
            self._store.found(ServerFound(address="", trouble=told.trouble))
        else:
            self._store.found(ServerFound(address=address, info=info))

    async def ask_whose_token(self, request: AskWhoseToken) -> None:
        """See whose token of GitLab it is."""
        try:
            address = _address(request.server)
            http = Http(address, tls=await self.tls())
            try:
                info = await self._find(http, address)
                owner = await session.owner_of(http, request.gitlab_token)
            finally:
                await http.close()
        except Told as told:
            self._store.raise_trouble(told.trouble, request)
        else:
            self._store.answer_entrance(TokenKnown(owner=owner, least=info.password_least))

    async def ask_about_folder(self, request: AskAboutFolder) -> None:
        """See whether the local copies of who signs in can be in a folder."""
        known = await config_when_readable(self._store, self._options.data, request)
        self._store.answer_entrance(await self._see_folder(request.folder, request.server, request.name, known))

    async def sign_in(self, request: EntranceRequest) -> None:
        """Begin a session by a password, a token or a code, and keep its own token if that is wanted.

        A folder that the local copies cannot be in ends it before anything is asked for that cannot be asked again.
        """
        try:
            known = read_config(self._options.data)
            address = _address(request.server)
            http = Http(address, tls=await self.tls())
            try:
                info = await self._find(http, address)
                chosen = await self._chosen(request, address, known)
                begun = await self._begin(http, known.known_person(info.id, request.name), request)
            finally:
                await http.close()
        except FolderRefused as refused:
            self._store.answer_entrance(refused.seen)
            return
        except TokenNeeded as needed:
            self._store.answer_entrance(TokenWanted(trouble=needed.trouble))
            return
        except Told as told:
            self._store.raise_trouble(told.trouble, request)
            return
        kept = request.stay and await self._keep(address, begun)
        new = Person(server=begun.server, address=address, name=begun.person, seat=begun.seat)
        before = known.known_person(new.server, new.name)
        person = replace(new, workspace=chosen or (before.workspace if before is not None else ""))
        self._remember(
            lambda known: replace(
                known.with_person(person), server=new.server, name=new.name, kept=kept,
                workspace=chosen or known.workspace,
            )
        )  # fmt: skip
        account = Account(
            person=begun.person,
            administrator=begun.administrator,
            server=begun.server,
            address=address,
            server_name=info.name,
            seat=begun.seat,
            computer=self._computer,
            workspace=person.workspace,
            kept=kept,
        )
        log.note("signed in", person=begun.person, server=begun.server, address=address, seat=begun.seat, kept=kept)
        self._signed_in(SignedIn(account=account, token=begun.token))

    async def end(self, signed_in: SignedIn) -> None:
        """End the session on the server."""
        http = Http(signed_in.account.address, token=signed_in.token, seat=signed_in.account.seat, tls=await self.tls())
        try:
            await session.sign_out(http)
        except NotSignedIn:
            pass
        except Told as told:
            self._store.raise_trouble(
                Trouble(
                    title="Signed out here",
                    text=f"The server could not be told: {told.text}",
                    advice="End the session there later, or change your password.",
                )
            )
        finally:
            await http.close()

    async def forget(self, account: Account) -> None:
        """Keep this person's token no longer."""
        self._remember(lambda known: replace(known, kept=False))
        try:
            await credentials.forget(account.address, account.person)
        except NoKeyring as missing:
            if account.kept:
                self._store.raise_trouble(missing.trouble)

    def works_in(self, account: Account, workspace: str) -> None:
        """Remember the folder of this person's local copies."""
        person = Person(
            server=account.server, address=account.address, name=account.person, seat=account.seat, workspace=workspace
        )
        self._remember(lambda known: known.with_person(person))

    async def _find(self, http: Http, address: str) -> ServerInfo:
        """Which server it is; its id is known from then on."""
        info = await session.find_server(http, told=partial(self._answered, address))
        self._ids[address] = info.id
        return info

    async def _chosen(self, request: EntranceRequest, address: str, known: Config) -> str:
        """The folder that the person has chosen; empty: it is as without a choice. Raises FolderRefused."""
        if isinstance(request, SignIn) or not request.workspace:
            return ""
        seen = await self._see_folder(request.workspace, address, request.name, known)
        if seen.settled is not Settled.FREE:
            return ""
        if not seen.is_good:
            raise FolderRefused(replace(seen, ends_sign_in=True))
        return "" if seen.is_usual else seen.folder

    async def _see_folder(self, typed: str, address: str, name: str, known: Config) -> FolderSeen:
        servers = [each.server for each in known.people if each.address == address]
        server = self._ids.get(address) or (servers[-1] if servers else "")
        who = Account(
            person=name, administrator=False, server=server, address=address, server_name="", seat="",
            computer=self._computer,
        )  # fmt: skip
        return await asyncio.to_thread(see_folder, typed, who, self._options, known)

    async def _begin(self, http: Http, known: Person | None, request: EntranceRequest) -> Session:
        seat = known.seat if known is not None else _new_seat()
        try:
            return await self._begin_on(seat, http, request)
        except SeatTaken:
            # Somebody else has it on that server, as after settings were copied: this person gets another one.
            return await self._begin_on(_new_seat(), http, request)

    async def _begin_on(self, seat: str, http: Http, request: EntranceRequest) -> Session:
        computer = self._computer
        match request:
            case SignIn(name=name, password=password, gitlab_token=shown):
                return await session.sign_in(http, name, password, seat=seat, computer=computer, gitlab_token=shown)
            case SignInByToken(gitlab_token=token, password=password):
                return await session.sign_in_by_token(http, token, password, seat=seat, computer=computer)
            case SignInByCode(name=name, code=code, password=password, gitlab_token=shown):
                return await session.sign_in_by_code(
                    http, name, code, password, seat=seat, computer=computer, gitlab_token=shown
                )

    async def _keep(self, address: str, begun: Session) -> bool:
        try:
            await credentials.keep(address, begun.person, begun.token)
        except NoKeyring as missing:
            self._store.raise_trouble(missing.trouble)
            return False
        return True

    def _remember(self, change: Callable[[Config], Config]) -> None:
        keep_config(self._store, self._options.data, change)


def _address(typed: str) -> str:
    """Where to dial for what was typed. Raises AddressRefused, also for what only looks like a name."""
    address = server_address(typed)
    try:
        _ = httpx.URL(address).host
    except (httpx.InvalidURL, UnicodeError) as error:  # of IDNA names the library raises its own UnicodeError
        advice = "Type it like pdm.example.com or https://pdm.example.com:8443."
        raise AddressRefused(f"“{typed}” is no address.", advice=advice) from error
    return address


def _new_seat() -> str:
    return uuid.uuid4().hex
