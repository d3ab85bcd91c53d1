"""People who may sign in."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from server.protocol.calls import AddPerson, Person
from server.routes.bodies import body, gives, takes
from server.routes.calls import Here, Who, settle
from server.services import people
from server.services.vaults import require_administrator

router = APIRouter(tags=["people"])


@router.post("/people", status_code=201, openapi_extra=takes(AddPerson), responses=gives(Person, 201))
async def add_person(
    request: Request, parts: Here, session: Who, wish: Annotated[AddPerson, Depends(body(AddPerson))]
) -> Response:
    """A new person with a first password; for administrators of the server."""
    require_administrator(session)
    password = await parts.passwords.hashed(wish.password)
    return await settle(
        request,
        session,
        # Not the password: a quick hash of it would stand in the store.
        Person(name=wish.name, administrator=wish.administrator),
        lambda connection, now: people.add_person(
            connection, session, wish.name, password=password, administrator=wish.administrator, at=now
        ),
        status=201,
    )
