"""The rules of a vault for its files: names, sizes, how revisions count, and what is checked out alone.

What is there already stays as it is; a rule holds for what comes, is renamed or is checked in. The expression for names
is one of RE2 (github.com/google/re2/wiki/Syntax), which takes no longer than a name is long.
"""

from dataclasses import field, fields
from hashlib import sha256
from typing import Annotated, Literal

import msgspec

from server.protocol.bounds import Ge, MaxLen
from server.protocol.limits import PATH_CHARACTERS, Size
from server.protocol.records import dataclass
from server.protocol.strict import STRICT

EXTENSIONS = 60
"""Most extensions in one list."""
EXTENSION_CHARACTERS = 16
PATTERN_CHARACTERS = 200
EXAMPLES = 12
"""Most examples of one kind."""
TRIED_NAMES = 50
"""Most names in one try."""

Counting = Literal["minor", "major", "administrators"]
"""How revisions count. `minor`: the person says, minor unless asked otherwise; `major`: every check-in is a major one;
`administrators`: only an administrator of the vault makes major ones.
"""
Extensions = Annotated[list[Annotated[str, MaxLen(EXTENSION_CHARACTERS)]], MaxLen(EXTENSIONS)]
Examples = Annotated[list[Annotated[str, MaxLen(PATH_CHARACTERS)]], MaxLen(EXAMPLES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultRules:
    """What holds for the files of a vault. These, with nothing said, allow everything."""

    __pydantic_config__ = STRICT

    extensions: Extensions = field(default_factory=list)
    """Of files that may come, as `.nc`, whatever their case; empty: all."""
    pattern: Annotated[str, MaxLen(PATTERN_CHARACTERS)] | None = None
    """What a whole name fits; one with a slash is for the whole path."""
    good: Examples = field(default_factory=list)
    """Names that fit the rules. The first is shown to whoever chose a name that does not."""
    bad: Examples = field(default_factory=list)
    """Names that do not."""
    max_bytes: Annotated[Size, Ge(1)] | None = None
    """The largest file that may come."""
    counting: Counting = "minor"
    comment: bool = False
    """A check-in needs a comment."""
    alone: Extensions = field(default_factory=list)
    """Of files that are checked out and in alone: no set is made with them."""


NO_RULES = VaultRules()
"""The rules of a vault that has none of its own."""


def tag_of(rules: VaultRules) -> str:
    """The same for equal rules alone: by it a change says from which rules it was made.

    What is not ruled is left out, so that a rule which one side does not know yet counts only where it is used.
    """
    said = [(each.name, getattr(rules, each.name)) for each in fields(VaultRules)]
    ruled = {name: value for name, value in said if value != getattr(NO_RULES, name)}
    return sha256(msgspec.json.encode(ruled, order="sorted")).hexdigest()


def extension_of(path: str) -> str:
    """`.nc`, in lower case; empty when the name has none."""
    name = path.rpartition("/")[2]
    stem, dot, extension = name.rpartition(".")
    return f".{extension}".casefold() if dot and stem else ""


def is_alone(rules: VaultRules, path: str) -> bool:
    """No set is made with that file."""
    return extension_of(path) in {each.casefold() for each in rules.alone}
