"""What stories share: the seats of a story have a keyring in memory."""

from collections.abc import Iterator

import keyring
import pytest

from tests.support.memory_keyring import MemoryKeyring


@pytest.fixture(autouse=True)
def ring() -> Iterator[MemoryKeyring]:
    made, before = MemoryKeyring(), keyring.get_keyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)
