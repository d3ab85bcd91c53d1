"""What the events say of a vault, applied to a snapshot one by one: written from the protocol, not from any program."""

from dataclasses import replace

from server.protocol import events, wire
from server.protocol.events import ServerMessage
from server.protocol.vault import File, Lock


class Fold:
    """The files of one vault by id, after `seq`."""

    def __init__(self, files: dict[str, File], seq: int) -> None:
        self.files = dict(files)
        self.seq = seq

    def apply(self, envelope: wire.Envelope[ServerMessage]) -> None:
        """The next event. What the snapshot has already is passed by; a gap is a mistake of whoever sent it."""
        if envelope.seq is None or envelope.seq <= self.seq:
            return
        assert envelope.seq == self.seq + 1, f"after {self.seq} came {envelope.seq}"
        self.seq = envelope.seq
        match envelope.message:
            case events.FileLocked() as locked:
                lock = Lock(
                    locked_by=locked.locked_by,
                    seat=locked.seat,
                    computer=locked.computer,
                    since=locked.since,
                    token=locked.token,
                    message=locked.message,
                )
                self.files[locked.file] = replace(self.files[locked.file], lock=lock)
            case events.FileUnlocked() as unlocked:
                file = self.files[unlocked.file]
                self.files[unlocked.file] = replace(file, lock=None, head=unlocked.revision or file.head)
            case (
                events.FileAdded(file=file)
                | events.FileUpdated(file=file)
                | events.FileMoved(file=file)
                | events.FileRestored(file=file)
            ):
                self.files[file.id] = file
            case events.FolderMoved(from_=origin, to=to):
                for file in list(self.files.values()):
                    if file.path.startswith(origin + "/"):
                        self.files[file.id] = replace(file, path=to + file.path.removeprefix(origin))
            case events.FileDeleted(file=file):
                del self.files[file.id]
            case other:
                raise AssertionError(f"{other} has a seq and is no event of a vault")
