"""One vault's events on their way out: in order, none twice, never past a gap."""

from datetime import UTC, datetime

from server.hub.stream import KEPT_EVENTS, VaultStream
from server.services.reading import StoredEvent

AT = datetime(2026, 3, 5, 10, 42, tzinfo=UTC)


def events(*seqs: int) -> list[StoredEvent]:
    return [StoredEvent(vault="mill", seq=seq, type="file_added", at=AT, data={"number": seq}) for seq in seqs]


def sent(stream: VaultStream, *seqs: int) -> list[int]:
    return [event.seq for event in stream.deliver(events(*seqs))]


def test_what_was_sent_is_passed_by_and_a_gap_is_waited_for() -> None:
    stream = VaultStream("mill", head=5)
    assert sent(stream, 4, 5, 6, 8, 9) == [6]
    assert stream.head == 6
    assert sent(stream, 8, 9) == []
    assert sent(stream, 7, 8, 9) == [7, 8, 9]


def test_memory_reaches_back_as_far_as_it_says_and_no_further() -> None:
    stream = VaultStream("mill", head=10)
    assert stream.after(10, limit=5) == []
    assert stream.after(9, limit=5) is None
    sent(stream, 11, 12, 13)
    stream.remember(events(7, 9, 10))
    assert stream.oldest == 8
    assert [
        b'"seq":%d' % seq in each.frame
        for each, seq in zip(stream.after(8, limit=4) or [], (9, 10, 11, 12), strict=True)
    ] == [True] * 4
    assert stream.after(7, limit=1) is None


def test_memory_is_bounded() -> None:
    stream = VaultStream("mill", head=0)
    sent(stream, *range(1, KEPT_EVENTS + 100))
    assert stream.oldest == 99
