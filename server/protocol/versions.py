"""The versions of seats: three numbers, as Windows Installer compares them (ProductVersion)."""

import re
from typing import Final

_VERSION: Final = re.compile(r"(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,4})")
_MOST: Final = (255, 255, 65_535)
_NUMBERS: Final = 3


def is_version(text: str) -> bool:
    """Whether it is three numbers that a Windows installer can have: 255.255.65535 at most."""
    return _VERSION.fullmatch(text) is not None and all(
        number <= most for number, most in zip(numbers_of(text), _MOST, strict=True)
    )


def numbers_of(text: str) -> tuple[int, int, int]:
    """By which versions are compared; what is not there counts as 0, what is no number as nothing."""
    found = [int(number) for number in re.findall(r"\d+", text)[:_NUMBERS]]
    major, minor, build = found + [0] * (_NUMBERS - len(found))
    return major, minor, build


def newest_of(*versions: str) -> str:
    """The highest of some versions."""
    return max(versions, key=numbers_of)
