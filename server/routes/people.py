"""People who may sign in."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from server.domain.entrance import require_long_enough
from server.protocol.calls import AddPerson, Disabled, People, Person, SetPassword
from server.routes.bodies import answer, body, gives, takes
from server.routes.calls import Here, Who, carry_out, key_of, settle
from server.services import directory, people
from server.services.administrators import require_administrator
from server.services.directory import Present

router = APIRouter(tags=["people"])

PersonName = Annotated[str, Path(min_length=1, max_length=64)]


@router.get("/people", responses=gives(People))
async def list_people(parts: Here, session: Who) -> Response:
    """Everybody who has an account; for administrators of the server."""
    last: dict[str, datetime] = {}
    for contact, at in parts.contacts.unwritten().items():
        last[contact.person] = max(at, last.get(contact.person, at))
    here = parts.presence
    present, now = Present(people=here.people_online(), away=here.people_away(), last=last), parts.clock()
    return answer(
        await parts.store.read(lambda connection: directory.list_people(connection, session, present=present, now=now))
    )


@router.post("/people", status_code=201, openapi_extra=takes(AddPerson), responses=gives(Person, 201))
async def add_person(
    request: Request, parts: Here, session: Who, wish: Annotated[AddPerson, Depends(body(AddPerson))]
) -> Response:
    """A new person, with or without a first password; for administrators of the server."""
    require_administrator(session)
    mark, password = "", None
    if wish.password is not None:
        require_long_enough(wish.password, least=parts.settings.password_least)
        mark = await parts.passwords.marked(wish.password, purpose=f"{session.person_id} {key_of(request)}")
        password = await parts.passwords.hashed(wish.password)
    return await settle(
        request,
        session,
        # Not the password itself: a quick hash of it would stand in the store.
        [Person(name=wish.name, administrator=wish.administrator), mark],
        lambda connection, now: people.add_person(
            connection, session, wish.name, password=password, administrator=wish.administrator, at=now
        ),
        status=201,
    )


@router.put("/people/{name}/password", status_code=204, openapi_extra=takes(SetPassword), responses=gives(None, 204))
async def set_password(
    request: Request,
    parts: Here,
    session: Who,
    name: PersonName,
    wish: Annotated[SetPassword, Depends(body(SetPassword))],
) -> Response:
    """Another password for somebody, whose sessions all end; for administrators of the server."""
    require_administrator(session)
    require_long_enough(wish.password, least=parts.settings.password_least)
    password = await parts.passwords.hashed(wish.password)
    # Not remembered under a key: again is the same, and another password under the same key must not be lost.
    await carry_out(
        request,
        session,
        lambda connection, now: people.set_password(connection, session, name, password=password, at=now),
    )
    return Response(status_code=204)


@router.delete("/people/{name}", responses=gives(Disabled))
async def disable_person(parts: Here, request: Request, session: Who, name: PersonName) -> Response:
    """Somebody may not sign in any more, and every session ends; check-outs stay; for administrators of the server."""
    return await settle(
        request,
        session,
        None,
        lambda connection, now: people.disable_person(
            connection, session, name, by_gitlab=parts.gitlab is not None, at=now
        ),
    )


@router.post("/people/{name}/enable", status_code=204, responses=gives(None, 204))
async def enable_person(request: Request, session: Who, name: PersonName) -> Response:
    """Somebody who was disabled may sign in again, as before; for administrators of the server."""
    return await settle(
        request,
        session,
        None,
        lambda connection, now: people.enable_person(connection, session, name, at=now),
    )


@router.put("/people/{name}/administrator", status_code=204, responses=gives(None, 204))
async def make_administrator(request: Request, session: Who, name: PersonName) -> Response:
    """Somebody administers the server from now on; for administrators of the server."""
    return await settle(
        request,
        session,
        None,
        lambda connection, now: people.make_administrator(connection, session, name, administrator=True, at=now),
    )


@router.delete("/people/{name}/administrator", status_code=204, responses=gives(None, 204))
async def take_administrator_away(parts: Here, request: Request, session: Who, name: PersonName) -> Response:
    """Somebody administers the server no longer; never the last one; for administrators of the server."""
    return await settle(
        request,
        session,
        None,
        lambda connection, now: people.make_administrator(
            connection, session, name, administrator=False, by_gitlab=parts.gitlab is not None, at=now
        ),
    )


@router.post("/people/{name}/seen", status_code=204, responses=gives(None, 204))
async def look_at_person(request: Request, session: Who, name: PersonName) -> Response:
    """An administrator of the server has looked at somebody who was new."""
    return await settle(
        request,
        session,
        None,
        lambda connection, now: people.look_at_person(connection, session, name, at=now),
    )
