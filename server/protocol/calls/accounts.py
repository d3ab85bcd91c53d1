"""How people get in, as administrators see to it: one-time codes, and what GitLab has to do with somebody."""

from dataclasses import field
from datetime import datetime

from server.protocol.limits import GitlabNumber
from server.protocol.records import dataclass
from server.protocol.strict import STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimeCode:
    """A code for one sign-in, told this once."""

    person: str
    code: str = field(repr=False)
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RequireToken:
    """Whether the next sign-in takes the person's GitLab token beside the password."""

    __pydantic_config__ = STRICT

    wanted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkGitlab:
    """This person is the one whom GitLab knows by that number."""

    __pydantic_config__ = STRICT

    gitlab: GitlabNumber
