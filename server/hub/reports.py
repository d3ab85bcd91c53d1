"""What seats last told of their check-outs. Memory only; it stays while a seat is away, to be shown as last known."""

from server.protocol.events import Report


class Reports:
    """The last report of each held file."""

    def __init__(self) -> None:
        self._by_file: dict[str, Report] = {}

    def keep(self, report: Report) -> bool:
        """Keep what the holder tells of a file; whether that is something else than before."""
        before = self._by_file.get(report.file)
        self._by_file[report.file] = report
        return report != before

    def forget(self, file: str) -> None:
        """The file has another holder, or none: what was told of it is over."""
        self._by_file.pop(file, None)

    def of(self, file: str) -> Report | None:
        """What its holder last told of the file."""
        return self._by_file.get(file)
