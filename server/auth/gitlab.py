"""Asks GitLab whose an access token is, by the documented REST API, and forgets the token with the answer.

`GET /api/v4/user` with `PRIVATE-TOKEN` (docs.gitlab.com/api/users, scope read_user), and where a membership is demanded
`GET /api/v4/groups/:id/members/all/:user_id` or the same of `projects` (docs.gitlab.com/api/members, scope read_api),
which counts members of groups above and of invited groups too.
"""

import asyncio
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import httpx
import msgspec
import truststore

from server.domain.entrance import (
    GitlabAway,
    GitlabBusy,
    GitlabForbids,
    GitlabPerson,
    GitlabSlow,
    GitlabTrouble,
    TokenRefused,
)
from server.domain.errors import ProblemError

T = TypeVar("T")

PATIENCE = 5.0
"""Seconds that are usual for all that is asked of GitLab for one sign-in."""
NAMES_AT_ONCE = 2
"""Lookups of its name at the same time; whoever comes meanwhile waits for them, and no longer than for all."""
LONGEST_ANSWER = 256 * 1024
"""Bytes of an answer of GitLab that are read."""
LONGEST_WAIT = 3_600.0
"""Seconds; longer nobody is told to wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    status: int
    content: bytes
    retry_after: str


class _User(msgspec.Struct):
    id: int
    username: str
    name: str
    state: str
    bot: bool = False


class _Member(msgspec.Struct):
    access_level: int
    state: str = "active"
    membership_state: str = "active"


class _Complaint(msgspec.Struct):
    """What GitLab says beside a status: OAuth's two fields (RFC 6750, 3), or a message of its own."""

    error: Any = ""
    error_description: Any = ""
    message: Any = ""


