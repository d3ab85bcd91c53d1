"""What seats last told of their check-outs. Memory only; it stays while a seat is away, to be shown as last known."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from server.bus.base import HeardReport
from server.protocol.events import Report

_TICK = timedelta(microseconds=1)


class Reports:
    """The last report of each held file."""

    def __init__(self) -> None:
        self._by_file: dict[str, HeardReport] = {}

    def __iter__(self) -> Iterator[HeardReport]:
        return iter(self._by_file.values())

    def keep(self, heard: HeardReport) -> bool:
        """Keep what the holder tells of a file, unless later words of it are known; whether that is news."""
        before = self._by_file.get(heard.report.file)
        if before is not None and heard.at < before.at:
            return False
        self._by_file[heard.report.file] = heard
        return before is None or heard.report != before.report

    def after(self, file: str, now: datetime) -> datetime:
        """The time of what a seat says of a file now: later than what is known of it, whatever the clocks say."""
        before = self._by_file.get(file)
        return now if before is None else max(now, before.at + _TICK)

    def forget(self, file: str) -> None:
        """The file has another holder, or none: what was told of it is over."""
        self._by_file.pop(file, None)

    def of(self, file: str) -> Report | None:
        """What its holder last told of the file."""
        found = self._by_file.get(file)
        return None if found is None else found.report
