"""Sign-in and the seats of a person."""

from dataclasses import field
from datetime import datetime
from typing import Annotated

from server.protocol.bounds import MaxLen
from server.protocol.limits import (
    PASSWORD_LEAST,
    ComputerName,
    GitlabToken,
    Id,
    NewPassword,
    OneTimeCodeText,
    Password,
    PersonName,
    Version,
)
from server.protocol.records import dataclass
from server.protocol.strict import STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerInfo:
    """Which server this is, for somebody who is not signed in yet."""

    id: Id
    """By which seats know it, whatever its address and its epoch."""
    name: str
    version: str
    oldest_client: str
    """The oldest seat that this server serves."""
    newest_client: str = ""
    """The newest seat that this server knows of; empty: the server is older than that question."""
    password_least: int = PASSWORD_LEAST
    """So many characters a new password has at least."""
    gitlab_host: str = ""
    """The GitLab whose access tokens are taken for a first sign-in, as people call it; empty: none."""
    gitlab_scope: str = ""
    """The scope that such a token needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installer:
    """The installer of a seat for Windows that the server has."""

    name: str
    version: str
    size: int
    """Bytes."""
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatInfo:
    """The seat that signs in: its own stable id, and what people should read of it."""

    id: Id
    computer: ComputerName
    system: Annotated[str, MaxLen(80)]
    version: Version


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Sign in with name and password. A program names its seat; a browser asks for the cookie instead of the token."""

    __pydantic_config__ = STRICT

    name: PersonName
    password: Password = field(repr=False)
    seat: SeatInfo | None = None
    browser: bool = False
    gitlab_token: GitlabToken | None = field(default=None, repr=False)
    """Where an administrator wants it at this sign-in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoseToken:
    """Whose access token of GitLab is this?"""

    __pydantic_config__ = STRICT

    gitlab_token: GitlabToken = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenOwner:
    """Whose it is."""

    person: str
    """The name by which this person signs in here, also in the future."""
    called: str
    """What GitLab calls the person."""
    has_password: bool
    """Then the token is not for signing in any more: name and password are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInByToken:
    """The first sign-in of somebody whom GitLab knows: an access token, and the password from now on."""

    __pydantic_config__ = STRICT

    gitlab_token: GitlabToken = field(repr=False)
    password: NewPassword = field(repr=False)
    seat: SeatInfo | None = None
    browser: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInByCode:
    """Sign in with an administrator's one-time code, and the password from now on."""

    __pydantic_config__ = STRICT

    name: PersonName
    code: OneTimeCodeText = field(repr=False)
    password: NewPassword = field(repr=False)
    seat: SeatInfo | None = None
    browser: bool = False
    gitlab_token: GitlabToken | None = field(default=None, repr=False)
    """Where an administrator wants it at this sign-in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """The session that began. `token` is absent for a browser: it has the cookie."""

    person: str
    administrator: bool
    server: Id
    epoch: str
    expires: datetime
    seat: str | None = None
    token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """Who the session belongs to."""

    person: str
    administrator: bool
    server: Id
    epoch: str
    expires: datetime
    seat: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePassword:
    """Set a new password. Every other session of the person ends."""

    __pydantic_config__ = STRICT

    old: Password = field(repr=False)
    new: NewPassword = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One of my seats."""

    id: Id
    computer: str
    system: str
    version: str
    last_contact: datetime
    online: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Seats:
    """My seats, the last used first."""

    seats: list[Seat]
