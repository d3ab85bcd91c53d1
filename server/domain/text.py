"""Text that people write: names, messages, comments. Kept in NFC, without control characters and outer blanks."""

import re
import unicodedata
from typing import Final

from server.domain.errors import Invalid

_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""What is not drawn, or only turns the direction of reading: Default_Ignorable_Code_Point of UAX 44, and the
separators of lines and paragraphs."""


def one_line(text: str, what: str) -> str:
    """A name or a message, tidied. `what` names the field for the person. Raises Invalid."""
    return _tidy(text, what, allowed="")


def optional_line(text: str | None, what: str) -> str | None:
    """The same, where nothing, or nothing but blanks, means no text. Raises Invalid."""
    return None if text is None or not text.strip() else one_line(text, what)


def optional_lines(text: str | None, what: str) -> str | None:
    """A comment, which may have several lines, or None. Raises Invalid."""
    return None if text is None or not text.strip() else _tidy(text.replace("\r\n", "\n"), what, allowed="\n\t")


def has_invisible(text: str) -> bool:
    """Whether something in a text cannot be seen, so that two of them would look alike (UTS 39)."""
    return _INVISIBLE.search(text) is not None


def same_name(name: str) -> str:
    """Equal for two names that people would take for one."""
    return unicodedata.normalize("NFKC", name).casefold()


def _tidy(text: str, what: str, *, allowed: str) -> str:
    tidy = unicodedata.normalize("NFC", text).strip()
    if not tidy:
        raise Invalid(f"The {what} is empty. Please fill it in.")
    if any(unicodedata.category(each) in ("Cc", "Cs") and each not in allowed for each in tidy):
        raise Invalid(f"The {what} has control characters. Please take them out.")
    return tidy
