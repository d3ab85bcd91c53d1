"""The benchmark of a burst itself, with a small one: the whole seat takes it, and what is told of it is counted."""

import sys

import pytest

from pdm_desktop.ui.bridge import AT_ONCE, LEAST, WINDOW_MS
from server.protocol.events import FROM_SERVER, FileLocked, FileUnlocked
from server.protocol.wire import decode
from tests.bench import burst
from tests.bench.burst_seat import frames_of


@pytest.mark.skipif(sys.platform != "linux", reason="the seat is driven on Linux")
def test_a_burst_is_told_in_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(burst, "ROUNDS", 1)
    monkeypatch.setattr(burst, "EVENTS", 400)
    monkeypatch.setattr(burst, "FILES", 50)
    (figure,) = burst.run()
    assert (figure.name, figure.goal, len(figure.runs)) == ("burst_stall_ms", 60, 1)
    windows = figure.peers["seconds"] * 1_000 / WINDOW_MS + 2
    assert 0 < figure.peers["table told"] <= AT_ONCE // LEAST + 2 * windows
    assert figure.peers["its own CPU"] > 0


def test_its_events_lock_and_release_each_file_in_turn() -> None:
    events = [decode(frame, FROM_SERVER) for frame in frames_of("v", 7, 8, [("f1", "a.nc"), ("f2", "b.nc")], 0.5)]
    assert [each.seq for each in events] == list(range(8, 16))
    here = [each.message for each in events if getattr(each.message, "file", "") in ("f1", "f2")]
    assert [type(each) for each in here] == [FileLocked, FileLocked, FileUnlocked, FileUnlocked]
