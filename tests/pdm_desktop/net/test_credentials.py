"""The keyring: kept, found, forgotten, and every way in which it is not there."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import suppress

import keyring
import keyring.backend
import keyring.errors
import pytest

from pdm_desktop.core.errors import NoKeyring
from pdm_desktop.net import credentials

SERVER = "https://pdm.example"


class Memory(keyring.backend.KeyringBackend):
    """A keyring that keeps, until it is told to fail."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # comes without types
        self.kept: dict[tuple[str, str], str] = {}
        self.trouble: Exception | None = None

    def get_password(self, service: str, username: str) -> str | None:
        self._fail()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._fail()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._fail()
        del self.kept[service, username]

    def _fail(self) -> None:
        if self.trouble is not None:
            raise self.trouble


@pytest.fixture
def memory() -> Iterator[Memory]:
    before = keyring.get_keyring()
    made = Memory()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


async def test_a_token_is_kept_under_server_and_name_until_it_is_forgotten(memory: Memory) -> None:
    assert await credentials.read(SERVER, "Anna") is None
    await credentials.keep(SERVER, "Anna", "token")
    assert memory.kept == {("PDM Desktop https://pdm.example", "Anna"): "token"}
    assert await credentials.read(SERVER, "Anna") == "token"
    await credentials.forget(SERVER, "Anna")
    await credentials.forget(SERVER, "Anna")
    assert memory.kept == {}


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (keyring.errors.NoKeyringError(), "no safe place"),
        (keyring.errors.KeyringLocked(), "locked"),
        (keyring.errors.InitError(), "cannot be used now"),
        (OSError(1783, "The stub received bad data"), "cannot be used now"),
    ],
)
async def test_a_keyring_that_is_absent_or_locked_is_said_plainly(
    memory: Memory, trouble: Exception, words: str
) -> None:
    memory.trouble = trouble
    for call in (
        credentials.read(SERVER, "Anna"),
        credentials.keep(SERVER, "Anna", "t"),
        credentials.forget(SERVER, "Anna"),
    ):
        with pytest.raises(NoKeyring) as missing:
            await call
        assert words in missing.value.text
        assert "lasts until you quit" in missing.value.text


class Panic(BaseException):
    """What a library raises that is written in Rust: it is no Exception."""


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("fault", ["panics", "cannot be imported"])
async def test_a_keyring_that_breaks_altogether_is_answered_for(
    memory: Memory, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """“Connecting” must not stand there for ever."""
    if fault == "panics":
        monkeypatch.setattr(memory, "_fail", _panic)
    else:
        monkeypatch.setitem(sys.modules, "keyring", None)
    told: NoKeyring | None = None
    with suppress(TimeoutError):
        async with asyncio.timeout(3):
            try:
                await credentials.read(SERVER, "Anna")
            except NoKeyring as missing:
                told = missing
    assert told is not None, "no answer, for ever"
    assert "cannot be used now" in told.text


def _panic() -> None:
    raise Panic
