"""What the operating system refuses, as errors for a person. Both systems' numbers are known here."""

import errno
from typing import Final

from pdm_desktop.core import errors

LONGEST_NAME = 255
"""Characters of a name, on every file system of Windows; asked for more it says something else, or "not found"."""
LONGEST_PATH: Final = 259
"""Characters of a whole path, on a Windows that is not set to allow more; asked for more it says "path not found"."""
_PATH_NOT_FOUND: Final = 3
HELD_ON_WINDOWS: Final = (5, 32, 33)
"""Access denied, sharing violation, lock violation: a program has the file open, and shares it with nobody."""
HELD_ELSEWHERE: Final = (errno.EBUSY, errno.ETXTBSY)


def means_held(error: OSError, *, rights: bool = False) -> bool:
    """A program has the file open, and the system therefore refuses.

    `rights`: the person may read the file and change its folder, so that "permission denied" can mean nothing else:
    that is what a network drive says of a file that a program on another computer holds.
    """
    code = getattr(error, "winerror", None)
    if code is not None:
        return code in HELD_ON_WINDOWS
    return error.errno in HELD_ELSEWHERE or (error.errno == errno.EACCES and rights)


def from_os_error(
    error: OSError, name: str, *, rights: bool = False, program: str | None = None, length: int = 0
) -> errors.Local:
    """What the operating system refuses, about a file that a person knows by `name`.

    `program` is who holds it; `length` are the characters of its whole path, where they are known.
    """
    windows_code = getattr(error, "winerror", None)
    if error.errno in (errno.ENOSPC, errno.EDQUOT) or windows_code in (39, 112):
        return errors.DiskFull(
            f"There is no room on this computer for {name}.", advice="Free some space and try again. Nothing is lost."
        )
    if means_held(error, rights=rights):
        return errors.InUse(f"{name} is in use by {program or 'a program'}.", advice="Close it there and try again.")
    is_long = len(name) > LONGEST_NAME or (windows_code == _PATH_NOT_FOUND and length > LONGEST_PATH)
    if error.errno == errno.ENAMETOOLONG or windows_code == 206 or is_long:
        return errors.NotWritable(
            f"The path of {name} is too long for this computer.",
            advice="Choose a workspace folder with a shorter path, or rename it in the vault.",
        )
    return errors.NotWritable(
        f"{name} could not be written: {error.strerror or error}.", advice="Check the workspace folder and its rights."
    )
