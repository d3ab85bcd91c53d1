"""The whole seat, which takes thousands of lock events at once when the benchmark says so.

The frames are as the server encodes them, and are put into the seat's push in place of its socket: decoding, following,
the window, the cache and the notices are the product's own. A real server cannot commit so many in that time.
"""

import sys
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from PySide6.QtCore import QAbstractItemModel

from pdm_desktop.app.options import parse
from pdm_desktop.app.start import start
from server.protocol.events import FileLocked, FileUnlocked
from server.protocol.wire import encode
from tests.bench.measured_seat import PATIENCE, Heart
from tests.support.seat_program import Driver, Ear, until

PROGRAM = "tests.bench.burst_seat"
SINCE = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


class Stormed(Driver):
    """A driver that is told of everybody's locks at once."""

    async def storm(self, events: int, open_share: float) -> dict[str, float]:
        """Take so many events; that share of them is about files of the open folder.

        Answers seconds, the longest stall of the window and the most processor time of its thread between two beats in
        milliseconds, and how often the table, the tree and the places were told of changes.
        """
        vault = next(iter(self.store.vaults))
        shown = [(row.file.id, row.file.path) for row in self.store.listing.rows]
        frames = frames_of(vault, self.store.seq_of(vault) or 0, events, shown, open_share)
        told = [
            Told(self.window.page.table.files),
            Told(self.window.side.tree.folders),
            Told(self.window.side.places.places),
        ]
        online = cast("Any", self.program)._submit_work.__self__._online
        last = (self.store.seq_of(vault) or 0) + events
        heart = Heart()
        began = time.monotonic()
        await online._push._listen(Frames(frames))
        await until(lambda: self.store.seq_of(vault) == last, "the last event", seconds=PATIENCE)
        seconds = time.monotonic() - began
        await until(lambda: not self.face.bridge._window.isActive(), "the rest after it")
        stall = heart.stop()
        table, tree, places = (each.count for each in told)
        counts = {"table": table, "tree": tree, "places": places}
        return {"seconds": seconds, "stall_ms": stall, "busy_ms": heart.busiest_ms, **counts}


class Frames:
    """A socket of which everything has come already."""

    def __init__(self, frames: Sequence[bytes]) -> None:
        self._frames = frames

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for frame in self._frames:
            yield frame


class Told:
    """How often a model has told its views of changes."""

    def __init__(self, model: QAbstractItemModel) -> None:
        self.count = 0
        for signal in (model.dataChanged, model.modelReset, model.layoutChanged):
            signal.connect(self._note)

    def _note(self, *_: object) -> None:
        self.count += 1


def frames_of(vault: str, seq: int, events: int, shown: Sequence[tuple[str, str]], open_share: float) -> list[bytes]:
    """Locks and releases, one frame each, as the server sends them."""
    frames = []
    here = elsewhere = 0
    for number in range(1, events + 1):
        if here < number * open_share:
            file, path = shown[here % len(shown)]
            is_taken = (here // len(shown)) % 2 == 0  # all are locked, then all released
            here += 1
        else:
            file, path = f"elsewhere-{elsewhere // 2}", f"Elsewhere {elsewhere // 200}/{elsewhere // 2}.nc"
            is_taken = elsewhere % 2 == 0
            elsewhere += 1
        event = _locked(file, path, number) if is_taken else _released(file, path)
        frames.append(encode(event, vault=vault, seq=seq + number, timestamp=SINCE))
    return frames


def _locked(file: str, path: str, token: int) -> FileLocked:
    return FileLocked(
        file=file,
        path=path,
        filename=path.rpartition("/")[2],
        locked_by="Anna Novak",
        seat="bench-anna",
        computer="CAM-01",
        since=SINCE,
        token=token,
        message="Roughing",
        from_=None,
    )


def _released(file: str, path: str) -> FileUnlocked:
    return FileUnlocked(
        file=file, path=path, filename=path.rpartition("/")[2], by="Anna Novak", why="undone", revision=None
    )


def main() -> int:
    """Run the seat, and obey."""
    ears: list[Ear] = []
    return start(parse(sys.argv[1:]), began=lambda program: ears.append(Ear(program, Stormed(program))))


if __name__ == "__main__":
    sys.exit(main())
