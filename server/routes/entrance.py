"""Ways in beside the password: a first sign-in by a token of GitLab, and an administrator's one-time code."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from server.auth.codes import plain
from server.domain.entrance import WrongCode, require_long_enough
from server.protocol.calls import SignedIn, SignInByCode, SignInByToken, TokenOwner, WhoseToken
from server.routes.arrival import address_of, gitlab_of, let_in, owner_of, require_one_kind, token_shown
from server.routes.bodies import answer, body, gives, takes
from server.routes.calls import Here
from server.routes.parts import Parts
from server.services import entrance

router = APIRouter(tags=["session"])


@router.post("/session/token/owner", openapi_extra=takes(WhoseToken), responses=gives(TokenOwner))
async def token_owner(
    request: Request, parts: Here, wish: Annotated[WhoseToken, Depends(body(WhoseToken))]
) -> Response:
    """Whose access token of GitLab this is, and whether that person has a password here. Changes nothing."""
    owner = await owner_of(request, parts, wish.gitlab_token)
    return answer(await parts.store.read(lambda connection: entrance.token_owner(connection, owner)))


@router.post("/session/token", status_code=201, openapi_extra=takes(SignInByToken), responses=gives(SignedIn, 201))
async def sign_in_by_token(
    request: Request, parts: Here, wish: Annotated[SignInByToken, Depends(body(SignInByToken))]
) -> Response:
    """The first sign-in of somebody whom GitLab knows, with the password from now on. The token is not kept."""
    require_one_kind(request, seat=wish.seat, browser=wish.browser)
    gitlab_of(parts)
    require_long_enough(wish.password, least=parts.settings.password_least)
    owner = await owner_of(request, parts, wish.gitlab_token)
    password = await parts.passwords.hashed(wish.password)
    return await let_in(
        request,
        parts,
        browser=wish.browser,
        come_in=lambda connection, lifetime, now: entrance.begin_by_token(
            connection,
            owner,
            password=password,
            role=parts.settings.gitlab_role or None,
            seat_info=wish.seat,
            lifetime=lifetime,
            at=now,
            address=address_of(request),
        ),
    )


@router.post("/session/code", status_code=201, openapi_extra=takes(SignInByCode), responses=gives(SignedIn, 201))
async def sign_in_by_code(
    request: Request, parts: Here, wish: Annotated[SignInByCode, Depends(body(SignInByCode))]
) -> Response:
    """Sign in with an administrator's one-time code and the password from now on. Every other session of mine ends."""
    require_one_kind(request, seat=wish.seat, browser=wish.browser)
    require_long_enough(wish.password, least=parts.settings.password_least)
    kept = await _checked_code(request, parts, wish.name, wish.code)
    shown = await token_shown(request, parts, wish.gitlab_token, beside=wish.name)
    password = await parts.passwords.hashed(wish.password)
    return await let_in(
        request,
        parts,
        browser=wish.browser,
        come_in=lambda connection, lifetime, now: entrance.begin_by_code(
            connection,
            wish.name,
            kept,
            password=password,
            shown=shown,
            seat_info=wish.seat,
            lifetime=lifetime,
            at=now,
            address=address_of(request),
        ),
    )


async def _checked_code(request: Request, parts: Parts, name: str, code: str) -> str:
    """What is kept of a code that is right, expired or not. Raises WrongCode, TooManyTries."""
    address = address_of(request)
    parts.throttle.admit(name=name, address=address, now=parts.clock())
    known = await parts.store.read(lambda connection: entrance.kept_code(connection, name))
    kept = None if known is None else known.kept
    if not await parts.passwords.fits(plain(code), kept=kept) or kept is None:
        raise WrongCode
    parts.throttle.succeeded(name=name, address=address)
    return kept
