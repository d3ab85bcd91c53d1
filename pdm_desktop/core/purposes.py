"""What a transfer is for, in the words of its row."""

from pdm_desktop.core import requests
from pdm_desktop.core.requests import FileRequest

Number = tuple[int, int]


def next_number(base: Number, *, major: bool) -> str:
    """`3.9` after 3.8, or `4.0`."""
    return f"{base[0] + 1}.0" if major else f"{base[0]}.{base[1] + 1}"


def purpose(request: FileRequest, base: Number | None) -> str:
    """`Check-in, Rev 3.9`. `base` is the revision that the local copy came from, if there is one."""
    match request:
        case requests.CheckIn(major=major):
            return f"Check-in, Rev {next_number(base, major=major)}" if base is not None else "Check-in"
        case requests.CheckOut():
            return "Check-out"
        case requests.Adopt():
            return "Take over here"
        case requests.Transfer():
            return "Hand-over"
        case requests.UndoCheckOut():
            return "Undo check-out"
        case requests.AddFiles():
            return "New file"
        case requests.OpenRevision(major=first, minor=second):
            return f"Open Rev {first}.{second}"
        case requests.OpenFile():
            return "Open"
        case requests.SaveParked():
            return "Save a copy"
        case _:
            return "Get latest"


def once_more(request: FileRequest, file: str) -> FileRequest | None:
    """The same for that file alone; None where there is nothing to do once more."""
    match request:
        case requests.CheckOut(message=message):
            return requests.CheckOut(files=(file,), message=message)
        case requests.CheckIn(comment=comment, major=major, keep=keep):
            return requests.CheckIn(files=(file,), comment=comment, major=major, keep=keep)
        case requests.UndoCheckOut() | requests.GetLatest():
            return requests.GetLatest(files=(file,))
        case requests.Adopt():
            return requests.Adopt(files=(file,))
        case requests.AddFiles(vault=vault, folder=folder):
            return requests.AddFiles(vault=vault, folder=folder, sources=(file,))
        case requests.OpenFile() | requests.OpenRevision():
            return request
        case _:
            return None
