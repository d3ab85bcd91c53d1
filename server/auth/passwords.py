"""Passwords, kept as Argon2id (RFC 9106) and checked off the event loop, a few at a time since each takes 64 MiB."""

import asyncio
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from argon2.low_level import hash_secret_raw
from blake3 import blake3

AT_ONCE = 2
"""Passwords that are checked at the same time."""

_hasher = PasswordHasher()


def hashed(password: str) -> str:
    """What is kept of a password. Takes some 50 ms."""
    return _hasher.hash(_prepared(password))


class Passwords:
    """Hashes and checks in threads of its own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE, "passwords")
        # Made before the first sign-in, or that one would take twice as long for a name that does not exist.
        self._threads.submit(_of_nobody)

    async def hashed(self, password: str) -> str:
        """What is kept of a password."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, hashed, password)

    async def marked(self, password: str, *, purpose: str) -> str:
        """What tells this password from others for one purpose only, as slow to guess by as what is kept."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, _marked, password, purpose)

    async def fits(self, password: str, *, kept: str | None) -> bool:
        """Whether it is the password that was kept. None, for nobody, takes as long and is never right."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, _fits, password, kept)

    def close(self) -> None:
        """Let go of the threads."""
        self._threads.shutdown()


def _marked(password: str, purpose: str) -> str:
    mark = hash_secret_raw(
        _prepared(password).encode(),
        blake3(purpose.encode()).digest(),
        time_cost=_hasher.time_cost,
        memory_cost=_hasher.memory_cost,
        parallelism=_hasher.parallelism,
        hash_len=_hasher.hash_len,
        type=_hasher.type,
    )
    return mark.hex()


def _fits(password: str, kept: str | None) -> bool:
    try:
        _hasher.verify(kept or _of_nobody(), _prepared(password))
    except (Argon2Error, InvalidHashError):
        return False
    return kept is not None


@cache
def _of_nobody() -> str:
    """Checked when there is no such name, so that the answer takes as long as for one that exists."""
    return _hasher.hash("the password of nobody")


def _prepared(password: str) -> str:
    # Two keyboards may write one letter in two ways (RFC 8265, 4.2).
    return unicodedata.normalize("NFC", password)
