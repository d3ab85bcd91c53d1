"""How revisions are numbered: `major.minor`, beginning with 1.0."""

import re
from dataclasses import dataclass

_NUMBER = re.compile(r"(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True, order=True)
class Number:
    """The number of one revision. Greater is newer."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"

    def next(self, *, major: bool) -> "Number":
        """The number after this one."""
        return Number(self.major + 1, 0) if major else Number(self.major, self.minor + 1)


FIRST = Number(1, 0)


def number_of(text: str) -> Number | None:
    """`5.2` as a number, or None when it is not written so."""
    match = _NUMBER.fullmatch(text)
    return Number(int(match[1]), int(match[2])) if match else None
