"""One-time codes: made by chance, read aloud without mistakes, and compared without regard to how they are typed."""

import secrets

ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without I, L, O, 0 and 1, which are taken for each other."""
GROUPS = 3
GROUP = 4
"""Twelve of 31 signs are 59 bits: by the throttle nobody guesses one before it expires."""


def new_code() -> str:
    """A code as a person reads it: ABCD-EFGH-JKMN."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))


def plain(code: str) -> str:
    """The code that somebody means, whatever the letters' case and what stands between them."""
    return "".join(each for each in code.upper() if each.isalnum())
