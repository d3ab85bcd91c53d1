"""What every sign-in has in common, whatever proves who somebody is: a seat or a browser, a session, its token."""

from collections.abc import Callable
from datetime import datetime, timedelta
from ipaddress import ip_address

from fastapi import Request, Response
from sqlalchemy import Connection

from server.auth.gitlab import Gitlab
from server.auth.guard import COOKIE, require_own_origin
from server.domain.entrance import GitlabAway, GitlabBusy, GitlabPerson, GitlabSlow, GitlabTrouble, TokenRule
from server.domain.errors import Invalid, NotFound
from server.domain.session import Session
from server.protocol.calls import SeatInfo
from server.routes.bodies import answer
from server.routes.calls import publish
from server.routes.parts import Parts
from server.services import sessions
from server.services.outcome import Outcome
from server.services.sessions import TokenShown

ComeIn = Callable[[Connection, timedelta, datetime], Outcome[Session]]
"""Begins a session of that length, now."""


def address_of(request: Request) -> str:
    """From where somebody calls."""
    return request.client.host if request.client else ""


def require_one_kind(request: Request, *, seat: SeatInfo | None, browser: bool) -> None:
    """A seat or a browser signs in, and a browser from this server's own page. Raises Invalid, ForeignOrigin."""
    if browser and seat is not None:
        raise Invalid("A browser has no seat. Leave out one of “browser” and “seat”.")
    if "origin" in request.headers:
        require_own_origin(request.headers)


def gitlab_of(parts: Parts) -> Gitlab:
    """Who is asked whose a token is. Raises NotFound where there is nobody to ask."""
    if parts.gitlab is None:
        raise NotFound("This server has no GitLab to ask, so nobody signs in by a token. Use name and password.")
    return parts.gitlab


async def owner_of(request: Request, parts: Parts, token: str, *, beside: str | None = None) -> GitlabPerson:
    """Whose token it is, by GitLab's word; not tried too often. Raises TooManyTries, what Gitlab.owner_of raises.

    `beside` is who has proved to be that person already.
    """
    gitlab, address = gitlab_of(parts), address_of(request)
    parts.throttle.admit_token(beside=beside, address=address, now=parts.clock())
    owner = await gitlab.owner_of(token)
    parts.throttle.token_succeeded(beside=beside, address=address)
    return owner


async def token_shown(request: Request, parts: Parts, token: str | None, *, beside: str) -> TokenShown:
    """What a sign-in shows of GitLab beside the proof of that person. Raises TooManyTries, TokenRefused, GitlabForbids.

    A GitLab that cannot say whose it is keeps out nobody of whom no token is demanded.
    """
    rule = TokenRule(offered=parts.gitlab is not None, always=parts.settings.gitlab_required)
    if token is None:
        return TokenShown(rule=rule, owner=None)
    try:
        return TokenShown(rule=rule, owner=await owner_of(request, parts, token, beside=beside))
    except (GitlabAway, GitlabBusy, GitlabSlow, GitlabTrouble) as trouble:
        return TokenShown(rule=rule, owner=None, trouble=trouble)


async def let_in(request: Request, parts: Parts, *, browser: bool, come_in: ComeIn) -> Response:
    """Begin a session, and answer with its token; a browser gets the cookie in its place. Raises what it raises."""
    lifetime = timedelta(days=parts.settings.session_days)
    now = parts.clock()
    outcome = await parts.store.write(lambda connection: come_in(connection, lifetime, now))
    begun = outcome.answer
    await publish(parts, outcome.hints, call=request.url.path, person=begun.person)
    token = parts.tokens.token_for(begun.id, expires=begun.expires)
    told = await parts.store.read(
        lambda connection: sessions.signed_in(connection, begun, token=None if browser else token)
    )
    response = answer(told, status=201)
    if browser:
        response.set_cookie(
            COOKIE,
            token,
            max_age=int(lifetime.total_seconds()),
            httponly=True,
            secure=not _is_this_computer_without_tls(request),
            samesite="strict",
        )
    return response


def _is_this_computer_without_tls(request: Request) -> bool:
    """Only there may the cookie travel without TLS: it never leaves the computer."""
    host = request.url.hostname or ""
    try:
        loopback = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        loopback = False
    return loopback and request.url.scheme == "http"
