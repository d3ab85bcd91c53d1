"""Signing in and out, and finding a server."""

import platform
import socket
from collections.abc import Callable

from pdm_desktop.core.errors import BadAnswer, TooOldSeat
from pdm_desktop.core.updates import TOO_OLD_ADVICE, is_too_old, too_old_words
from pdm_desktop.net.http import Http
from pdm_desktop.release import VERSION
from server.protocol import calls
from server.protocol.limits import NAME_CHARACTERS
from server.protocol.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a sign-in gave: a token for one person on one seat."""

    person: str
    administrator: bool
    server: str
    epoch: str
    seat: str
    token: str


def computer_name() -> str:
    """What people call this computer."""
    return (socket.gethostname() or "this computer")[:NAME_CHARACTERS]


async def about_server(http: Http) -> calls.ServerInfo:
    """Which server this is, and which seats it serves. Raises core.errors."""
    return await http.get("/api/server", calls.ServerInfo)


async def find_server(http: Http, *, told: Callable[[calls.ServerInfo], None] = lambda _: None) -> calls.ServerInfo:
    """Which server this is, if it serves this seat; `told` hears of it in any case.

    Raises core.errors, TooOldSeat among them.
    """
    info = await about_server(http)
    told(info)
    check_version(info.oldest_client)
    return info


def check_version(oldest: str) -> None:
    """Raises TooOldSeat when the server serves only seats that are newer than this one."""
    if is_too_old(VERSION, oldest):
        raise TooOldSeat(too_old_words(VERSION, oldest), advice=TOO_OLD_ADVICE)


async def sign_in(http: Http, name: str, password: str, *, seat: str, computer: str, gitlab_token: str = "") -> Session:
    """Begin a session. Raises core.errors: SeatTaken when the seat's id is somebody else's there, TokenNeeded."""
    body = calls.SignIn(
        name=name, password=password, seat=_seat_info(seat, computer), gitlab_token=gitlab_token or None
    )
    return await _begin(http, "/api/session", body, seat=seat)


async def owner_of(http: Http, gitlab_token: str) -> calls.TokenOwner:
    """Whose access token of GitLab that is. Raises core.errors."""
    body = calls.WhoseToken(gitlab_token=gitlab_token)
    return await http.change("POST", "/api/session/token/owner", calls.TokenOwner, body=body)


async def sign_in_by_token(http: Http, gitlab_token: str, password: str, *, seat: str, computer: str) -> Session:
    """Begin the first session of somebody whom GitLab knows, and set the password. Raises core.errors, as `sign_in`."""
    body = calls.SignInByToken(gitlab_token=gitlab_token, password=password, seat=_seat_info(seat, computer))
    return await _begin(http, "/api/session/token", body, seat=seat)


async def sign_in_by_code(
    http: Http, name: str, code: str, password: str, *, seat: str, computer: str, gitlab_token: str = ""
) -> Session:
    """Begin a session with a one-time code, and set the password. Raises core.errors, as `sign_in`."""
    body = calls.SignInByCode(
        name=name,
        code=code,
        password=password,
        seat=_seat_info(seat, computer),
        gitlab_token=gitlab_token or None,
    )
    return await _begin(http, "/api/session/code", body, seat=seat)


async def _begin(http: Http, path: str, body: object, *, seat: str) -> Session:
    answer = await http.change("POST", path, calls.SignedIn, body=body)
    if answer.token is None:
        raise BadAnswer("The server gave no session.", advice="Try again, or tell an administrator.")
    return Session(
        person=answer.person,
        administrator=answer.administrator,
        server=answer.server,
        epoch=answer.epoch,
        seat=answer.seat or seat,
        token=answer.token,
    )


async def who_am_i(http: Http) -> calls.Me:
    """Whose session this is. Raises NotSignedIn when it is over."""
    return await http.get("/api/session", calls.Me)


async def sign_out(http: Http) -> None:
    """End the session on the server. Raises core.errors."""
    await http.change("DELETE", "/api/session", type(None))


def _seat_info(seat: str, computer: str) -> calls.SeatInfo:
    return calls.SeatInfo(id=seat, computer=computer, system=_system(), version=VERSION)


def _system() -> str:
    return f"{platform.system()} {platform.release()}"[:80]
