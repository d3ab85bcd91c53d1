"""Session tokens: small signed JWTs that name a session, which is looked up on every call.

RFC 7519 with HS256 and nothing else; the key is made on the first start and never leaves the data folder.
"""

import os
import secrets
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import jwt

ALGORITHM = "HS256"
KEY_BYTES = 32
CHARACTERS = 512
"""No token of ours is as long."""
KNOWN = 4_096
"""Tokens that are kept read, those that came last."""


class BadKey(Exception):
    """The file of the key has not as many bytes as a key. The text says what to do."""


class Tokens:
    """Signs and reads tokens with one key."""

    def __init__(self, key: bytes) -> None:
        if len(key) < KEY_BYTES:
            raise ValueError(f"The key for tokens has {len(key)} bytes and needs {KEY_BYTES}.")
        self._key = key
        # What a token names never changes, and every call shows one: reading it is done once.
        self._read = lru_cache(KNOWN)(self._session_in)

    def token_for(self, session_id: str, *, expires: datetime) -> str:
        """A token of less than CHARACTERS."""
        return jwt.encode({"sid": session_id, "exp": int(expires.timestamp())}, self._key, algorithm=ALGORITHM)

    def session_in(self, token: str) -> str | None:
        """The id of the session that the token names, or None when it is not one of ours.

        Whether the session still works is for the store to say: a token's own expiry is not read here.
        """
        return self._read(token) if len(token) < CHARACTERS else None

    def _session_in(self, token: str) -> str | None:
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                options={"require": ["sid", "exp"], "verify_exp": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError:
            return None
        session_id = claims["sid"]
        return session_id if isinstance(session_id, str) else None


def key_in(path: Path) -> bytes:
    """The key in that file, made there first if there is none; only the server's own account may read it.

    Raises BadKey.
    """
    if not path.exists():
        _write_key(path, secrets.token_bytes(KEY_BYTES))
    key = path.read_bytes()
    if len(key) < KEY_BYTES:
        raise BadKey(
            f"The key {path} is damaged: it has {len(key)} bytes, not {KEY_BYTES}. Copy it from a backup, or remove"
            " it: then the server makes a new one, and everybody signs in again."
        )
    return key


def _write_key(path: Path, key: bytes) -> None:
    half_made = path.with_suffix(".part")
    half_made.unlink(missing_ok=True)
    descriptor = os.open(half_made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, opened with its mode from the start
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    half_made.replace(path)
