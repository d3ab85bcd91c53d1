"""A call whose body takes its time: what its person may do is looked at again when it is carried out."""

from typing import Any

import pytest
from sqlalchemy import Connection, update

from server.domain.errors import Forbidden
from server.routes.calls import write
from server.storage.tables import person
from tests.support.web import Seat, Web


@pytest.mark.parametrize("who", ["Ada", "Ben"], ids=["no administrator any more", "an administrator by now"])
def test_a_call_that_began_with_other_rights_changes_nothing(web: Web, ada: Seat, ben: Seat, who: str) -> None:
    seat = {"Ada": ada, "Ben": ben}[who]
    headers = {"authorization": seat.client.headers["authorization"]}
    session = web.run(web.parts.guard.signed_in(headers, origin_matters=False))
    done: list[Any] = []
    web.run(write(web.parts, session, lambda *_: done.append("before")))

    def turn(connection: Connection) -> None:
        connection.execute(update(person).where(person.c.name == who).values(administrator=not session.administrator))

    web.run(web.parts.store.write(turn))
    with pytest.raises(Forbidden, match="has changed meanwhile"):
        web.run(write(web.parts, session, lambda *_: done.append("after")))
    assert done == ["before"]
