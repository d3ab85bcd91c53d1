"""What the operating system refuses, as errors for a person. Both systems' numbers are known here."""

import errno

from pdm_desktop.core import errors

LONGEST_NAME = 255
"""Characters of a name, on every file system of Windows; asked for more it says something else, or "not found"."""


def from_os_error(error: OSError, name: str) -> errors.Local:
    """What the operating system refuses, about a file that a person knows by `name`."""
    windows_code = getattr(error, "winerror", None)
    if error.errno in (errno.ENOSPC, errno.EDQUOT) or windows_code in (39, 112):
        return errors.DiskFull(
            f"There is no room on this computer for {name}.", advice="Free some space and try again. Nothing is lost."
        )
    if windows_code in (5, 32, 33) or error.errno in (errno.EBUSY, errno.ETXTBSY):
        return errors.InUse(f"A program has {name} open.", advice="Close it there and try again.")
    if error.errno == errno.ENAMETOOLONG or windows_code == 206 or len(name) > LONGEST_NAME:
        return errors.NotWritable(
            f"The path of {name} is too long for this computer.",
            advice="Choose a workspace folder with a shorter path, or rename it in the vault.",
        )
    return errors.NotWritable(
        f"{name} could not be written: {error.strerror or error}.", advice="Check the workspace folder and its rights."
    )
