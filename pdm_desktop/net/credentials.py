"""The session token in the operating system's keyring. Its calls may take long, and ask the person: never on a loop."""

import asyncio
import importlib
import threading
from concurrent.futures import Future

from pdm_desktop import log
from pdm_desktop.core.errors import NoKeyring

_LASTS = "The sign-in lasts until you quit."


def service(server: str) -> str:
    """What the entry is called in the keyring."""
    return f"PDM Desktop {server}"


async def read(server: str, name: str) -> str | None:
    """The kept token, or None when there is none. Raises NoKeyring when nobody can tell."""
    return await _beside("get_password", service(server), name)


async def keep(server: str, name: str, token: str) -> None:
    """Keep a token. Raises NoKeyring: then it lasts for this run only, and is never put into a file."""
    await _beside("set_password", service(server), name, token)


async def forget(server: str, name: str) -> None:
    """Keep it no longer. Raises NoKeyring when it could not be removed."""
    if await read(server, name) is not None:
        await _beside("delete_password", service(server), name)


async def _beside(call: str, *words: str) -> str | None:
    """On a thread of its own, which the end of the program does not wait for: a keyring may ask the person first."""
    answer: Future[str | None] = Future()

    def ask() -> None:
        if not answer.set_running_or_notify_cancel():
            return
        try:
            answer.set_result(_asked(call, *words))
        except NoKeyring as missing:
            answer.set_exception(missing)

    threading.Thread(target=ask, name="keyring", daemon=True).start()
    return await asyncio.wrap_future(answer)


def _asked(call: str, *words: str) -> str | None:
    """Raises NoKeyring, whatever happens: somebody waits for an answer of this thread."""
    try:
        return _of_library(call, *words)
    except NoKeyring:
        raise
    except BaseException as error:  # back ends raise errors of their own, also a pywintypes.error, or a panic of Rust
        log.trouble("keyring", error, call=call)
        raise NoKeyring(
            f"The keyring cannot be used now. {_LASTS}", advice="Unlock the keyring of the desktop and sign in again."
        ) from error


def _of_library(call: str, *words: str) -> str | None:
    keyring = importlib.import_module("keyring")  # 60 ms, so only here, in the worker thread
    errors = importlib.import_module("keyring.errors")
    try:
        answer: str | None = getattr(keyring, call)(*words)
    except errors.NoKeyringError as error:
        raise NoKeyring(f"This computer has no safe place for the sign-in. {_LASTS}") from error
    except errors.KeyringLocked as error:
        raise NoKeyring(
            f"The keyring is locked. {_LASTS}", advice="Unlock the keyring of the desktop and sign in again."
        ) from error
    return answer
