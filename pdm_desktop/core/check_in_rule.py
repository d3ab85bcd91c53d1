"""What the rules of vaults say of a check-in: whether it needs a comment, and which number it makes."""

from collections.abc import Iterable

from server.protocol.records import dataclass
from server.protocol.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInRule:
    """What holds for one check-in, of files of one vault or several."""

    comment: bool = False
    """It needs a comment."""
    minor: bool = True
    major: bool = True
    """It may be that."""
    why: str = ""
    """Why it may not be one of the two."""

    @property
    def comment_note(self) -> str:
        """What stands beside the field of the comment."""
        note = "what changed, for the history"
        return f"{note}; this vault asks for one" if self.comment else note

    def why_not(self, comment: str | None) -> str:
        """Why it cannot be checked in with that comment; empty: it can."""
        if self.comment and not (comment or "").strip():
            return "Write a comment first: by its rules this vault asks what has changed."
        return ""


ANY_CHECK_IN = CheckInRule()
"""Of a vault without rules."""


def check_in_rule(vaults: Iterable[Vault]) -> CheckInRule:
    """What holds for a check-in of files of all of these."""
    known = list(vaults)
    comment = any(each.file_rules.comment for each in known)
    for each in known:
        match each.file_rules.counting:
            case "major":
                why = f"In the vault {each.name} every check-in makes a major revision."
                return CheckInRule(comment=comment, minor=False, why=why)
            case "administrators" if each.role != "administrator":
                why = f"In the vault {each.name} only an administrator makes major revisions."
                return CheckInRule(comment=comment, major=False, why=why)
            case _:
                pass
    return CheckInRule(comment=comment)
