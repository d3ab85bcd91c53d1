"""The token in Windows' own Credential Manager: one process keeps it, and another finds it."""

import json
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator

import pytest

from pdm_desktop.core.errors import NoKeyring
from pdm_desktop.net import credentials
from tests.support.windows_programs import IN_WINE

pytestmark = pytest.mark.skipif(sys.platform != "win32", reason="Windows' Credential Manager")

SERVER = "https://pdm.example"
LONGEST = 1280
"""Characters of the longest token that fits: CRED_MAX_CREDENTIAL_BLOB_SIZE is 5 x 512 bytes, two for a character
(learn.microsoft.com/windows/win32/api/wincred/ns-wincred-credentialw)."""
ASKED = """
import asyncio, json, sys
from pdm_desktop.core.errors import NoKeyring
from pdm_desktop.net import credentials

for call, *words in json.loads(sys.argv[1]):
    try:
        print(asyncio.run(getattr(credentials, call)(*words)))
    except NoKeyring as missing:
        print("NoKeyring:", missing.text)
"""


def ask(*calls: tuple[str, ...]) -> list[str]:
    """What a process of its own is answered: a line for each call."""
    words = json.dumps([(call, SERVER, *more) for call, *more in calls])
    done = subprocess.run(
        [sys.executable, "-c", ASKED, words], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
async def name() -> AsyncIterator[str]:
    """A person whom no other test signs in."""
    made = f"Anna Nov\u00e1kov\u00e1 {uuid.uuid4().hex}"
    yield made
    await credentials.forget(SERVER, made)


def test_what_one_process_keeps_another_finds_until_a_third_forgets_it(name: str) -> None:
    token = "".join(chr(ord("a") + number % 26) for number in range(LONGEST))
    assert ask(("read", name), ("keep", name, token)) == ["None", "None"]
    assert ask(("read", name), ("read", "somebody else"), ("keep", name, "the next token")) == [token, "None", "None"]
    assert ask(("read", name), ("forget", name), ("read", name)) == ["the next token", "None", "None"]


@pytest.mark.skipif(IN_WINE, reason="Wine 8 keeps longer ones too")
async def test_a_token_that_does_not_fit_is_said_plainly(name: str) -> None:
    with pytest.raises(NoKeyring, match="cannot be used now"):
        await credentials.keep(SERVER, name, "x" * (LONGEST + 1))
    assert await credentials.read(SERVER, name) is None
