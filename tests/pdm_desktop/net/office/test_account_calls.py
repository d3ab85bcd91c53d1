"""The calls about how people get in: what is sent where, and what comes back."""

import ssl
from datetime import UTC, datetime

import httpx
import msgspec
import pytest

from pdm_desktop.core.office.accounts import ChangePassword, LinkGitlab, MakeCode, RequireToken, UnlinkGitlab
from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.core.office.topics import PEOPLE
from pdm_desktop.net.http import Http
from pdm_desktop.net.office import changing
from server.protocol.calls import OneTimeCode
from server.protocol.wire import plain

CODE = OneTimeCode(person="Sam/Two", code="ABCD-EFGH-JKMN", expires=datetime(2026, 3, 4, tzinfo=UTC))


@pytest.mark.parametrize(
    ("wish", "call", "sent"),
    [
        (MakeCode(name="Sam/Two"), "POST /api/people/Sam%2FTwo/code", None),
        (RequireToken(name="sam", wanted=True), "PUT /api/people/sam/token", {"wanted": True}),
        (LinkGitlab(name="sam", gitlab=42), "PUT /api/people/sam/gitlab", {"gitlab": 42}),
        (UnlinkGitlab(name="sam"), "DELETE /api/people/sam/gitlab", None),
        (
            ChangePassword(old="before", new="afterwards"),
            "PUT /api/session/password",
            {"old": "before", "new": "afterwards"},
        ),
    ],
    ids=["code", "token", "link", "unlink", "password"],
)
async def test_each_wish_is_one_call(wish: OfficeRequest, call: str, sent: object) -> None:
    seen: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if isinstance(wish, MakeCode):
            return httpx.Response(201, content=msgspec.json.encode(plain(CODE)))
        return httpx.Response(204)

    http = Http("http://server", tls=ssl.create_default_context(), transport=httpx.MockTransport(respond))
    answer = await changing.make(http, wish, "the key")
    await http.close()
    assert answer == (CODE if isinstance(wish, MakeCode) else None)
    [request] = seen
    assert f"{request.method} {request.url.raw_path.decode()}" == call
    assert (msgspec.json.decode(request.content) if request.content else None) == sent
    assert request.headers["Idempotency-Key"] == "the key"


def test_what_administrators_change_of_people_is_read_again() -> None:
    wishes = (MakeCode(name="a"), RequireToken(name="a", wanted=True), LinkGitlab(name="a", gitlab=1))
    assert {each.topics for each in (*wishes, UnlinkGitlab(name="a"))} == {(PEOPLE,)}


def test_a_password_is_in_no_log() -> None:
    assert "secret" not in repr(ChangePassword(old="secret 1", new="secret 2"))
