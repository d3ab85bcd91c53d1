"""Passwords: kept as Argon2id, right or wrong, and as long for nobody as for somebody."""

import time
import unicodedata
from collections.abc import Iterator

import pytest

from server.auth import passwords as module
from server.auth.passwords import AT_ONCE, Passwords, hashed


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords()
    yield made
    made.close()


async def test_only_the_right_password_fits(passwords: Passwords) -> None:
    kept = await passwords.hashed("Prüfmaß 12")
    assert kept.startswith("$argon2id$")
    assert await passwords.fits("Prüfmaß 12", kept=kept)
    assert await passwords.fits(unicodedata.normalize("NFD", "Prüfmaß 12"), kept=kept)
    assert not await passwords.fits("prüfmaß 12", kept=kept)
    assert not await passwords.fits("the password of nobody", kept=None)
    assert not await passwords.fits("x", kept="not a hash")


def test_the_same_password_is_kept_differently_each_time() -> None:
    assert hashed("twice") != hashed("twice")


async def test_nobody_takes_as_much_work_as_somebody(passwords: Passwords) -> None:
    kept = await passwords.hashed("x")

    async def work(kept: str | None) -> float:
        started = time.process_time()
        await passwords.fits("wrong", kept=kept)
        return time.process_time() - started

    await work(None)
    somebody = min([await work(kept) for _ in range(5)])
    nobody = min([await work(None) for _ in range(5)])
    assert 0.5 < nobody / somebody < 2


async def test_not_even_the_first_try_by_an_unknown_name_takes_longer() -> None:
    module._of_nobody.cache_clear()
    fresh = Passwords()
    for _ in range(AT_ONCE):
        await fresh.hashed("x")
    fresh.close()
    assert module._of_nobody.cache_info().currsize == 1
