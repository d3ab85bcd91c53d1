"""Ways in beside the password: GitLab's word for who somebody is, one-time codes, and what each is refused for."""

from dataclasses import dataclass
from datetime import datetime

from server.domain.errors import Invalid, ProblemError, moment
from server.protocol.problems import Code


@dataclass(frozen=True, slots=True, kw_only=True)
class GitlabPerson:
    """Whom GitLab says an access token belongs to. The number stays for good; names may go to somebody else."""

    number: int
    username: str
    """By which the person signs in there, and here."""
    name: str
    """What people call the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRule:
    """When a sign-in takes a token beside the password."""

    offered: bool
    """There is a GitLab that can be asked."""
    always: bool
    """At each sign-in of those whom GitLab knows."""

    def demands(self, *, linked: bool, due: bool) -> bool:
        """Whether this person's sign-in takes one. Whom GitLab does not know can have none."""
        return self.offered and linked and (self.always or due)


def require_long_enough(password: str, *, least: int) -> None:
    """Raises Invalid for a new password that is shorter than the server wants it."""
    if len(password) < least:
        raise Invalid(
            f"A new password has at least {least} characters on this server, and this one has {len(password)}."
            " Choose a longer one."
        )


class TokenRefused(ProblemError):
    """GitLab does not know the token, or not any more."""

    code = Code.TOKEN_REFUSED
    title = "GitLab does not take this token"


class TokenNeeded(ProblemError):
    """The password is right, and the sign-in takes the person's GitLab token as well."""

    code = Code.TOKEN_NEEDED
    title = "This sign-in needs your GitLab token"

    def __init__(
        self,
        detail: str = "Your administrator wants to see your GitLab access token at this sign-in, beside your password."
        " Give both.",
    ) -> None:
        super().__init__(detail)


class GitlabForbids(ProblemError):
    """GitLab knows the token, and that is not enough."""

    code = Code.GITLAB_FORBIDS
    title = "GitLab does not let you in with this token"


class GitlabBusy(ProblemError):
    """GitLab asks to wait."""

    code = Code.GITLAB_BUSY
    title = "GitLab asks to wait"


class GitlabTrouble(ProblemError):
    """GitLab answered, and the answer is of no use."""

    code = Code.GITLAB_TROUBLE
    title = "GitLab did not answer as it should"


class GitlabAway(ProblemError):
    """Nothing answers where GitLab should be."""

    code = Code.GITLAB_AWAY
    title = "GitLab cannot be reached"


class GitlabSlow(ProblemError):
    """GitLab took too long."""

    code = Code.GITLAB_SLOW
    title = "GitLab takes too long"


class PasswordExists(ProblemError):
    """A token never takes the place of a password."""

    code = Code.PASSWORD_EXISTS
    title = "You have a password already"

    def __init__(self, person: str) -> None:
        super().__init__(
            f"{person} has a password on this server already, and a token does not replace it. Sign in with the name"
            f" “{person}” and that password. If it is lost, ask an administrator for a one-time code."
        )


class WrongCode(ProblemError):
    """Name and code do not belong together. Never says which of the two it is."""

    code = Code.WRONG_CODE
    title = "Name or code is wrong"

    def __init__(self) -> None:
        super().__init__(
            "No one can sign in with this name and code. A code works once, and only the last one that was made. Check"
            " both, or ask an administrator for a new code."
        )


class CodeExpired(ProblemError):
    """The code was right, and too late."""

    code = Code.CODE_EXPIRED
    title = "This code has expired"

    def __init__(self, expired: datetime) -> None:
        super().__init__(f"This code worked until {moment(expired)}. Ask an administrator for a new one.")
