"""The one rule for names and paths in a vault, for server and seat alike.

A name must be possible on Windows (learn.microsoft.com, "Naming Files, Paths, and Namespaces"), because that is where
the files live, and two names that Windows takes for one must not both exist. Paths use `/`, relative to the vault.
"""

import re
import unicodedata
from enum import Enum

from server.protocol.limits import PATH_CHARACTERS

NAME_BYTES = 255
"""Longest part of a path, in UTF-8, as Linux file systems hold it; NTFS counts 255 UTF-16 units, which is more."""

_FORBIDDEN = re.compile(r'[<>:"\\|?*\x00-\x1f\x7f]')
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Embeddings, overrides and isolates (UAX 9): by one of them `cn.exe` at the end of a name reads as `exe.nc`."""
_RESERVED = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])\s*(\..*)?",
    re.IGNORECASE | re.DOTALL,
)


class Flaw(Enum):
    """What is wrong with a path, as the end of a sentence that begins with its name."""

    EMPTY = "is empty"
    EMPTY_PART = "has an empty part between two slashes"
    DOTS = "leads out of its folder with . or .."
    CHARACTER = 'has a character that Windows does not allow in names: < > : " \\ | ? * or a control character'
    TURNS = "has an invisible character that turns the direction of reading, so that it looks like another name"
    ENDING = "has a part that ends with a dot or a space"
    LEADING_SPACE = "has a part that begins with a space"
    RESERVED = "uses a name that Windows keeps for devices, like CON, NUL or COM1"
    LONG_NAME = f"has a part of more than {NAME_BYTES} bytes"
    LONG_PATH = f"has more than {PATH_CHARACTERS} characters"
    NOT_TEXT = "has characters that are no text"


class ForbiddenName(ValueError):
    """This path cannot be a file of a vault. `path` is the one meant, `flaw` what is wrong with it."""

    def __init__(self, path: str, flaw: Flaw) -> None:
        super().__init__(f"“{path}” {flaw.value}.")
        self.path = path
        self.flaw = flaw


def checked_path(path: str) -> str:
    """The path in NFC, as the vault keeps it. Raises ForbiddenName."""
    flaw = flaw_of(path)
    if flaw is not None:
        raise ForbiddenName(path, flaw)
    return unicodedata.normalize("NFC", path)


def flaw_of(path: str) -> Flaw | None:
    """What is wrong with a path, or None."""
    if not path:
        return Flaw.EMPTY
    try:
        path.encode()
    except UnicodeEncodeError:
        return Flaw.NOT_TEXT
    normal = unicodedata.normalize("NFC", path)
    if len(normal.encode("utf-16-le")) // 2 > PATH_CHARACTERS:
        return Flaw.LONG_PATH
    return next((flaw for part in normal.split("/") if (flaw := _flaw_of_part(part))), None)


def same_key(path: str) -> str:
    """Equal for two paths that Windows takes for the same file: NFC and casefold (UAX 15, Unicode 3.13)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())


def _flaw_of_part(part: str) -> Flaw | None:
    if not part:
        return Flaw.EMPTY_PART
    if part in (".", ".."):
        return Flaw.DOTS
    if _FORBIDDEN.search(part):
        return Flaw.CHARACTER
    if _TURNS.search(part):
        return Flaw.TURNS
    if part[-1] in ". ":
        return Flaw.ENDING
    if part[0] == " ":
        return Flaw.LEADING_SPACE
    if _RESERVED.fullmatch(part):
        return Flaw.RESERVED
    if len(part.encode()) > NAME_BYTES:
        return Flaw.LONG_NAME
    return None
