"""The calls about people, seats and messages: each wish is the call that the server describes, with its key."""

import json
import ssl
from typing import Any

import httpx
import msgspec
import pytest

from pdm_desktop.core.office import topics
from pdm_desktop.core.office.messages import TellPeople
from pdm_desktop.core.office.people import (
    AddPerson,
    DisablePerson,
    EnablePerson,
    LookAtPerson,
    MakeAdministrator,
    SetPassword,
)
from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.core.office.seats import EndSeat
from pdm_desktop.net.http import Http
from pdm_desktop.net.office import changing, reading
from server.protocol import calls
from server.protocol.wire import plain
from tests.support.facts import NOW

SENT = calls.SentMessage(id="m", sender="Eva", everybody=True, text="Hello", at=NOW, receivers=3, acknowledged=0)


class Answering:
    """A server that gives one answer and remembers the call."""

    def __init__(self, answer: object) -> None:
        self.answer = answer
        self.request: httpx.Request | None = None

    def http(self) -> Http:
        def give(request: httpx.Request) -> httpx.Response:
            self.request = request
            if self.answer is None:
                return httpx.Response(204)
            return httpx.Response(200, content=msgspec.json.encode(plain(self.answer)))

        return Http("http://server", tls=ssl.create_default_context(), transport=httpx.MockTransport(give))


@pytest.mark.parametrize(
    ("wish", "call", "body", "answer"),
    [
        (
            AddPerson(name="Åsa", password="long enough", administrator=True), "POST /api/people",
            {"name": "Åsa", "password": "long enough", "administrator": True},
            calls.Person(name="Åsa", administrator=True),
        ),
        (
            AddPerson(name="Åsa"), "POST /api/people", {"name": "Åsa", "administrator": False},
            calls.Person(name="Åsa", administrator=False),
        ),
        (
            SetPassword(name="A B", password="long enough"), "PUT /api/people/A%20B/password",
            {"password": "long enough"}, None,
        ),
        (DisablePerson(name="Jan"), "DELETE /api/people/Jan", None, calls.Disabled(checked_out=2)),
        (EnablePerson(name="Jan"), "POST /api/people/Jan/enable", None, None),
        (MakeAdministrator(name="Jan", administrator=True), "PUT /api/people/Jan/administrator", None, None),
        (MakeAdministrator(name="Jan", administrator=False), "DELETE /api/people/Jan/administrator", None, None),
        (LookAtPerson(name="?x"), "POST /api/people/%3Fx/seen", None, None),
        (EndSeat(seat="seat-1", whose="Jan"), "DELETE /api/seats/seat-1", None, None),
        (
            TellPeople(text="Hello", to=None), "POST /api/messages", {"text": "Hello", "everybody": True}, SENT,
        ),
        (
            TellPeople(text="Hello", to="Jan"), "POST /api/messages",
            {"text": "Hello", "to": "Jan", "everybody": False}, SENT,
        ),
    ],
    ids=["add", "add-without-password", "password", "disable", "enable", "administrator", "no-administrator", "look",
         "end", "tell-all", "tell-one"],
)  # fmt: skip
async def test_a_wish_is_one_call_with_its_key(wish: OfficeRequest, call: str, body: Any, answer: object) -> None:
    server = Answering(answer)
    http = server.http()
    assert await changing.make(http, wish, "the-key") == answer
    await http.close()
    request = server.request
    assert request is not None
    assert f"{request.method} {request.url.raw_path.decode()}" == call
    assert request.headers["idempotency-key"] == "the-key"
    assert (json.loads(request.content) if request.content else None) == body


@pytest.mark.parametrize(
    ("topic", "query", "path", "answer"),
    [
        (topics.SEATS, (), "/api/seats", calls.SeatsOfAll(newest="1.0", seats=[])),
        (topics.MESSAGES, (), "/api/messages", calls.SentMessages(messages=[SENT])),
        (topics.RECEIPTS, (("message", "m/1"),), "/api/messages/m%2F1", calls.Receipts(message=SENT, receipts=[])),
    ],
    ids=["seats", "messages", "receipts"],
)
async def test_a_list_is_read_where_it_is(topic: Any, query: Any, path: str, answer: object) -> None:
    server = Answering(answer)
    http = server.http()
    assert await reading.read(http, topic, query) == answer
    await http.close()
    assert server.request is not None
    assert server.request.url.raw_path.decode() == path


def test_no_password_stands_in_a_log() -> None:
    for wish in (AddPerson(name="Jan", password="the secret"), SetPassword(name="Jan", password="the secret")):
        assert "the secret" not in repr(wish)
