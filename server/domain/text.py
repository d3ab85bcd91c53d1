"""Text that people write: names, messages, comments. Kept in NFC, without control characters and outer blanks."""

import unicodedata

from server.domain.errors import Invalid


def one_line(text: str, what: str) -> str:
    """A name or a message, tidied. `what` names the field for the person. Raises Invalid."""
    return _tidy(text, what, allowed="")


def optional_line(text: str | None, what: str) -> str | None:
    """The same, where nothing, or nothing but blanks, means no text. Raises Invalid."""
    return None if text is None or not text.strip() else one_line(text, what)


def optional_lines(text: str | None, what: str) -> str | None:
    """A comment, which may have several lines, or None. Raises Invalid."""
    return None if text is None or not text.strip() else _tidy(text.replace("\r\n", "\n"), what, allowed="\n\t")


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
