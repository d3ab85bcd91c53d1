"""A stand-in GitLab on the loopback that answers like the documented API: users, memberships, and every refusal.

with stand_in() as gitlab:
    gitlab.people["the-token-of-Sam"] = person(42, "sam.becker", "Sam Becker")
    …                            # the server under test asks at gitlab.url
    assert gitlab.asked == ["/api/v4/user"]
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from server.auth.gitlab import Gitlab
from server.domain.entrance import GitlabPerson

Json = dict[str, Any]

EXPIRED = {
    "error": "invalid_token",
    "error_description": "Token is expired. You can either do re-authorization or token refresh.",
}
REVOKED = {
    "error": "invalid_token",
    "error_description": "Token was revoked. You have to re-authorize from the user.",
}
SHORT = {
    "error": "insufficient_scope",
    "error_description": "The request requires higher privileges than provided by the access token.",
    "scope": "api read_user",
}
BLOCKED = {"message": "403 Forbidden - Your account has been blocked."}
TERMS = {"message": "403 Forbidden - You (@sam) must accept the Terms of Service in order to perform this action."}


@dataclass(frozen=True)
class Answer:
    """What is answered to every question, whatever it is."""

    status: int
    body: Json | bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


def person(number: int, username: str, name: str, *, state: str = "active", **more: Any) -> Json:
    """A user as `GET /user` gives it."""
    return {
        "id": number,
        "username": username,
        "name": name,
        "state": state,
        "locked": False,
        "web_url": f"https://gitlab.example/{username}",
        "email": f"{username}@example.com",
        "bot": False,
        **more,
    }


@dataclass
class StandIn:
    """The GitLab: who its tokens belong to, who is a member of what, and what it does to every caller instead."""

    url: str = ""
    people: dict[str, Json] = field(default_factory=dict)
    """Users by their tokens."""
    members: dict[tuple[str, int], Json] = field(default_factory=dict)
    """Members by what they belong to (`groups/shop/cam`) and by their numbers."""
    instead: Answer | None = None
    """What everybody gets for whatever token."""
    silent: bool = False
    """It takes questions and answers none before the end."""
    asked: list[str] = field(default_factory=list)
    """The paths that were asked for, as they came."""
    tokens: list[str] = field(default_factory=list)
    """The tokens that came along."""
    ended: threading.Event = field(default_factory=threading.Event)

    def answer(self, path: str, token: str) -> Answer:
        """As the documented API does. A proxy is asked for the whole address (RFC 9112, 3.2.2)."""
        path = path.removeprefix("http://127.0.0.1:1") if path.startswith("http://") else path
        self.asked.append(path)
        self.tokens.append(token)
        if self.silent:
            self.ended.wait()
        if self.instead is not None:
            return self.instead
        user = self.people.get(token)
        if user is None:
            return Answer(401, {"message": "401 Unauthorized"})
        if path == "/api/v4/user":
            return Answer(200, user)
        what, _, number = path.removeprefix("/api/v4/").partition("/members/all/")
        member = self.members.get((unquote(what), int(number or 0)))
        return Answer(404, {"message": "404 Not found"}) if member is None else Answer(200, member)


class TrustingGitlab(Gitlab):
    """For what is not about GitLab: it answers at once, and takes every number for the token of that person."""

    def __init__(self) -> None:
        self.host, self.scope, self.admits_everybody = "gitlab.example", "read_user", False

    async def owner_of(self, token: str) -> GitlabPerson:
        return GitlabPerson(number=int(token), username=f"person-{token}", name=f"Person {token}")


@contextmanager
def stand_in() -> Iterator[StandIn]:
    """A GitLab that listens, gone at the end of the block."""
    gitlab = StandIn()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer = gitlab.answer(self.path, self.headers.get("PRIVATE-TOKEN", ""))
            body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body or {}).encode()
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                """Who asked has gone."""

        def log_message(self, *_: object) -> None:
            """Nothing: the token could be in it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    gitlab.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="gitlab")
    thread.start()
    try:
        yield gitlab
    finally:
        gitlab.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()
