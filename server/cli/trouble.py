"""Why a command ends, and the exit codes."""

from enum import IntEnum


class Exit(IntEnum):
    """What the shell is told."""

    DONE = 0
    TROUBLE = 1
    """Nothing, or not all, was done; the text says why."""
    USAGE = 2
    """The arguments or a setting cannot be used."""
    LEFT_OUT = 3
    """An import went through, and some files were left out; they are named."""
    IN_USE = 4
    """The data folder is in use."""
    CANNOT_LISTEN = 5
    """The address is taken, or not of this computer."""
    LACKING = 6
    """A backup was made or restored, and lacks contents; they are named."""


class Trouble(Exception):
    """The command cannot go on. The text says what is wrong and what to do."""

    def __init__(self, text: str, code: Exit = Exit.TROUBLE) -> None:
        super().__init__(text)
        self.code = code
