"""New ids: ordered by time, so that neighbours in time are neighbours in an index, and never twice the same."""

import secrets
from datetime import datetime


def new_id(at: datetime) -> str:
    """Twenty-three hexadecimal digits."""
    return f"{int(at.timestamp() * 1000):011x}{secrets.token_hex(6)}"


def new_secret_id() -> str:
    """An id that nobody can guess and that tells nothing: for sessions and epochs."""
    return secrets.token_hex(16)
