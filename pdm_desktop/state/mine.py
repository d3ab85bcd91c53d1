"""What of the office's lists concerns the person who is signed in: lines, requests, watches, messages."""

from collections.abc import Mapping

from pdm_desktop.core.office import topics
from pdm_desktop.state.office import Office
from server.protocol.calls import Hearing, InboxEntry, Line, MyLists, Request, Watch
from server.protocol.names import same_key


class Mine:
    """Reads it. What was not read yet is as if there were nothing."""

    def __init__(self, office: Office, person: str | None) -> None:
        self._office = office
        self._person = person

    @property
    def lines(self) -> Mapping[str, Line]:
        """The lines in which I am, by file."""
        known = self._known
        return {} if known is None else {each.file: each for each in known.lines if self._place(each) is not None}

    def places(self) -> dict[str, int]:
        """My place in each line in which I am, by file: 1 for the first."""
        return {file: place for file, line in self.lines.items() if (place := self._place(line)) is not None}

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
        return [] if self._known is None else self._known.messages

    @property
    def hearing(self) -> Hearing | None:
        """What I want to hear of, as the server has it; None: it was not read yet."""
        return None if self._known is None else self._known.hearing

    @property
    def watches(self) -> list[Watch]:
        """What I watch, the oldest watch first."""
        return [] if self._known is None else self._known.watches

    def watch_of_file(self, file: str) -> Watch | None:
        """My watch on that very file."""
        return next((each for each in self.watches if each.file == file), None)

    def watch_of_folder(self, vault: str, folder: str) -> Watch | None:
        """My watch on that very folder."""
        key = same_key(folder)
        return next((each for each in self._of_folders(vault) if same_key(each.folder or "") == key), None)

    def is_watched(self, vault: str, file: str | None, path: str) -> bool:
        """I watch the file, or a folder that it is in."""
        if file is not None and self.watch_of_file(file) is not None:
            return True
        folders = [each.folder or "" for each in self._of_folders(vault)]
        return bool(folders) and any(_is_in(same_key(path), same_key(folder)) for folder in folders)

    def _of_folders(self, vault: str) -> list[Watch]:
        return [each for each in self.watches if each.vault == vault and each.folder is not None]

    def _place(self, line: Line) -> int | None:
        return next((place for place, each in enumerate(line.waiters, 1) if each.person == self._person), None)

    @property
    def _known(self) -> MyLists | None:
        read = self._office.known(topics.MINE)
        return None if read is None else read.value

    def _requests(self) -> list[Request]:
        return [] if self._known is None else self._known.requests


def _is_in(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")
