"""Bounds of what may be said: characters, bytes and counts. The server enforces them."""

import re
from typing import Annotated

from server.protocol.bounds import Ge, Le, MaxLen, MinLen, Predicate

NAME_CHARACTERS = 64
"""Longest name of a person, a computer or a vault."""
MESSAGE_CHARACTERS = 120
"""Longest reason of a check-out: one line in the table."""
COMMENT_CHARACTERS = 2_000
PASSWORD_CHARACTERS = 256
PASSWORD_LEAST = 8
CODE_CHARACTERS = 64
GITLAB_TOKEN_CHARACTERS = 512
"""Longest access token of GitLab: today's have fewer than 100."""
PATH_CHARACTERS = 240
"""Longest path of a file inside its vault, `/` included; Windows programs give up a little above it."""
PATH_WARN_CHARACTERS = 180
FRAME_BYTES = 65_536
"""Largest WebSocket message that the server accepts; a larger one ends the connection with 1009."""
REPLAY_EVENTS = 1_000
"""How many events of a vault the socket replays after `resume`; further back it says `resync`."""
SET_FILES = 200
"""Most files that one call changes together."""
PIECES = 4_096
"""Most pieces of a revision that one call names."""
BUNDLE_FILES = 256
"""Most files whose states, or whose contents, one call asks for."""
BUNDLE_BYTES = 8 << 20
"""Most bytes of all contents in one answer."""
BUNDLED_BYTES = 1 << 20
"""Largest content among them; larger ones are asked for one by one."""
PAGE_ITEMS = 500
"""Largest page of a listing."""
TOKEN_CHARACTERS = 512
"""Longest session token: Windows' credential store holds 1,280 characters, with room for what comes round it."""
BAD_FRAMES = 10
"""That many messages that are no JSON end the connection with 1007."""


_HASH = re.compile(r"[0-9a-f]{64}")


def is_hash(text: str) -> bool:
    """Whether it is written as the hash of some content: nothing else may lead to a place on a disk."""
    return _HASH.fullmatch(text) is not None


Id = Annotated[str, MinLen(1), MaxLen(64)]
PersonName = Annotated[str, MinLen(1), MaxLen(NAME_CHARACTERS)]
ComputerName = Annotated[str, MinLen(1), MaxLen(NAME_CHARACTERS)]
VaultName = Annotated[str, MinLen(1), MaxLen(NAME_CHARACTERS)]
Password = Annotated[str, MinLen(1), MaxLen(PASSWORD_CHARACTERS)]
NewPassword = Annotated[str, MinLen(PASSWORD_LEAST), MaxLen(PASSWORD_CHARACTERS)]
OneTimeCodeText = Annotated[str, MinLen(1), MaxLen(CODE_CHARACTERS)]
GitlabToken = Annotated[str, MinLen(1), MaxLen(GITLAB_TOKEN_CHARACTERS)]
GitlabNumber = Annotated[int, Ge(1), Le(2**53)]
Message = Annotated[str, MaxLen(MESSAGE_CHARACTERS)]
Comment = Annotated[str, MaxLen(COMMENT_CHARACTERS)]
Path = Annotated[str, MinLen(1), MaxLen(PATH_CHARACTERS)]
Version = Annotated[str, MinLen(1), MaxLen(40)]
Hash = Annotated[str, MinLen(64), MaxLen(64), Predicate(is_hash)]
Size = Annotated[int, Ge(0), Le(2**53)]
Count = Annotated[int, Ge(0), Le(2**53)]
