"""How people get in, as administrators see to it."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from server.auth.codes import new_code, plain
from server.protocol.calls import LinkGitlab, OneTimeCode, RequireToken
from server.routes.bodies import answer, body, gives, takes
from server.routes.calls import Here, Who, carry_out, settle
from server.routes.people import PersonName
from server.services import accounts
from server.services.administrators import require_administrator

router = APIRouter(tags=["people"])


@router.post("/people/{name}/code", status_code=201, responses=gives(OneTimeCode, 201))
async def make_code(request: Request, parts: Here, session: Who, name: PersonName) -> Response:
    """A one-time code for somebody who signs in by it and sets a new password; for administrators of the server."""
    require_administrator(session)
    # Not remembered under a key: the code is told this once and kept nowhere, and a further call makes another.
    code = new_code()
    kept = await parts.passwords.hashed(plain(code))
    expires = parts.clock() + timedelta(hours=parts.settings.code_hours)
    person = await carry_out(
        request,
        session,
        lambda connection, now: accounts.make_code(connection, session, name, kept=kept, expires=expires, at=now),
    )
    return answer(OneTimeCode(person=person, code=code, expires=expires), status=201)


@router.put("/people/{name}/token", status_code=204, openapi_extra=takes(RequireToken), responses=gives(None, 204))
async def require_token(
    request: Request,
    parts: Here,
    session: Who,
    name: PersonName,
    wish: Annotated[RequireToken, Depends(body(RequireToken))],
) -> Response:
    """Whether somebody's next sign-in takes a token of GitLab beside the password; for administrators of the server."""
    return await settle(
        request,
        session,
        wish,
        lambda connection, now: accounts.require_token(
            connection, session, name, wanted=wish.wanted, offered=parts.gitlab is not None, at=now
        ),
    )


@router.put("/people/{name}/gitlab", status_code=204, openapi_extra=takes(LinkGitlab), responses=gives(None, 204))
async def link_gitlab(
    request: Request, session: Who, name: PersonName, wish: Annotated[LinkGitlab, Depends(body(LinkGitlab))]
) -> Response:
    """Somebody is the person whom GitLab knows by that number; for administrators of the server."""
    return await settle(
        request,
        session,
        wish,
        lambda connection, now: accounts.link_gitlab(connection, session, name, number=wish.gitlab, at=now),
    )


@router.delete("/people/{name}/gitlab", status_code=204, responses=gives(None, 204))
async def unlink_gitlab(request: Request, session: Who, name: PersonName) -> Response:
    """GitLab has nothing to do with somebody any more, whose password stays; for administrators of the server."""
    return await settle(
        request,
        session,
        None,
        lambda connection, now: accounts.unlink_gitlab(connection, session, name, at=now),
    )
