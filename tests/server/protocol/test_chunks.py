"""Content is cut alike everywhere and always, an edit moves few cuts, and a list says what was cut."""

import hashlib
import importlib
from collections.abc import Iterator

import pytest
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st

from server.protocol.chunks import HASH_BYTES, LEAST_BYTES, MOST_BYTES, Chunk, cut, decode, encode

MIB = 2**20
GOLDEN = [8772, 34354, 10706, 24173, 8259, 8451, 15708, 30579, 17112, 17345, 7814, 4865, 32897, 28042, 13067]
GOLDEN_HASHES = ["1cf83b7752e1274d0d93ef1acd277126", "1f24e4066a6aa6693fff052e5be1707f"]


def content(size: int, seed: int = 0) -> bytes:
    """The same noise on every computer."""
    return hashlib.shake_256(str(seed).encode()).digest(size)


def pieces(whole: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(whole), size):
        yield whole[start : start + size]


def test_the_cuts_are_where_they_always_were() -> None:
    """Seats and servers of all versions compare them: a library that cuts elsewhere costs every saving."""
    found = list(cut([content(MIB // 4)]))
    assert [each.size for each in found] == GOLDEN
    assert [each.hash.hex() for each in found[:2]] == GOLDEN_HASHES


def test_the_compiled_library_does_it() -> None:
    """The other one cuts two hundred times slower."""
    library = importlib.import_module("pyfastcdc")
    assert library.FastCDC.__module__.startswith("pyfastcdc.cy"), library.FastCDC


@pytest.mark.parametrize("size", [1, 1_000, LEAST_BYTES, 2**18, MIB, 5 * MIB])
def test_pieces_of_any_size_make_the_same_chunks(size: int) -> None:
    whole = content(3 * MIB)
    count = len(whole) if size >= LEAST_BYTES else 200_000
    assert list(cut(pieces(whole[:count], size))) == list(cut([whole[:count]]))


@pytest.mark.parametrize("whole", [b"", b"1", bytes(LEAST_BYTES), bytes(MIB + 5), content(3 * MIB + 1)])
def test_chunks_cover_all_of_it_and_have_its_hashes(whole: bytes) -> None:
    at = 0
    for chunk in cut([whole]):
        assert 0 < chunk.size <= MOST_BYTES
        assert chunk.size >= LEAST_BYTES or at + chunk.size == len(whole)
        assert chunk.hash == blake3(whole[at : at + chunk.size]).digest(HASH_BYTES)
        at += chunk.size
    assert at == len(whole)


@pytest.mark.parametrize("edit", [b"", b"x", b"many more bytes than there were before"])
def test_an_edit_changes_the_chunks_around_it_alone(edit: bytes) -> None:
    before = content(8 * MIB)
    after = before[: 4 * MIB] + edit + before[4 * MIB + 1 :]
    assert len(set(cut([after])) - set(cut([before]))) <= 3


@settings(max_examples=50)
@given(st.lists(st.builds(Chunk, st.integers(1, MOST_BYTES), st.binary(min_size=HASH_BYTES, max_size=HASH_BYTES))))
def test_a_list_says_what_was_cut(chunks: list[Chunk]) -> None:
    assert list(decode(encode(chunks))) == chunks


@pytest.mark.parametrize("raw", [b"1", bytes(20), (MOST_BYTES + 1).to_bytes(4) + bytes(16), bytes(19)])
def test_what_is_no_list_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="chunk"):
        list(decode(raw))
