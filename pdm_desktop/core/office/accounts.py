"""Wishes about how people get in: codes, GitLab, and one's own password."""

from dataclasses import field
from typing import Any, ClassVar

from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.core.office.topics import PEOPLE, Topic
from server.protocol.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeCode(OfficeRequest):
    """Make a one-time code, with which somebody signs in and sets a new password. The answer is a OneTimeCode."""

    topics: ClassVar[tuple[Topic[Any], ...]] = (PEOPLE,)

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequireToken(OfficeRequest):
    """Somebody's next sign-in takes a token of GitLab beside the password, or does not."""

    topics: ClassVar[tuple[Topic[Any], ...]] = (PEOPLE,)

    name: str
    wanted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkGitlab(OfficeRequest):
    """Somebody is the person whom GitLab knows by that number."""

    topics: ClassVar[tuple[Topic[Any], ...]] = (PEOPLE,)

    name: str
    gitlab: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlinkGitlab(OfficeRequest):
    """GitLab has nothing to do with somebody any more."""

    topics: ClassVar[tuple[Topic[Any], ...]] = (PEOPLE,)

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePassword(OfficeRequest):
    """Set a password of one's own, which ends every other session of the person."""

    old: str = field(repr=False)
    new: str = field(repr=False)

    @property
    def done(self) -> str:
        """What a person is told when it is done."""
        return "Your password is changed"
