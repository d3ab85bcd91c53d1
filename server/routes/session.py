"""Sign in, who am I, sign out, another password, my seats."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from server.auth.guard import COOKIE
from server.domain.entrance import require_long_enough
from server.domain.errors import WrongPassword
from server.protocol.calls import ChangePassword, Me, MyLists, Seats, ServerInfo, SignedIn, SignIn
from server.routes.arrival import address_of, let_in, require_one_kind, token_shown
from server.routes.bodies import answer, body, gives, takes
from server.routes.calls import Here, PathId, Who, carry_out, settle
from server.services import sessions
from server.services.mine import my_lists
from server.services.reading import identity_of
from server.version import VERSION

router = APIRouter(tags=["session"])


@router.get("/server", responses=gives(ServerInfo))
async def server_info(parts: Here) -> Response:
    """Which server this is; open to all."""
    identity = await parts.store.read(identity_of)
    return answer(
        ServerInfo(
            id=identity,
            name=parts.settings.name,
            version=VERSION,
            oldest_client=parts.releases.oldest,
            newest_client=parts.releases.newest,
            password_least=parts.settings.password_least,
            gitlab_host="" if parts.gitlab is None else parts.gitlab.host,
            gitlab_scope="" if parts.gitlab is None else parts.gitlab.scope,
        )
    )


@router.post("/session", status_code=201, openapi_extra=takes(SignIn), responses=gives(SignedIn, 201))
async def sign_in(request: Request, parts: Here, wish: Annotated[SignIn, Depends(body(SignIn))]) -> Response:
    """Sign in with name and password. A browser gets the cookie in place of the token."""
    require_one_kind(request, seat=wish.seat, browser=wish.browser)
    kept = await _checked_password(request, parts, wish.name, wish.password)
    shown = await token_shown(request, parts, wish.gitlab_token, beside=wish.name)
    return await let_in(
        request,
        parts,
        browser=wish.browser,
        come_in=lambda connection, lifetime, now: sessions.sign_in(
            connection,
            wish.name,
            kept,
            seat_info=wish.seat,
            lifetime=lifetime,
            at=now,
            address=address_of(request),
            shown=shown,
        ),
    )


@router.get("/session", responses=gives(Me))
async def me(parts: Here, session: Who) -> Response:
    """Whose session this is."""
    return answer(await parts.store.read(lambda connection: sessions.me(connection, session)))


@router.delete("/session", status_code=204, responses=gives(None, 204))
async def sign_out(request: Request, session: Who) -> Response:
    """End this session. Needs no Idempotency-Key: whoever calls again is not signed in."""
    await carry_out(request, session, lambda connection, now: sessions.sign_out(connection, session, at=now))
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response


@router.get("/session/mine", responses=gives(MyLists))
async def mine(parts: Here, session: Who) -> Response:
    """What concerns me alone: requests, lines that I wait in, watches, what I want to hear of, open messages."""
    return answer(await parts.store.read(lambda connection: my_lists(connection, session)))


@router.put("/session/password", status_code=204, openapi_extra=takes(ChangePassword), responses=gives(None, 204))
async def change_password(
    request: Request, parts: Here, session: Who, wish: Annotated[ChangePassword, Depends(body(ChangePassword))]
) -> Response:
    """Set a new password, which ends every other session of mine."""
    require_long_enough(wish.new, least=parts.settings.password_least)
    kept = await _checked_password(request, parts, session.person, wish.old)
    new = await parts.passwords.hashed(wish.new)
    await carry_out(
        request,
        session,
        lambda connection, now: sessions.change_password(connection, session, kept=kept, new=new, at=now),
    )
    return Response(status_code=204)


@router.get("/session/seats", responses=gives(Seats))
async def seats(parts: Here, session: Who) -> Response:
    """My seats, the last used first."""
    mine = await parts.store.read(lambda connection: sessions.list_seats(connection, session))
    return answer(Seats(seats=[replace(each, online=parts.presence.online(each.id)) for each in mine]))


@router.delete("/session/seats/{seat}", status_code=204, responses=gives(None, 204))
async def end_seat(seat: PathId, request: Request, session: Who) -> Response:
    """End the sessions of one of my seats."""
    return await settle(
        request, session, None, lambda connection, now: sessions.end_seat(connection, session, seat, at=now)
    )


async def _checked_password(request: Request, parts: Here, name: str, password: str) -> str:
    """What is kept of a password that is right. Raises WrongPassword, TooManyTries."""
    address = address_of(request)
    parts.throttle.admit(name=name, address=address, now=parts.clock())
    kept = await parts.store.read(lambda connection: sessions.kept_password(connection, name))
    if not await parts.passwords.fits(password, kept=kept) or kept is None:
        raise WrongPassword
    parts.throttle.succeeded(name=name, address=address)
    return kept
