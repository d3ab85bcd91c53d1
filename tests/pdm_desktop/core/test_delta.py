"""A plan rebuilds exactly the content it was made for, from any place on, and says what it spares."""

import tracemalloc
from collections.abc import Iterator, Sequence

import pytest
from blake3 import blake3
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pdm_desktop.core import delta
from pdm_desktop.core.delta import Older, Piece, is_worth_it, may_overlap, next_part, plan
from server.protocol.chunks import HASH_BYTES, Chunk, cut

WORDS = st.lists(st.sampled_from([b"a", b"bb", b"ccc", b"dddd", b"e" * 9]), max_size=30)
"""Content as a row of chunks: few different ones, so that the same come again and in another order."""


def chunks(words: Sequence[bytes]) -> list[Chunk]:
    return [Chunk(len(word), blake3(word).digest(HASH_BYTES)) for word in words]


def rebuilt(pieces: Sequence[Piece], new: bytes, old: bytes) -> bytes:
    """What the other side makes of it: what travels from the new content, the rest from the old."""
    made = bytearray()
    for piece in pieces:
        assert piece.at == len(made), "in order, without gaps"
        assert piece.size > 0
        source, start = (new, piece.at) if piece.start is None else (old, piece.start)
        assert start + piece.size <= len(source)
        made += source[start : start + piece.size]
    return bytes(made)


@given(WORDS, WORDS)
@example([b"a", b"a"], [b"a"])
def test_a_plan_rebuilds_exactly_the_content(new: list[bytes], old: list[bytes]) -> None:
    pieces = plan(chunks(new), Older(chunks(old)))
    assert rebuilt(pieces, b"".join(new), b"".join(old)) == b"".join(new)
    known = set(old)
    assert sum(each.size for each in pieces if each.start is None) == sum(len(w) for w in new if w not in known)


@given(WORDS, WORDS, st.integers(1, 8), st.integers(1, 8), st.integers(1, 3), st.integers(0, 20))
def test_parts_one_after_the_other_are_the_plan_from_any_place_on(
    new: list[bytes], old: list[bytes], most_sent: int, most_copied: int, most_pieces: int, begin: int
) -> None:
    whole = b"".join(new)
    pieces = plan(chunks(new), Older(chunks(old)))
    offset, made = min(begin, len(whole)), bytearray()
    while part := next_part(pieces, offset, most_sent=most_sent, most_copied=most_copied, most_pieces=most_pieces):
        assert part[0].at == offset
        assert len(part) <= most_pieces
        assert sum(each.size for each in part if each.start is None) <= most_sent
        assert sum(each.size for each in part if each.start is not None) <= most_copied
        made += rebuilt([Piece(at=each.at - offset, size=each.size, start=each.start) for each in part],
                        whole[offset:], b"".join(old))  # fmt: skip
        offset = part[-1].end
    assert offset == len(whole)
    assert bytes(made) == whole[len(whole) - len(made) :]


EDITS = st.lists(
    st.tuples(st.integers(0, 3 << 20), st.integers(0, 200_000), st.binary(max_size=40)), min_size=1, max_size=4
)
OLD = b"".join(blake3(number.to_bytes(4)).digest(1 << 16) for number in range(48))


@settings(max_examples=25, deadline=None)
@given(EDITS)
def test_random_edits_of_real_content_are_rebuilt_and_send_little(edits: list[tuple[int, int, bytes]]) -> None:
    new = OLD
    for at, gone, come in edits:
        new = new[:at] + come + new[at + gone :]
    pieces = plan(cut([new]), Older(cut([OLD])))
    assert rebuilt(pieces, new, OLD) == new
    sent = sum(each.size for each in pieces if each.start is None)
    assert sent <= len(edits) * (4 * 256 << 10)


def test_neighbours_that_go_on_are_one_piece_and_repeats_follow_each_other() -> None:
    same = [b"zeros"] * 50
    assert plan(chunks([b"x", *same]), Older(chunks([*same, b"y"]))) == [
        Piece(at=0, size=1),
        Piece(at=1, size=250, start=0),
    ]


def test_nothing_in_common_is_one_piece_that_travels() -> None:
    assert plan(chunks([b"a", b"bb"]), Older(chunks([b"ccc"]))) == [Piece(at=0, size=3)]
    assert plan([], Older(chunks([b"ccc"]))) == []


@pytest.mark.parametrize(
    ("copied", "sent", "worth"),
    [(0, 100, False), (4, 96, False), (5, 95, True), (100, 0, True)],
)
def test_a_plan_is_worth_it_from_a_share_on(copied: int, sent: int, *, worth: bool) -> None:
    pieces = [Piece(at=0, size=copied, start=7), Piece(at=copied, size=sent)]
    assert is_worth_it(pieces, 100) is worth
    assert not is_worth_it(pieces, 101), "it does not make all of it"


def test_small_and_huge_content_goes_as_a_whole() -> None:
    large = delta.LEAST_BYTES
    assert may_overlap(large, large)
    assert not may_overlap(large - 1, large)
    assert not may_overlap(large, large - 1)
    assert not may_overlap(delta.MOST_BYTES + 1, large)


def test_the_largest_content_takes_little_memory() -> None:
    """Half of what a transfer may have: 40 MB, for a file and a plan as large as any."""
    count = delta.MOST_CHUNKS

    def numbered(first: int) -> Iterator[Chunk]:
        """Every eighth chunk of another content is another one."""
        for number in range(count):
            yield Chunk(20_000, (number if number % 8 else first + number).to_bytes(HASH_BYTES))

    tracemalloc.start()
    try:
        pieces = plan(numbered(first=2 * count), Older(numbered(first=0)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(pieces) == count // 4
    assert peak < 40_000_000


def test_a_plan_of_too_many_pieces_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delta, "MOST_PIECES", 3)
    old = Older(chunks([b"a"]))
    assert len(plan(chunks([b"a", b"b", b"a"]), old)) == 3
    assert not is_worth_it(plan(chunks([b"a", b"b", b"a", b"b"]), old), 4)


def test_of_too_many_chunks_the_first_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delta, "MOST_CHUNKS", 2)
    assert plan(chunks([b"a", b"ccc"]), Older(chunks([b"a", b"bb", b"ccc"]))) == [
        Piece(at=0, size=1, start=0),
        Piece(at=1, size=3),
    ]
