"""Tokens name a session, are small, and cannot be made without the key."""

import stat
import sys
from datetime import UTC, datetime
from pathlib import Path

import jwt
import pytest

from server.auth.tokens import KEY_BYTES, Tokens, key_in
from server.protocol.limits import TOKEN_CHARACTERS

KEY = b"k" * KEY_BYTES
EXPIRES = datetime(2026, 4, 1, tzinfo=UTC)


def test_a_token_names_its_session_and_fits_every_keyring() -> None:
    token = Tokens(KEY).token_for("s" * 32, expires=EXPIRES)
    assert Tokens(KEY).session_in(token) == "s" * 32
    assert len(token) < TOKEN_CHARACTERS


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        "é",
        jwt.encode({"sid": "s", "exp": 1}, "", algorithm="none"),
        jwt.encode({"sid": "s", "exp": 1}, b"x" * KEY_BYTES, algorithm="HS256"),
        jwt.encode({"sid": "s", "exp": 1}, KEY * 2, algorithm="HS512"),
        jwt.encode({"exp": 1}, KEY, algorithm="HS256"),
        jwt.encode({"sid": 7, "exp": 1}, KEY, algorithm="HS256"),
    ],
)
def test_what_is_no_token_of_ours_names_nobody(token: str) -> None:
    assert Tokens(KEY).session_in(token) is None


def test_a_changed_token_names_nobody() -> None:
    head, _, mark = Tokens(KEY).token_for("mine", expires=EXPIRES).split(".")
    _, claims, _ = Tokens(b"x" * KEY_BYTES).token_for("yours", expires=EXPIRES).split(".")
    assert Tokens(KEY).session_in(f"{head}.{claims}.{mark}") is None


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32"):
        Tokens(b"short")


def test_the_key_is_made_once_for_this_account_alone(tmp_path: Path) -> None:
    path = tmp_path / "token.key"
    path.with_suffix(".part").write_bytes(b"half")
    key = key_in(path)
    assert len(key) == KEY_BYTES
    assert key_in(path) == key
    assert [each.name for each in tmp_path.iterdir()] == ["token.key"]
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
