"""What is said of a folder that somebody wants for the local copies, and who has settled which one it is."""

from enum import Enum

from pdm_desktop.core import words

LEAST_FREE = 10**9
"""Bytes that are free where local copies begin: with less there is hardly room for one file of a shop."""


class Settled(Enum):
    """Why a folder cannot be chosen, and what to do when it is a bad one; FREE: it can."""

    FREE = "Choose another one."
    FIXED = "Tell your administrator, who has fixed this folder."
    STARTED = "Start with another --workspace."
    KNOWN = "Your files are there already."


def good_words(free: int) -> str:
    """Of a good folder: `412 GB free; not inside OneDrive: good`."""
    return f"{_room(free)} free; not inside OneDrive: good"


def bad_words(why: str, settled: Settled) -> str:
    """Of a bad one: what is so, then what to do."""
    return f"{why} {settled.value}"


def full_words(free: int) -> str:
    """There is no room."""
    return f"Only {_room(free)} are free there; your files need {_room(LEAST_FREE)} at least."


def _room(count: int) -> str:
    """As `412 GB`; a tenth of a gigabyte counts only where there are few."""
    billions = count // 10**9
    return f"{billions} GB" if 10 <= billions < 1_000 or count == LEAST_FREE else words.size(count)