class Gitlab:
    """One GitLab, as the administrator has set it up."""

    def __init__(
        self, url: str, *, group: str = "", project: str = "", proxy: str = "", patience: float = PATIENCE
    ) -> None:
        self._url = url
        self._memberships = [(kind, path) for kind, path in (("groups", group), ("projects", project)) if path]
        self._proxy = proxy or None
        self.patience = patience
        """Seconds for all that is asked for one sign-in."""
        self._names = ThreadPoolExecutor(NAMES_AT_ONCE, "gitlab")
        self._tls = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        address = urlsplit(url)
        self.host = address.netloc + address.path
        """What people call it."""
        self.scope = "read_api" if self._memberships else "read_user"
        """What a token must be allowed to do there."""
        self.admits_everybody = not self._memberships
        """Whoever has an account there comes in."""

    async def owner_of(self, token: str) -> GitlabPerson:
        """Whom the token belongs to, who is a member where that is demanded.

        Raises TokenRefused, GitlabForbids, GitlabBusy, GitlabTrouble, GitlabAway, GitlabSlow.
        """
        token = token.strip()
        if not token.isascii() or not token.isprintable() or " " in token:
            raise TokenRefused("This is no access token: it has blanks or letters that no token has. Copy it again.")
        try:
            async with asyncio.timeout(self.patience), self._client(token) as http:
                await self._find_host()
                user = await self._user(http)
                for kind, path in self._memberships:
                    await self._require_member(http, kind, path, user.id)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise GitlabSlow(
                f"GitLab at {self.host} did not answer within {self.patience:g} s. Try again in a few minutes. Whoever"
                " has a password signs in with that meanwhile.",
            ) from error
        except (httpx.HTTPError, OSError) as error:
            raise GitlabAway(
                f"GitLab at {self.host} cannot be reached from this server{self._by_proxy()}. Try again later, or tell"
                " an administrator. Whoever has a password signs in with that meanwhile.",
            ) from error
        return GitlabPerson(number=user.id, username=user.username, name=user.name)

    def _client(self, token: str) -> httpx.AsyncClient:
        """For one sign-in. It follows no redirect: the token is for this GitLab and nobody else."""
        return httpx.AsyncClient(
            base_url=f"{self._url}/api/v4/",
            headers={"PRIVATE-TOKEN": token, "Accept": "application/json", "Accept-Encoding": "identity"},
            verify=self._tls,
            timeout=self.patience,
            follow_redirects=False,
            proxy=self._proxy,
            trust_env=False,  # where people's tokens go is said in the settings, not by a variable that is there anyway
        )

    async def _find_host(self) -> None:
        """Look its name up, in threads of its own. A lookup cannot be ended, and may take far longer than our patience:
        in the threads that all others use, a few sign-ins would keep the whole server waiting. Raises OSError.
        """
        address = urlsplit(self._proxy or self._url)
        look_up = partial(socket.getaddrinfo, address.hostname, address.port, type=socket.SOCK_STREAM)
        await asyncio.get_running_loop().run_in_executor(self._names, look_up)

    def _by_proxy(self) -> str:
        """By which, without the password that may stand in its address."""
        return "" if self._proxy is None else f" by the proxy {urlsplit(self._proxy).hostname}"

    async def _user(self, http: httpx.AsyncClient) -> _User:
        answer = await self._asked(http, "user")
        if answer.status != 200:
            raise self._refusal(answer)
        user = self._decoded(answer, _User)
        if user.state != "active":
            raise GitlabForbids(
                f"Your account “{user.username}” at GitLab ({self.host}) is not active there: it is {user.state}."
                " Ask an administrator of GitLab."
            )
        if user.bot:
            raise GitlabForbids(
                "This token belongs to a project or a group and not to a person. Make one of your own in GitLab: your"
                " picture, Preferences, Access tokens."
            )
        return user

    async def _require_member(self, http: httpx.AsyncClient, kind: str, path: str, user: int) -> None:
        answer = await self._asked(http, f"{kind}/{quote(path, safe='')}/members/all/{user}")
        # GitLab says 404 both where somebody is no member and of a group that the person may not see.
        if answer.status == 404:
            raise self._no_member(kind, path)
        if answer.status != 200:
            raise self._refusal(answer)
        member = self._decoded(answer, _Member)
        if member.access_level <= 0 or member.state != "active" or member.membership_state != "active":
            raise self._no_member(kind, path)

    async def _asked(self, http: httpx.AsyncClient, path: str) -> _Answer:
        async with http.stream("GET", path) as response:
            content = bytearray()
            async for block in response.aiter_raw():
                content += block
                if len(content) > LONGEST_ANSWER:
                    raise self._trouble("its answer is far longer than it should be")
            wait = response.headers.get("Retry-After", "")
            return _Answer(status=response.status_code, content=bytes(content), retry_after=wait)

    def _decoded(self, answer: _Answer, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(answer.content, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise self._trouble("what answers there is no GitLab") from error

    def _refusal(self, answer: _Answer) -> ProblemError:
        if 300 <= answer.status < 400:
            return self._trouble("it sends callers on to another address, where no token is sent")
        match answer.status:
            case 401:
                return self._unknown(_complaint(answer))
            case 403:
                return self._forbidden(_complaint(answer))
            case 429:
                wait = _seconds(answer.retry_after)
                return GitlabBusy(
                    f"GitLab at {self.host} has too much to do and asks to wait. Try again in {wait:.0f} s.",
                    retry_after=wait,
                )
            case status if status >= 500:
                return self._trouble(f"it has a problem of its own (it said {status})")
            case status:
                return self._trouble(f"what answers there is no GitLab (it said {status})")

    def _unknown(self, complaint: str) -> TokenRefused:
        what = f"Make a new one at {self.host} with the scope {self.scope}, and sign in with that."
        if "expired" in complaint:
            return TokenRefused(f"This token has expired. {what}")
        if "revoked" in complaint:
            return TokenRefused(f"This token was revoked. {what}")
        return TokenRefused(f"GitLab at {self.host} does not know this token. Copy it again, whole. {what}")

    def _forbidden(self, complaint: str) -> GitlabForbids:
        if "insufficient_scope" in complaint:
            return GitlabForbids(
                f"This token may not say who you are: it needs the scope {self.scope}. Make a new one at {self.host}"
                " with that scope."
            )
        if "blocked" in complaint or "deactivated" in complaint:
            return GitlabForbids(
                f"Your account at GitLab ({self.host}) is blocked there. Ask an administrator of GitLab."
            )
        return GitlabForbids(
            f"GitLab at {self.host} does not answer to this account now. Open it in a browser and see what it asks of"
            " you, such as terms to accept or a password to renew."
        )

    def _no_member(self, kind: str, path: str) -> GitlabForbids:
        what = {"groups": "group", "projects": "project"}[kind]
        return GitlabForbids(
            f"Only members of the {what} “{path}” of GitLab ({self.host}) come in here so, and you are none. Ask its"
            " owner, or an administrator of this server for an account."
        )

    def _trouble(self, why: str) -> GitlabTrouble:
        return GitlabTrouble(
            f"GitLab at {self.host} could not say who you are: {why}. Try again later, or tell an administrator."
            " Whoever has a password signs in with that meanwhile."
        )


def _complaint(answer: _Answer) -> str:
    """All that GitLab says, in small letters, to look for words in it."""
    try:
        said = msgspec.json.decode(answer.content, type=_Complaint)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return f"{said.error} {said.error_description} {said.message}".lower()


def _seconds(retry_after: str) -> float:
    """How long to wait by Retry-After (RFC 9110, 10.2.3): its seconds; a date or nothing counts as a minute."""
    wait = float(retry_after) if retry_after.isascii() and retry_after.isdigit() else 60.0
    return min(max(wait, 1.0), LONGEST_WAIT)
