"""What stories share: the seats of a story have a keyring in memory."""

from collections.abc import Iterator

import pytest

from tests.support.memory_keyring import MemoryKeyring, memory_keyring


@pytest.fixture(autouse=True)
def ring() -> Iterator[MemoryKeyring]:
    with memory_keyring() as ring:
        yield ring
