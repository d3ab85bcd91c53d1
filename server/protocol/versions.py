"""The versions of seats: three numbers, as Windows Installer compares them (ProductVersion)."""

import re
from itertools import islice
from typing import Final

_VERSION: Final = re.compile(r"(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,4})")
_MOST: Final = (255, 255, 65_535)
_NUMBERS: Final = 3
_DIGITS: Final = 9
"""A number of more is none of a version; and one of thousands could not even be read."""


def is_version(text: str) -> bool:
    """Whether it is three numbers that a Windows installer can have: 255.255.65535 at most."""
    return _VERSION.fullmatch(text) is not None and all(
        number <= most for number, most in zip(numbers_of(text), _MOST, strict=True)
    )


def numbers_of(text: str) -> tuple[int, int, int]:
    """By which versions are compared; what is not there counts as 0, and a text that can be no version as ""."""
    digits = [each[0] for each in islice(re.finditer(r"[0-9]+", text), _NUMBERS)]
    found = [int(each) for each in digits] if all(len(each) <= _DIGITS for each in digits) else []
    major, minor, build = found + [0] * (_NUMBERS - len(found))
    return major, minor, build


def newest_of(*versions: str) -> str:
    """The highest of some versions."""
    return max(versions, key=numbers_of)
