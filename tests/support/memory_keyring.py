"""The operating system's keyring, in memory."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import keyring
from keyring.backend import KeyringBackend


class MemoryKeyring(KeyringBackend):
    """Which keyring a computer has is the world's affair: for tests it is this one."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # keyring has no types there
        self.entries: dict[tuple[str, str], str] = {}
        self.answers = threading.Event()
        """Cleared: it asks the person first, as a locked one does."""
        self.answers.set()
        self.asked_on: dict[str, threading.Thread] = {}
        """For each kind of call the thread that it came on."""

    def get_password(self, service: str, username: str) -> str | None:
        self.asked_on["get"] = threading.current_thread()
        self.answers.wait()
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.asked_on["set"] = threading.current_thread()
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self.asked_on["delete"] = threading.current_thread()
        del self.entries[service, username]


@contextmanager
def memory_keyring() -> Iterator[MemoryKeyring]:
    """The keyring of everything in this process, for as long as it is open."""
    made, before = MemoryKeyring(), keyring.get_keyring()
    keyring.set_keyring(made)
    try:
        yield made
    finally:
        keyring.set_keyring(before)
