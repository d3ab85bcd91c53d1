"""Which bytes of which segments are the content: no gap, and of two writers the later one's."""

import random

from server.storage.segments import Segment, end_of, laid_out, new_segment, segment_of


def segment(start: int, end: int, turn: int = 1) -> Segment:
    return Segment(start=start, end=end, turn=turn, mark=f"{start:03x}{end:03x}{turn:02x}")


def shown(segments: list[Segment], *, until: int | None = None) -> list[tuple[int, int, int]]:
    """Of each piece its bytes, and the turn of its segment."""
    return [(each.start, each.end, each.segment.turn) for each in laid_out(segments, until=until)]


def test_a_segment_is_known_by_its_name_and_nothing_else_is_one() -> None:
    made = new_segment(start=5, end=2**34, turn=3)
    assert segment_of(made.name) == made
    assert new_segment(start=5, end=2**34, turn=3) != made
    assert segment_of("Thumbs.db") is None
    assert segment_of(f"{made.name}.part") is None


def test_names_are_in_the_order_of_their_bytes() -> None:
    names = [new_segment(start=start, end=start + 9, turn=turn).name for start, turn in ((0, 1), (9, 2), (10**12, 1))]
    assert names == sorted(names)


def test_what_follows_each_other_is_the_content_up_to_the_first_gap() -> None:
    found = [segment(10, 20), segment(0, 10), segment(25, 30)]
    assert shown(found) == [(0, 10, 1), (10, 20, 1)]
    assert end_of(laid_out(found)) == 20
    assert shown([segment(10, 20)]) == []
    assert end_of(laid_out([])) == 0


def test_nothing_behind_the_place_where_it_goes_on_counts() -> None:
    found = [segment(0, 10), segment(10, 20), segment(20, 30)]
    assert shown(found, until=15) == [(0, 10, 1), (10, 15, 1)]
    assert shown(found, until=10) == [(0, 10, 1)]
    assert shown(found, until=0) == []


def test_of_two_with_the_same_bytes_the_later_turn_counts() -> None:
    """The first node was cut off by the network, and its last segment arrives when another one has gone on."""
    assert shown([segment(0, 10, 1), segment(8, 20, 2), segment(10, 30, 1)]) == [(0, 8, 1), (8, 20, 2), (20, 30, 1)]
    assert shown([segment(0, 10, 2), segment(0, 30, 1), segment(10, 20, 2)]) == [(0, 10, 2), (10, 20, 2), (20, 30, 1)]


def test_of_one_turn_the_longer_one_counts() -> None:
    assert shown([segment(0, 5, 1), segment(0, 9, 1)]) == [(0, 9, 1)]


def test_whatever_lies_there_each_byte_is_the_latest_turns() -> None:
    """Against the plain way: look at each byte by itself."""
    for seed in range(300):
        chance = random.Random(seed)
        found = [
            segment(start, start + chance.randint(0, 9), chance.randint(1, 4))
            for start in (chance.randint(0, 30) for _ in range(chance.randint(0, 14)))
        ]
        until = chance.choice([None, chance.randint(0, 40)])
        wanted: list[int] = []
        while until is None or len(wanted) < until:
            here = [each.turn for each in found if each.start <= len(wanted) < each.end]
            if not here:
                break
            wanted.append(max(here))
        pieces = laid_out(found, until=until)
        assert [turn for each in pieces for turn in [each.segment.turn] * (each.end - each.start)] == wanted, seed
        assert all(each.segment.start <= each.start < each.end <= each.segment.end for each in pieces), seed
