"""Links to files: `pdm://vault/folder/file`. A link only says what to look at; it never changes anything.

What stands between the slashes is text in UTF-8, percent-encoded but for letters, digits and `-._~` (RFC 3986, 2.3):
what is copied here comes whole through mails and chats, and is read back as the same vault and path.
"""

from urllib.parse import quote, unquote

from pdm_desktop.product import SCHEME
from server.protocol.limits import NAME_CHARACTERS, PATH_CHARACTERS
from server.protocol.names import ForbiddenName, checked_path
from server.protocol.records import dataclass

BEGINNING = f"{SCHEME}://"
LONGEST = len(BEGINNING) + 9 * (NAME_CHARACTERS + 1 + PATH_CHARACTERS)
"""Characters of a link that is looked at: those of a vault's name and a path, each of which may be written as nine."""


class NoLink(ValueError):
    """This is no link to a file; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a link names."""

    vault: str
    """The vault's name or id."""
    path: str
    """The file or folder in it; empty: the vault itself."""

    def __str__(self) -> str:
        return f"{BEGINNING}{quote(self.vault, safe='')}/{quote(self.path)}"


def checked_beginning(text: str) -> str:
    """The same text, which is meant to be a link; whether it leads somewhere, `link_in` says. Raises NoLink."""
    if not text.casefold().startswith(BEGINNING):
        raise NoLink(f"“{text[:80]}” is no link to a file: it has to begin with {BEGINNING}")
    return text


def link_in(text: str) -> Link:
    """The link that somebody clicked or typed. Raises NoLink."""
    checked_beginning(text)
    if len(text) > LONGEST:
        raise NoLink("This link is too long.")
    before, _, behind = text[len(BEGINNING) :].partition("/")
    try:
        vault, path = unquote(before, errors="strict"), unquote(behind.strip("/"), errors="strict")
    except UnicodeDecodeError as error:
        raise NoLink(f"“{text}” is no link to a file: it is no text.") from error
    if not vault:
        raise NoLink(f"“{text}” names no vault.")
    try:
        return Link(vault=vault, path=checked_path(path) if path else "")
    except ForbiddenName as error:
        raise NoLink(f"“{text}” is no link to a file: {error}") from error
