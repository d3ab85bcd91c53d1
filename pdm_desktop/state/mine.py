"""What of the office's lists concerns the person who is signed in: lines, requests, watches, messages."""

from collections.abc import Mapping

from pdm_desktop.core.office import topics
from pdm_desktop.state.office import Office
from server.protocol.calls import InboxEntry, Line, Request, Watch


class Mine:
    """Reads it. What was not read yet is as if there were nothing."""

    def __init__(self, office: Office, person: str | None) -> None:
        self._office = office
        self._person = person

    @property
    def lines(self) -> Mapping[str, Line]:
        """The lines in which I am, by file."""
        known = self._office.known(topics.WAITING)
        if known is None or known.value is None:
            return {}
        return {each.file: each for each in known.value.lines if self._place(each) is not None}

    def place_in_line(self, file: str) -> int | None:
        """1 for the first of those who wait for it; None: I am not among them."""
        line = self.lines.get(file)
        return None if line is None else self._place(line)

    @property
    def to_answer(self) -> list[Request]:
        """Who asks me for files, the oldest first."""
        return [each for each in self._requests() if each.holder == self._person]

    def request(self, id_: str) -> Request | None:
        """A request that waits for an answer."""
        return next((each for each in self._requests() if each.id == id_), None)

    def asked_for(self, file: str) -> Request | None:
        """My own request for a file that waits for an answer."""
        return next((each for each in self._requests() if each.file == file and each.asker == self._person), None)

    @property
    def messages(self) -> list[InboxEntry]:
        """Messages of administrators that I have not acknowledged, the oldest first."""
        known = self._office.known(topics.MESSAGES_TO_ME)
        return [] if known is None or known.value is None else known.value.entries

    def watch_of_file(self, file: str) -> Watch | None:
        """My watch on that very file."""
        return next((each for each in self._watches() if each.file == file), None)

    def watch_of_folder(self, vault: str, folder: str) -> Watch | None:
        """My watch on that very folder."""
        return next((each for each in self._watches() if each.vault == vault and each.folder == folder), None)

    def is_watched(self, vault: str, file: str | None, path: str) -> bool:
        """I watch the file, or a folder that it is in."""
        return any(
            (file is not None and each.file == file)
            or (each.vault == vault and each.folder is not None and _is_in(path, each.folder))
            for each in self._watches()
        )

    def _place(self, line: Line) -> int | None:
        return next((place for place, each in enumerate(line.waiters, 1) if each.person == self._person), None)

    def _requests(self) -> list[Request]:
        known = self._office.known(topics.REQUESTS)
        return [] if known is None or known.value is None else known.value.requests

    def _watches(self) -> list[Watch]:
        known = self._office.known(topics.WATCHES)
        return [] if known is None or known.value is None else known.value.watches


def _is_in(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")
